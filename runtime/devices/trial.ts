import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
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

/** A job compiled for some devices; nothing has run. */
export interface Ready {
  readonly job: Job
  readonly devices: Devices | undefined
  readonly plan: Plan
  readonly load: TE.TaskEither<string, Session>
}

/** Compiles a job for some devices, or for the one that TensorFlow chooses. Left: one sentence. */
export const readyOn = (job: Job, devices?: Devices): E.Either<string, Ready> => {
  const { target, backend } = machineOf(devices)
  return pipe(
    onDevices(job.definition, devices),
    E.chain(definition => pipe(compile(definition, target), E.mapLeft(({ message }) => message))),
    E.map(compiled => ({ job, devices, plan: planOf(compiled, lastProgram(job)), load: pipe(backend.load(compiled.artifact), TE.mapLeft(({ message }) => message)) })),
  )
}

/** Loads, makes the first state of the seed, and goes on from there; the session is closed in any case. */
const using = <A>({ job, load }: Ready, { steps, seed }: TrialOptions, body: (session: Session) => Promise<A>): TE.TaskEither<string, A> => async () => {
  const loaded = await load()
  if (E.isLeft(loaded)) return loaded
  const session = loaded.right
  try {
    const begun = await initializeState(job, session, seed, steps)()
    return E.isLeft(begun) ? begun : E.right(await body(session))
  } finally {
    session.close()
  }
}

/** Trains on some devices, from the first state of the seed. Left: one sentence. */
export const trial = (ready: Ready, options: TrialOptions): TE.TaskEither<string, Trial> =>
  using(ready, options, async session => ({ devices: ready.devices, plan: ready.plan, course: await courseOf(ready.job, session, options) }))

/** What other trials are compared with: one device; and what becomes of it when every number it starts from has a wrong last bit. */
export interface Reference extends Trial {
  readonly disturbed: readonly Course[]
}

/** What rounding does to a parameter whose gradient cancels out is now much and now little: one try says too little of it. */
const disturbances = [1, 2, 3]

/** Trains from the first state, then from each of what `disturb` makes of it. Left: one sentence. */
export const reference = (ready: Ready, options: TrialOptions, disturb: (leaves: Leaves, seed: number) => Leaves): TE.TaskEither<string, Reference> =>
  using(ready, options, async session => {
    const first = leavesNow(session)
    const course = await courseOf(ready.job, session, options)
    const disturbed: Course[] = []
    for (const seed of disturbances) {
      writeState(session, disturb(first, seed))
      disturbed.push(await courseOf(ready.job, session, options))
    }
    return { devices: ready.devices, plan: ready.plan, course, disturbed }
  })
