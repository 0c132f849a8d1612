import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { AxleError, type Changes, type Job, type Task } from '../compiler/language/index.ts'
import { describeError } from './data/errors.ts'

const isTask = (x: unknown): x is Task => typeof x === 'object' && x !== null && 'configs' in x && typeof x.configs === 'object' && x.configs !== null

/** A configuration of the task that a model file exports. Left: one sentence (no such file, no task in it, no such configuration). */
export const loadJob = (file: string, config: string, changes: Changes = {}): TE.TaskEither<string, Job> => async () => {
  const path = resolve(file)
  if (!existsSync(path)) return { _tag: 'Left', left: `${file}: there is no such file` }
  try {
    const module: unknown = await import(pathToFileURL(path).href)
    const task = typeof module === 'object' && module !== null && 'task' in module ? module.task : undefined
    if (!isTask(task)) return { _tag: 'Left', left: `${file}: it exports no \`task\`` }
    const make = Object.hasOwn(task.configs, config) ? task.configs[config] : undefined
    if (make === undefined) return { _tag: 'Left', left: `${file}: there is no configuration '${config}'; there is ${Object.keys(task.configs).join(', ')}` }
    return { _tag: 'Right', right: make(changes) }
  } catch (error) {
    return { _tag: 'Left', left: error instanceof AxleError ? error.message : `${file}: ${describeError(error)}` }
  }
}

const numberAt = (config: unknown, name: string): number => {
  const value: unknown = typeof config === 'object' && config !== null ? Reflect.get(config, name) : undefined
  return typeof value === 'number' ? value : 0
}

/**
 * The same at another batch. Where a configuration has groups, in groups as large as its own where those divide the batch, else in one; where
 * every example of a group is an anchor, it stays so.
 */
export const loadJobAt = (file: string, config: string, changes: Changes, batch: number | undefined): TE.TaskEither<string, Job> =>
  batch === undefined ? loadJob(file, config, changes) : pipe(
    loadJob(file, config, changes),
    TE.chain(({ config: own }) => {
      const [whole, groups, anchors] = [numberAt(own, 'batch'), numberAt(own, 'groups'), numberAt(own, 'anchors')]
      if (groups === 0) return loadJob(file, config, { ...changes, batch })
      const group = batch % (whole / groups) === 0 ? whole / groups : batch
      return loadJob(file, config, { ...changes, batch, groups: batch / group, ...(anchors === 0 ? {} : { anchors: anchors === whole / groups ? group : Math.min(anchors, group) }) })
    }),
  )
