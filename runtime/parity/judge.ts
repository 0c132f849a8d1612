import type { HostArray } from '../backends/backend.ts'
import { compare, compareNumbers, largest, norm, summary, tolerance, type Comparison, type Group } from './compare.ts'
import { stateAfterOne, studentOf } from './expected.ts'
import type { LossName, RecordedRun } from './recorded.ts'
import type { Replay } from './replay.ts'
import type { ParityTask } from './task.ts'

/** What a replay is found to be. */
export interface Report {
  readonly groups: readonly Group[]
  /** Recorded tensors that nothing was compared with: draws, which are replayed instead, and others. */
  readonly draws: readonly string[]
  readonly skipped: readonly string[]
  /** Recorded norms that nothing was compared with. */
  readonly normsSkipped: readonly string[]
  /** Recorded tensors whose rounding noise was measured here. */
  readonly measured: number
}

type Kind = 'step0' | 'grads0' | 'state1'

// What was recorded, or else what was measured here.
const noiseOf = (run: RecordedRun, { measured }: Replay, kind: Kind, name: string): number | undefined => run.noise[kind]?.[name]?.[0] ?? measured[kind].get(name)

const compareIntermediates = (run: RecordedRun, replay: Replay): readonly Comparison[] =>
  [...run.step0].flatMap(([name, { data, dtype }]) => {
    const found = replay.intermediates.get(name)
    return found === undefined ? [] : [compare(name, found, data, dtype === 'f32' ? tolerance(data, noiseOf(run, replay, 'step0', name)) : 0)]
  })

const compareGradients = (run: RecordedRun, replay: Replay): readonly Comparison[] =>
  [...run.grads0].map(([name, { data }]) => compare(name, replay.gradients.get(name), data, tolerance(data, noiseOf(run, replay, 'grads0', name))))

/** Whether a gradient's element is lost in noise: Adam divides by its size, so its sign, which nobody knows, moves the parameter by a whole rate. */
const lostIn = (run: RecordedRun, replay: Replay, name: string): ((gradient: number) => boolean) => {
  const noise = noiseOf(run, replay, 'grads0', name) ?? 0
  return gradient => Math.abs(gradient) < 100 * noise
}

// Measured noise of a trained parameter is noise of its gradient turned into moves, for which there is a rule of its own.
const stateTolerance = (run: RecordedRun, { measured }: Replay, name: string, recorded: HostArray): number => {
  const noise = run.noise.state1?.[name]?.[0] ?? (run.grads0.has(name) ? undefined : measured.state1.get(name))
  return recorded instanceof Int32Array ? 0 : tolerance(recorded, noise)
}

/** After a step two implementations may also be two whole moves apart where a gradient is lost in its noise. */
const compareState = (run: RecordedRun, replay: Replay, { names }: ParityTask): readonly Comparison[] =>
  names.flatMap(({ name }) => {
    const recorded = stateAfterOne(run, name)
    if (recorded === undefined) return []
    const gradient = run.grads0.get(name)?.data
    const lost = lostIn(run, replay, name)
    const extra = (i: number): number => (gradient !== undefined && lost(gradient[i] ?? 0) ? 2 * run.config.optimizer.lr : 0)
    return [compare(name, replay.state.get(name), recorded, stateTolerance(run, replay, name, recorded), extra)]
  })

const metricNames: Readonly<Record<LossName, string>> = { loss_mlm: 'lossWords', loss_ita: 'lossContrast', loss_itm: 'lossMatching', total: 'loss' }
const lossNames = ['loss_mlm', 'loss_ita', 'loss_itm', 'total'] as const

/** A single number may agree with its float64 twin by luck, so its noise is the largest of all steps. */
const lossNoise = ({ losses: { float32, float64 } }: RecordedRun, { measured }: Replay, name: LossName): number => {
  if (float64 === undefined) return measured.metrics.get(metricNames[name]) ?? 0
  return largest(float32.map((recorded, step) => Math.abs(recorded[name] - (float64[step]?.[name] ?? recorded[name]))))
}

const compareLosses = (run: RecordedRun, replay: Replay): readonly Comparison[] =>
  run.losses.float32.flatMap((recorded, step) =>
    lossNames.map(name => compareNumbers(`${name} of step ${step}`, replay.metrics[step]?.[metricNames[name]]?.[0] ?? Number.NaN, recorded[name], tolerance([recorded[name]], lossNoise(run, replay, name)))),
  )

