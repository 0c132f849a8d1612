import * as E from 'fp-ts/Either'
import type * as TE from 'fp-ts/TaskEither'
import { costOf } from '../../compiler/check/cost/index.ts'
import { compile, type Compiled, type Job } from '../../compiler/language/index.ts'
import { collectivesOf } from '../../compiler/program/mesh.ts'
import type { HostArray, Session } from '../backends/backend.ts'
import { readState, writeState } from '../state.ts'
import { randomBatch } from '../training/random-batch.ts'
import { initializeState } from '../training/session.ts'
import { machineOf, onDevices, type Devices } from './devices.ts'

export interface TrialOptions {
  readonly steps: number
  readonly seed: number
}

export type Leaves = ReadonlyMap<string, HostArray>
export type Metrics = Readonly<Record<string, number>>

/** Some steps of a training from a first state, and the state that they led to. */
export interface Course {
  readonly metrics: readonly Metrics[]
  readonly state: Leaves
  /** Seconds of each step. */
  readonly seconds: readonly number[]
}

/** What one step needs of each device, by the compiled program. */
export interface Plan {
  readonly collectives: number
  /** Bytes that a device sends in a step, where devices form a ring. */
  readonly sent: number
  /** The most bytes that a device has in memory at once. */
  readonly memory: number
}

export interface Trial {
  /** Undefined for the one device that TensorFlow chooses. */
  readonly devices: Devices | undefined
  readonly plan: Plan
  readonly course: Course
}

const lastProgram = ({ phases }: Job): string => phases[phases.length - 1]?.program ?? 'step'

const planOf = ({ programs, state }: Compiled, name: string): Plan => {
  const program = programs.find(each => each.name === name)
  if (program === undefined) return { collectives: 0, sent: 0, memory: 0 }
  const collectives = collectivesOf(program)
  // A device holds its own part of a leaf that lies along the mesh.
  const own = state.map(leaf => ({ ...leaf, axes: leaf.node.axes }))
  return { collectives: collectives.length, sent: collectives.reduce((total, { sent }) => total + sent, 0), memory: costOf(program, own).peak.bytes }
}

const leavesNow = (session: Session): Leaves => new Map([...readState(session)].map(([path, { data }]) => [path, data]))

/** Takes the steps; every step has a random batch of its own, the same on every mesh. */
const courseOf = async (job: Job, session: Session, { steps, seed }: TrialOptions): Promise<Course> => {
  const program = lastProgram(job)
  const metrics: Metrics[] = []
  const seconds: number[] = []
  for (let step = 0; step < steps; step++) {
    const batch = randomBatch(job, session, program, seed + step)
    const start = performance.now()
    const outputs = await session.start(program, batch)
    seconds.push((performance.now() - start) / 1000)
    metrics.push(Object.fromEntries(Object.entries(outputs).flatMap(([name, data]) => (data.length === 1 ? [[name, data[0] ?? Number.NaN]] : []))))
  }
  return { metrics, state: leavesNow(session), seconds }
}

/** A job on some devices, ready to run. */
interface Ready {
  readonly plan: Plan
  readonly session: Session
}

const opened = async (job: Job, devices: Devices | undefined): Promise<E.Either<string, Ready>> => {
  const { target, backend } = machineOf(devices)
  const definition = onDevices(job.definition, devices)
  if (E.isLeft(definition)) return definition
  const compiled = compile(definition.right, target)
  if (E.isLeft(compiled)) return E.left(compiled.left.message)
  const loaded = await backend.load(compiled.right.artifact)()
  return E.isLeft(loaded) ? E.left(loaded.left.message) : E.right({ plan: planOf(compiled.right, lastProgram(job)), session: loaded.right })
}

const using = async <A>(session: Session, body: () => Promise<A>): Promise<A> => {
  try {
    return await body()
  } finally {
    session.close()
  }
}

/** Trains on some devices, from the first state of the seed. Left: one sentence. */
export const trialOn = (job: Job, devices: Devices, options: TrialOptions): TE.TaskEither<string, Trial> => async () => {
  const ready = await opened(job, devices)
  if (E.isLeft(ready)) return ready
  const { session, plan } = ready.right
  return using(session, async () => {
    const begun = await initializeState(job, session, options.seed, options.steps)()
    return E.isLeft(begun) ? begun : E.right({ devices, plan, course: await courseOf(job, session, options) })
  })
}

/** What other trials are compared with: one device; and what becomes of it when every number it starts from has a wrong last bit. */
export interface Reference extends Trial {
  readonly disturbed: Course
}

/** Trains on one device, twice. Left: one sentence. */
export const referenceFor = (job: Job, options: TrialOptions, disturb: (leaves: Leaves) => Leaves): TE.TaskEither<string, Reference> => async () => {
  const ready = await opened(job, undefined)
  if (E.isLeft(ready)) return ready
  const { session, plan } = ready.right
  return using(session, async () => {
    const begun = await initializeState(job, session, options.seed, options.steps)()
    if (E.isLeft(begun)) return begun
    const first = leavesNow(session)
    const course = await courseOf(job, session, options)
    writeState(session, disturb(first))
    return E.right({ devices: undefined, plan, course, disturbed: await courseOf(job, session, options) })
  })
}
