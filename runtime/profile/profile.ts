import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { compile, type Job } from '../../compiler/language/index.ts'
import type { Program } from '../../compiler/program/program.ts'
import { tensorflowWith } from '../../compiler/targets/tensorflow/emit.ts'
import type { Owners } from '../../compiler/targets/tensorflow/program.ts'
import type { TracingSession } from '../backends/backend.ts'
import { tensorflowC } from '../backends/tensorflow-c.ts'
import { describeError } from '../data/errors.ts'
import { onDevices, type Devices } from '../devices/devices.ts'
import { writeState } from '../state.ts'
import { randomBatch } from '../training/random-batch.ts'
import { eventsOf, type Event } from './attribute.ts'
import { devicesOf } from './step-stats.ts'

export interface ProfileOptions {
  /** The program that is run; without it, the last phase's. */
  readonly program?: string | undefined
  readonly steps: number
  readonly seed: number
  readonly devices?: Devices | undefined
  /** Passes that are switched off. */
  readonly without?: readonly string[]
}

/** What some steps were made of. */
export interface Profile {
  readonly program: Program
  /** What ran in each of the traced steps. */
  readonly steps: readonly (readonly Event[])[]
  /** Seconds of as many steps without a trace. */
  readonly plain: readonly number[]
  /** How many devices ran the program. */
  readonly devices: number
}

const seconds = (body: () => void): number => {
  const start = performance.now()
  body()
  return (performance.now() - start) / 1000
}

/** The first step prepares what later ones use: it is not timed. */
const warmUp = 2

const measured = (job: Job, session: TracingSession, program: Program, owners: Owners, { steps, seed, devices }: ProfileOptions): Profile => {
  session.run('initialize', { seed: Int32Array.of(seed) })
  const batch = randomBatch(job, session, program.name, seed)
  writeState(session, new Map([[job.horizon, Int32Array.of(2 * steps + warmUp)]]))
  const repeat = <R>(count: number, body: () => R): readonly R[] => Array.from({ length: count }, body)
  const step = (): number => seconds(() => session.run(program.name, batch))
  repeat(warmUp, step)
  const plain = repeat(steps, step)
  const traced = repeat(steps, () => eventsOf(devicesOf(session.runTraced(program.name, batch).metadata), owners))
  return { program, steps: traced, plain, devices: devices?.count ?? 1 }
}

/** Compiles a job, runs steps of it on random data and follows every operation back to the line that it comes from. Left: one sentence. */
export const profile = (job: Job, options: ProfileOptions): TE.TaskEither<string, Profile> => async () => {
  const { devices, without = [] } = options
  const name = options.program ?? job.phases[job.phases.length - 1]?.program ?? 'step'
  const owners = new Map<string, Owners>()
  const target = tensorflowWith({ xla: false, ...(devices === undefined ? {} : { devices: devices.kind }), look: (program, own) => void owners.set(program, own) })
  const backend = tensorflowC(devices?.kind === 'cpu' ? { virtualCpus: devices.count, withoutGpus: true } : {})
  const compiled = pipe(onDevices(job.definition, devices), E.chain(definition => pipe(compile(definition, target, { without }), E.mapLeft(({ message }) => message))))
  if (E.isLeft(compiled)) return compiled
  const { artifact, programs } = compiled.right
  const program = programs.find(each => each.name === name)
  if (program === undefined || !job.phases.some(phase => phase.program === name)) return E.left(`--program ${name}: there is no such training program; there is ${job.phases.map(phase => phase.program).join(', ')}`)
  const loaded = await backend.load(artifact)()
  if (E.isLeft(loaded)) return E.left(loaded.left.message)
  try {
    return E.right(measured(job, loaded.right, program, owners.get(name) ?? new Map(), options))
  } catch (error) {
    return E.left(describeError(error))
  } finally {
    loaded.right.close()
  }
}
