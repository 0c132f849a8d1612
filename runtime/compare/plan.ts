import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import * as t from 'io-ts'
import type { Job } from '../../compiler/language/index.ts'
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

/** Times the steps of a job on made-up batches of its sizes, all phases by their shares. */
const timed = (job: Job, minutes: number): TE.TaskEither<string, Omit<Planned, 'model'>> =>
  pipe(
    openJob(job),
    TE.chainFirst(({ session }) => initializeState(job, session, 1, 1)),
    TE.map(({ session }) => {
      const seconds = job.phases.flatMap(phase => timePhases(session, [phase], () => randomBatch(job, session, phase.program, 1)))
      session.close()
      return { secondsOfStep: job.phases.reduce((sum, { share }, i) => sum + share * (seconds[i] ?? 0), 0), steps: stepsWithin(60 * minutes, job.phases, seconds) }
    }),
  )

/** The plan of a comparison's folder: the one that is there, or one made now, for all models one after the other. Left: one sentence. */
export const planOf = (folder: string, jobs: readonly (readonly [model: string, job: Job])[], minutes: number): TE.TaskEither<string, readonly Planned[]> => {
  const file = planFile(folder)
  if (existsSync(file)) {
    const decode = (value: unknown): E.Either<string, readonly Planned[]> =>
      pipe(Plan.decode(value), E.mapLeft(() => 'expected a list of {model, secondsOfStep, steps}; remove it to time the models again'), E.filterOrElse(plan => jobs.every(([model]) => plan.some(each => each.model === model)), () => 'it does not plan every model; remove it to time the models again'))
    return readJson(file, decode)
  }
  return pipe(
    jobs,
    TE.traverseSeqArray(([model, job]) => pipe(timed(job, minutes), TE.map(found => ({ model, ...found })))),
    TE.chainFirst(plan => writeTextAtomically(file, `${JSON.stringify(plan, undefined, 2)}\n`)),
  )
}
