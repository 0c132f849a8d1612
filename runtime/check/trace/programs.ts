import { erase, type AnyDefinition, type Definition, type Job, type Task } from '../../../compiler/language/index.ts'

/** A program that a module exports, in one configuration; made when it is asked for, so that a mistake in one does not hide the others. */
export interface Exported {
  readonly name: string
  readonly config?: string
  readonly job?: (batch?: number) => Job
  readonly definition: () => AnyDefinition
}

export interface Exports {
  readonly programs: readonly Exported[]
  readonly wrong: readonly { readonly name: string; readonly sentence: string }[]
}

type Fields = Readonly<Record<string, unknown>>
const isRecord = (x: unknown): x is Fields => typeof x === 'object' && x !== null && !Array.isArray(x)

const isDefinition = (x: unknown): x is Definition<unknown, unknown, unknown> => isRecord(x) && isRecord(x['state']) && isRecord(x['batch']) && typeof x['step'] === 'function'
const isTask = (x: unknown): x is Task => isRecord(x) && isRecord(x['configs']) && Object.values(x['configs']).length > 0 && Object.values(x['configs']).every(make => typeof make === 'function')
const isJob = (x: unknown): x is Job => isRecord(x) && isDefinition(x['definition'])

const jobOf = (task: Task, config: string) => (batch?: number): Job => {
  const job: unknown = task.configs[config]?.(batch === undefined ? {} : { batch })
  if (!isJob(job)) throw new TypeError('a configuration makes no job with a definition')
  return job
}

const ofTask = (name: string, task: Task): readonly Exported[] => Object.keys(task.configs).map(config => {
  const job = jobOf(task, config)
  return { name, config, job, definition: () => job().definition }
})

/** Why something that is meant to be a program is none. */
const faultOf = (name: string, value: unknown): string | undefined => {
  if (name === 'task' || (isRecord(value) && 'configs' in value && 'name' in value)) {
    if (!isRecord(value)) return `'${name}' is ${value === null ? 'null' : typeof value}, not a task: make one with defineTask`
    if (!isRecord(value['configs'])) return `'${name}' has no \`configs\`: make it with defineTask`
    const wrong = Object.entries(value['configs']).find(([, make]) => typeof make !== 'function')
    return wrong === undefined ? `'${name}' has no configurations` : `'${name}': the configuration '${wrong[0]}' is ${typeof wrong[1]}, not a function that makes a job`
  }
  if (!isRecord(value) || !('step' in value) || (!('state' in value) && !('batch' in value))) return undefined
  const lacking = ['state', 'batch'].filter(field => !isRecord(value[field]))
  return lacking.length > 0 ? `'${name}' has a step but no ${lacking.join(' and no ')}: a definition has state, batch and step` : `'${name}': its step is ${typeof value['step']}, not a function`
}

/** The programs that a module exports: tasks in each of their configurations, and definitions. Other exports are nobody's business. */
export const programsOf = (module: object): Exports => {
  const programs: Exported[] = []
  const wrong: { name: string; sentence: string }[] = []
  for (const [name, value] of Object.entries(module)) {
    if (isTask(value)) programs.push(...ofTask(name, value))
    else if (isDefinition(value)) programs.push({ name, definition: () => erase(value) })
    else {
      const sentence = faultOf(name, value)
      if (sentence !== undefined) wrong.push({ name, sentence })
    }
  }
  return { programs, wrong }
}
