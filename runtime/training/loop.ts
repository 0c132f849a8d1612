import * as E from 'fp-ts/Either'
import type { Job } from '../../compiler/language/index.ts'
import type { HostArray, Session } from '../backends/backend.ts'
import type { LazyTensor } from '../checkpoints/safetensors.ts'
import type { Loader } from '../data/loader.ts'
import type { Batch } from '../data/batch.ts'
import { readState, type StateArrays } from '../state.ts'
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

/** How a run ended: all steps done; stopped by the user; or broken off because a loss (or, when it was to be saved, a weight: `loss` is its path) was not finite. */
export type Outcome =
  | { readonly kind: 'done'; readonly step: number; readonly checkpoint: string; readonly seconds: number }
  | { readonly kind: 'stopped'; readonly step: number; readonly checkpoint: string }
  | { readonly kind: 'diverged'; readonly step: number; readonly loss: string; readonly value: number }

type Metrics = Readonly<Record<string, number>>

const numbersOf = (outputs: Readonly<Record<string, HostArray>>): Metrics => Object.fromEntries(Object.entries(outputs).flatMap(([name, data]) => (data.length === 1 ? [[name, data[0] ?? Number.NaN]] : [])))

const notFinite = (metrics: Metrics): readonly [string, number] | undefined => Object.entries(metrics).find(([, value]) => !Number.isFinite(value))

/** Whether a leaf goes into checkpoints: everything that a step changes does, and the whole of the student. */
export const inCheckpoints = (trained: ReadonlySet<string>, path: string): boolean => trained.has(path) || path.startsWith('student/') || path === 'key' || path === 'horizon'

/** A weight that is not finite. A step's losses are those before it moved the weights, so they cannot tell. */
const brokenWeight = (leaves: StateArrays): readonly [string, number] | undefined => {
  for (const [path, { data }] of leaves) {
    const value = path.startsWith('student/') ? data.find(each => !Number.isFinite(each)) : undefined
    if (value !== undefined) return [path, value]
  }
  return undefined
}

type Diverged = Extract<Outcome, { readonly kind: 'diverged' }>
type Saved = { readonly kind: 'saved'; readonly checkpoint: string }

/** Writes a checkpoint after so many steps, if all weights are finite. */
const save = async ({ session, trained, run, job }: Loop, step: number): Promise<E.Either<string, Saved | Diverged>> => {
  const leaves = readState(session, path => inCheckpoints(trained, path))
  const broken = brokenWeight(leaves)
  if (broken !== undefined) return E.right({ kind: 'diverged', step: step - 1, loss: broken[0], value: broken[1] })
  const tensors = new Map([...leaves].map(([path, { axes, dtype, data }]): [string, LazyTensor] => [path, { dtype, shape: axes.map(({ size }) => size), read: () => data }]))
  return E.map((checkpoint: string): Saved => ({ kind: 'saved', checkpoint }))(await saveCheckpoint(run, { step, good: true, metadata: { job: job.name }, tensors })())
}

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
  const finish = async (step: number, ended: (checkpoint: string) => Outcome): Promise<E.Either<string, Outcome>> => {
    progress.finish()
    return E.map((last: Saved | Diverged) => (last.kind === 'saved' ? ended(last.checkpoint) : last))(await save(loop, step))
  }
  try {
    for (let step = from; step < steps; step++) {
      const before = performance.now()
      const batch = await loader.next()
      const phase = programAt(job.phases, steps, step)
      const values = numbersOf(await session.start(phase, feed(batch)))
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
      if (stop.requested()) return await finish(step + 1, checkpoint => ({ kind: 'stopped', step: step + 1, checkpoint }))
      if ((performance.now() - saved) / 1000 > loop.secondsBetweenCheckpoints) {
        const checkpoint = await save(loop, step + 1)
        if (E.isLeft(checkpoint)) return checkpoint
        if (checkpoint.right.kind === 'diverged') {
          progress.finish()
          return E.right(checkpoint.right)
        }
        saved = performance.now()
      }
    }
    const seconds = (performance.now() - start) / 1000
    return await finish(steps, checkpoint => ({ kind: 'done', step: steps, checkpoint, seconds }))
  } finally {
    stop.dispose()
    metrics.right.close()
  }
}
