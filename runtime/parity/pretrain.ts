import * as E from 'fp-ts/Either'
import { compile, type Definition } from '../../compiler/language/index.ts'
import type { ArraySpec } from '../../compiler/targets/artifact.ts'
import { tensorflow as target } from '../../compiler/targets/tensorflow/emit.ts'
import type { HostArray, Session } from '../backends/backend.ts'
import { tensorflow } from '../backends/tensorflow.ts'
import type { HostTensor } from '../checkpoints/element-types.ts'
import { toOrder } from '../checkpoints/layout.ts'
import { fromForeign, toForeign, type ForeignTensor } from '../checkpoints/official.ts'
import { readState, stateSpecs, writeState, type StateArray } from '../state.ts'
import { compare, largest, summary, tolerance, type Comparison } from './compare.ts'
import type { RecordedRun } from './recorded.ts'

/** What a model's parity module makes of a recorded configuration. */
export interface ParityTask {
  readonly definition: Definition<unknown, unknown, unknown>
  /** Array of `inputs.safetensors` for each input of a step; the rate is added. */
  readonly inputs: Readonly<Record<string, string>>
  readonly order: readonly string[]
  readonly names: readonly ForeignTensor[]
  readonly gradientNames: readonly ForeignTensor[]
}

export interface Report {
  readonly groups: readonly ReturnType<typeof summary>[]
  /** Recorded tensors that nothing was compared with. */
  readonly skipped: readonly string[]
}

const stepOf = (tensor: HostTensor | undefined, name: string, step: number): HostArray => {
  if (tensor === undefined) throw new Error(`inputs.safetensors: there is no '${name}'`)
  const size = tensor.data.length / (tensor.shape[0] ?? 1)
  return tensor.data.subarray(step * size, (step + 1) * size)
}

const feedsOf = (run: RecordedRun, task: ParityTask, step: number): Readonly<Record<string, HostArray>> => ({
  ...Object.fromEntries(Object.entries(task.inputs).map(([ours, theirs]) => [ours, stepOf(run.inputs.get(theirs), theirs, step)])),
  rate: Float32Array.of(run.config.optimizer.lr),
})

const ordered = (outputs: Readonly<Record<string, HostArray>>, specs: readonly ArraySpec[], order: readonly string[]): ReadonlyMap<string, HostArray> =>
  new Map(specs.map(({ name, axes }) => [name, toOrder(outputs[name] ?? new Float32Array(), axes, order.filter(axis => axes.some(each => each.name === axis)))]))

/** The noise that was recorded for a tensor, or for the worst part of it. */
const noiseOf = (noise: Readonly<Record<string, readonly [number, number]>> | undefined, name: string): number | undefined => noise?.[name]?.[0]

const compareIntermediates = (run: RecordedRun, task: ParityTask, session: Session): { readonly all: readonly Comparison[]; readonly skipped: readonly string[] } => {
  const outputs = ordered(session.run('intermediates', feedsOf(run, task, 0)), session.signatures['intermediates']?.outputs ?? [], task.order)
  const all: Comparison[] = []
  const skipped: string[] = []
  for (const [name, recorded] of run.step0) {
    const found = outputs.get(name)
    if (found === undefined) skipped.push(name)
    else all.push(compare(name, found, recorded.data, recorded.dtype === 'f32' ? tolerance(recorded.data, noiseOf(run.noise.step0, name)) : 0))
  }
  return { all, skipped }
}

const outputsAsLeaves = (session: Session, signature: string, outputs: Readonly<Record<string, HostArray>>): ReadonlyMap<string, StateArray> =>
  new Map((session.signatures[signature]?.outputs ?? []).map(({ name, axes, dtype }) => [name, { axes, dtype, data: outputs[name] ?? new Float32Array() }]))

