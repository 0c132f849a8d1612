import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import * as t from 'io-ts'
import type { Job } from '../../compiler/language/index.ts'
import type { Session } from '../backends/backend.ts'
import { writeTextAtomically } from '../checkpoints/atomic.ts'
import { readJson } from '../data/entries.ts'
import { stepsWithin, timePhases } from '../training/plan.ts'
import { randomBatch } from '../training/random-batch.ts'
import { initializeState, openJob } from '../training/session.ts'

const Planned = t.type({ model: t.string, secondsOfStep: t.number, steps: t.number })
const Plan = t.array(Planned)

/** How many steps a model makes: as many as fit into the time at the speed that was measured before anything was trained. */
export type Planned = t.TypeOf<typeof Planned>

const planFile = (folder: string): string => join(folder, 'plan.json')

interface Timed {
  readonly model: string
  readonly job: Job
  readonly session: Session
}

const opened = ([model, job]: readonly [model: string, job: Job]): TE.TaskEither<string, Timed> =>
  pipe(openJob(job), TE.chainFirst(({ session }) => initializeState(job, session, 1, 1)), TE.map(({ session }) => ({ model, job, session })))

const ROUNDS = 7

/** Seconds of a step of each phase on made-up batches: the least of several rounds that all models take in turn, so that other work on the machine falls on all alike. */
const rounds = (all: readonly Timed[]): readonly (readonly number[])[] => {
  const once = () => all.map(({ job, session }) => job.phases.flatMap(phase => timePhases(session, [phase], () => randomBatch(job, session, phase.program, 1), 1)))
  const found = Array.from({ length: ROUNDS }, once)
  return all.map(({ job }, model) => job.phases.map((_, phase) => Math.min(...found.map(round => round[model]?.[phase] ?? Number.POSITIVE_INFINITY))))
}

const planned = (all: readonly Timed[], minutes: number): readonly Planned[] => {
  const seconds = rounds(all)
  for (const { session } of all) session.close()
  return all.map(({ model, job: { phases } }, at) => {
    const own = seconds[at] ?? []
    return { model, secondsOfStep: phases.reduce((sum, { share }, i) => sum + share * (own[i] ?? 0), 0), steps: stepsWithin(60 * minutes, phases, own) }
  })
}

/** The plan of a comparison's folder: the one that is there, or one made now. Left: one sentence. */
export const planOf = (folder: string, jobs: readonly (readonly [model: string, job: Job])[], minutes: number): TE.TaskEither<string, readonly Planned[]> => {
  const file = planFile(folder)
  if (existsSync(file)) {
    const decode = (value: unknown): E.Either<string, readonly Planned[]> =>
      pipe(Plan.decode(value), E.mapLeft(() => 'expected a list of {model, secondsOfStep, steps}; remove it to time the models again'), E.filterOrElse(plan => jobs.every(([model]) => plan.some(each => each.model === model)), () => 'it does not plan every model; remove it to time the models again'))
    return readJson(file, decode)
  }
  return pipe(
    jobs,
    TE.traverseSeqArray(opened),
    TE.map(all => planned(all, minutes)),
    TE.chainFirst(plan => writeTextAtomically(file, `${JSON.stringify(plan, undefined, 2)}\n`)),
  )
}
