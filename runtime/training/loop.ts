import * as E from 'fp-ts/Either'
import type { Job } from '../../compiler/language/index.ts'
import type { HostArray, Session } from '../backends/backend.ts'
import type { LazyTensor } from '../checkpoints/safetensors.ts'
import type { Loader } from '../data/loader.ts'
import type { Batch } from '../data/batch.ts'
import { readState } from '../state.ts'
import { openMetrics } from './metrics.ts'
import { programAt } from './plan.ts'
import { stepProgress, summariseTimings, type Output, type StepTiming } from './progress.ts'
import { saveCheckpoint, type RunFolder } from './run-folder.ts'
import { onStop, yieldToEvents } from './signals.ts'

export interface Loop {
  readonly job: Job
  readonly session: Session
  readonly trained: ReadonlySet<string>
  readonly loader: Loader
  readonly feed: (batch: Batch) => Readonly<Record<string, HostArray>>
  readonly run: RunFolder
  readonly from: number
  readonly steps: number
  readonly secondsBetweenCheckpoints: number
  readonly output: Output
}

/** How a run ended: all steps done; stopped by the user; or broken off because a loss was not finite. */
export type Outcome =
  | { readonly kind: 'done'; readonly step: number; readonly checkpoint: string; readonly seconds: number }
  | { readonly kind: 'stopped'; readonly step: number; readonly checkpoint: string }
  | { readonly kind: 'diverged'; readonly step: number; readonly loss: string; readonly value: number }

type Metrics = Readonly<Record<string, number>>

const numbersOf = (outputs: Readonly<Record<string, HostArray>>): Metrics => Object.fromEntries(Object.entries(outputs).flatMap(([name, data]) => (data.length === 1 ? [[name, data[0] ?? Number.NaN]] : [])))

const notFinite = (metrics: Metrics): readonly [string, number] | undefined => Object.entries(metrics).find(([, value]) => !Number.isFinite(value))

/** The leaves that go into a checkpoint: everything that a step changes, and the whole of what is used for evaluation. */
const checkpointTensors = (session: Session, trained: ReadonlySet<string>): ReadonlyMap<string, LazyTensor> =>
  new Map([...readState(session, path => trained.has(path) || path.startsWith('student/') || path === 'key' || path === 'horizon')].map(([path, { axes, dtype, data }]) => [path, { dtype, shape: axes.map(({ size }) => size), read: () => data }]))

const save = async (loop: Loop, step: number): Promise<E.Either<string, string>> =>
  saveCheckpoint(loop.run, { step, good: true, metadata: { job: loop.job.name }, tensors: checkpointTensors(loop.session, loop.trained) })()

/** Makes the steps of a run: one session call each, metrics after each, checkpoints now and then. Left: one sentence, when a file cannot be written. */
export const trainingLoop = async (loop: Loop): Promise<E.Either<string, Outcome>> => {
  const { job, session, loader, feed, run, from, steps, output } = loop
  const metrics = openMetrics(run.metrics)
  if (E.isLeft(metrics)) return metrics
  const progress = stepProgress(output)
  const stop = onStop({ print: line => progress.note(line) })
  const timings: StepTiming[] = []
  const start = performance.now()
  let saved = start
  const finish = async (step: number): Promise<E.Either<string, string>> => {
    progress.finish()
    return save(loop, step)
  }
  try {
    for (let step = from; step < steps; step++) {
      const before = performance.now()
      const batch = await loader.next()
      const phase = programAt(job.phases, steps, step)
      const values = numbersOf(session.run(phase, feed(batch)))
      const seconds = (performance.now() - before) / 1000
      timings.push({ seconds, waitingSeconds: batch.waited / 1000, images: job.data.batch })
      if (timings.length > 50) timings.shift()
      const written = metrics.right.append({ step, phase, ...values, seconds, waiting: batch.waited / 1000 })
      if (E.isLeft(written)) return written
      const broken = notFinite(values)
      if (broken !== undefined) {
        progress.finish()
        return E.right({ kind: 'diverged', step, loss: broken[0], value: broken[1] })
      }
      const rates = summariseTimings(timings, steps - step - 1)
      const shown = job.shown.flatMap(({ name, digits }) => (values[name] === undefined ? [] : [{ name, digits, value: values[name] }]))
      progress.update({ step: step + 1, steps, metrics: shown, ...(values['rate'] === undefined ? {} : { learningRate: values['rate'] }), ...(values['alpha'] === undefined ? {} : { alpha: values['alpha'] }), ...rates })
      await yieldToEvents()
      if (stop.requested()) {
        const checkpoint = await finish(step + 1)
        return E.isLeft(checkpoint) ? checkpoint : E.right({ kind: 'stopped', step: step + 1, checkpoint: checkpoint.right })
      }
      if ((performance.now() - saved) / 1000 > loop.secondsBetweenCheckpoints) {
        const checkpoint = await save(loop, step + 1)
        if (E.isLeft(checkpoint)) return checkpoint
        saved = performance.now()
      }
    }
    const seconds = (performance.now() - start) / 1000
    const checkpoint = await finish(steps)
    return E.isLeft(checkpoint) ? checkpoint : E.right({ kind: 'done', step: steps, checkpoint: checkpoint.right, seconds })
  } finally {
    stop.dispose()
    metrics.right.close()
  }
}