/** The share of a parameter whose gradient is lost in noise; a gradient of exactly 0 (a word that did not occur) moves nothing. */
const lostShare = (run: RecordedRun, replay: Replay, name: string): number => {
  const gradient = run.grads0.get(name)?.data
  if (gradient === undefined) return 0
  const lost = lostIn(run, replay, name)
  let count = 0
  for (const each of gradient) if (each !== 0 && lost(each)) count++
  return count / gradient.length
}

/** Above this share the noise decides where a parameter goes: key biases, whose true gradient is 0, and fused biases a third of which is one. */
const mostlyNoise = 0.2

/**
 * Norms after several steps. Each step may add to every element the difference that one step may make: `base` from rounding, and two moves
 * of a whole rate at those whose gradient is lost. Errors of different elements are independent, and the norm's derivative is a vector of
 * length one: so their root mean square is what the norm may be off by, not their sum. That is about 1e-5; one forgotten update is 1e-4.
 */
const compareNorms = (run: RecordedRun, replay: Replay): readonly Comparison[] => {
  return Object.entries(run.checksums ?? {}).flatMap(([name, { l2 }]) => {
    const share = lostShare(run, replay, studentOf(name))
    const [found, recorded] = [replay.later?.get(name), stateAfterOne(run, name)]
    if (replay.later === undefined || recorded === undefined || share > mostlyNoise) return []
    // Of a student's moves its teacher makes the share 1 − momentum.
    const moves = 2 * run.config.optimizer.lr * (studentOf(name) === name ? 1 : 1 - run.config.momentum)
    const each = Math.hypot(stateTolerance(run, replay, name, recorded), Math.sqrt(share) * moves)
    return [compareNumbers(name, found === undefined ? Number.NaN : norm(found), l2, run.checkedAfter * each)]
  })
}

const words = ['no steps', 'one step', 'two steps', 'three steps', 'four steps', 'five steps']
const stepsText = ({ checkedAfter }: RecordedRun): string => words[checkedAfter] ?? `${checkedAfter} steps`

/** Raw numbers behind the recorded masks: choices, which a replay is given instead of drawing them. */
const isDraw = (name: string): boolean => name.startsWith('raw_')

const notCompared = (run: RecordedRun, replay: Replay, { names }: ParityTask): readonly string[] => {
  const ours = new Set(names.map(({ name }) => name))
  const gradients = new Set(run.grads0.keys())
  return [
    ...[...run.step0.keys()].filter(name => !replay.intermediates.has(name) && !isDraw(name)),
    ...[...replay.gradients.keys()].filter(name => !gradients.has(name)).map(name => `gradient of ${name}`),
    ...[...run.state1.keys()].filter(name => !ours.has(name)).map(name => `${name} after one step`),
    ...(run.checksums !== undefined && replay.later === undefined ? [`norms after ${stepsText(run)} (the run has ${run.losses.float32.length} steps)`] : []),
  ]
}

const countMeasured = (run: RecordedRun, { measured }: Replay): number => {
  const lacking = (kind: Kind): number => [...run[kind]].filter(([name, { dtype }]) => dtype === 'f32' && run.noise[kind]?.[name] === undefined && (measured[kind].get(name) ?? 0) > 0).length
  return lacking('step0') + lacking('grads0')
}

/** Compares everything that was recorded with a replay of it. */
export const judge = (run: RecordedRun, task: ParityTask, replay: Replay): Report => {
  const norms = compareNorms(run, replay)
  return {
    groups: [
      summary('intermediates of step 0', compareIntermediates(run, replay)),
      summary('gradients of step 0', compareGradients(run, replay)),
      summary('state after one step', compareState(run, replay, task)),
      summary('losses of every step', compareLosses(run, replay)),
      ...(norms.length === 0 ? [] : [summary(`norms after ${stepsText(run)}`, norms)]),
    ],
    draws: [...run.step0.keys()].filter(isDraw),
    skipped: notCompared(run, replay, task),
    normsSkipped: replay.later === undefined ? [] : Object.keys(run.checksums ?? {}).filter(name => !norms.some(compared => compared.name === name)),
    measured: countMeasured(run, replay),
  }
}
