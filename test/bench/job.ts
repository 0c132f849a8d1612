import * as E from 'fp-ts/Either'
import { costOf } from '../../compiler/check/cost/index.ts'
import { traceAsWritten, type Traced } from '../../compiler/language/compile.ts'
import type { Changes, Job } from '../../compiler/language/index.ts'
import { loadJobAt } from '../../runtime/tasks.ts'

/** What is timed: a training program of a configuration, on random data. */
export interface StepOptions {
  readonly config: string
  /** Single values of the configuration that are replaced, by their path. */
  readonly changes: Changes
  /** The program to time; without it, the last phase's. */
  readonly program: string | undefined
  /** Examples a step; without it, the configuration's own. */
  readonly batch: number | undefined
  readonly steps: number
  readonly seed: number
  /** Whether XLA compiles clusters of element-wise operations. */
  readonly xla: boolean
  /** Passes that are switched off. */
  readonly without: readonly string[]
}

const modelFile = 'models/albef/pretrain.ts'

export const numberAt = (config: unknown, name: string): number => {
  const value: unknown = typeof config === 'object' && config !== null ? Reflect.get(config, name) : undefined
  return typeof value === 'number' ? value : 0
}

/** The job at another batch. */
export const jobOf = ({ config, batch, changes }: Pick<StepOptions, 'config' | 'batch' | 'changes'>): Promise<E.Either<string, Job>> => loadJobAt(modelFile, config, changes, batch)()

/** The training program that is timed, or a sentence that names those that there are. */
export const programOf = ({ phases }: Job, wanted: string | undefined): E.Either<string, string> => {
  const name = wanted ?? phases[phases.length - 1]?.program ?? 'step'
  return phases.some(phase => phase.program === name) ? E.right(name) : E.left(`There is no training program '${name}'; there is ${phases.map(phase => phase.program).join(', ')}.`)
}

/** Floating-point operations of one step: as the model is written, and after the passes; and the memory that the cost report expects of it. */
export interface Arithmetic {
  readonly written: number
  readonly compiled: number
  readonly expectedPeakBytes: number
}

/** Counts the operations of a program whose traced form after the passes is given. */
export const arithmeticOf = (job: Job, compiled: Pick<Traced, 'state' | 'programs'>, name: string): Arithmetic => {
  const costIn = ({ programs, state }: Pick<Traced, 'state' | 'programs'>) => {
    const program = programs.find(each => each.name === name)
    return program === undefined ? undefined : costOf(program, state)
  }
  const after = costIn(compiled)
  return { written: costIn(traceAsWritten(job.definition))?.total.flops ?? 0, compiled: after?.total.flops ?? 0, expectedPeakBytes: after?.peak.bytes ?? 0 }
}