const compareGradients = (run: RecordedRun, task: ParityTask, session: Session): readonly Comparison[] => {
  const found = toForeign(task.gradientNames, outputsAsLeaves(session, 'gradients', session.run('gradients', feedsOf(run, task, 0))))
  return [...run.grads0].map(([name, recorded]) => compare(name, found.get(name)?.data ?? new Float32Array(), recorded.data, tolerance(recorded.data, noiseOf(run.noise.grads0, name))))
}

/** The teacher after a step follows from the state before it, where a folder leaves it out. */
const recordedState1 = (run: RecordedRun, name: string): HostArray | undefined => {
  const given = run.state1.get(name)?.data
  if (given !== undefined) return given
  const [twin, online] = [run.state0.get(name)?.data, run.state0.get(name.replace(/^(visual_encoder|text_encoder|vision_proj|text_proj)_m\b/, '$1'))?.data]
  if (twin === undefined || online === undefined) return undefined
  return Float32Array.from(twin, (x, i) => run.config.momentum * x + (1 - run.config.momentum) * (online[i] ?? Number.NaN))
}

/** After a step: also twice the learning rate where a gradient is below a hundred times its noise, since Adam turns noise into full steps. */
const compareState = (run: RecordedRun, task: ParityTask, session: Session): readonly Comparison[] => {
  const found = toForeign(task.names, readState(session, path => !path.startsWith('moments/')))
  return task.names.map(({ name }) => {
    const recorded = recordedState1(run, name)
    if (recorded === undefined) throw new Error(`state1.safetensors: there is no '${name}'`)
    const gradient = run.grads0.get(name)?.data
    const noise = noiseOf(run.noise.grads0, name) ?? (gradient === undefined ? 0 : 1e-7 * largest(gradient))
    const lost = (i: number): number => (gradient !== undefined && Math.abs(gradient[i] ?? 0) < 100 * noise ? 2 * run.config.optimizer.lr : 0)
    return compare(name, found.get(name)?.data ?? new Float32Array(), recorded, recorded instanceof Int32Array ? 0 : tolerance(recorded, noiseOf(run.noise.state1, name)), lost)
  })
}

const metricNames = { lossWords: 'loss_mlm', lossContrast: 'loss_ita', lossMatching: 'loss_itm', loss: 'total' } as const

const compareLosses = (run: RecordedRun, metrics: readonly Readonly<Record<string, HostArray>>[]): readonly Comparison[] =>
  run.losses.float32.flatMap((recorded, step) =>
    Object.entries(metricNames).map(([ours, theirs]) => {
      const value = recorded[theirs] ?? Number.NaN
      const noise = Math.abs(value - (run.losses.float64[step]?.[theirs] ?? value))
      return compare(`${theirs} of step ${step}`, metrics[step]?.[ours] ?? new Float32Array(), Float32Array.of(value), Math.max(10 * noise, 2e-6 * Math.abs(value)))
    }),
  )

/** Replays a recorded run through the compiled program and compares everything that was recorded. */
export const checkParity = async (run: RecordedRun, task: ParityTask): Promise<Report> => {
  const compiled = compile(task.definition, target)
  if (E.isLeft(compiled)) throw compiled.left
  const loaded = await tensorflow.load(compiled.right.artifact)()
  if (E.isLeft(loaded)) throw loaded.left
  const session = loaded.right
  try {
    session.run('initialize', { seed: Int32Array.of(0) })
    const leaves = fromForeign('state0.safetensors', task.names, run.state0, stateSpecs(session))
    if (E.isLeft(leaves)) throw new Error(leaves.left)
    writeState(session, leaves.right)
    const { all, skipped } = compareIntermediates(run, task, session)
    const gradients = compareGradients(run, task, session)
    const metrics = [session.run('step', feedsOf(run, task, 0))]
    const state = compareState(run, task, session)
    for (let step = 1; step < run.losses.float32.length; step++) metrics.push(session.run('step', feedsOf(run, task, step)))
    return {
      groups: [summary('intermediates of step 0', all), summary('gradients', gradients), summary('state after one step', state), summary('losses of every step', compareLosses(run, metrics))],
      skipped,
    }
  } finally {
    session.close()
  }
}
