import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { compile, erase, type PassOptions } from '../../compiler/language/index.ts'
import type { ArraySpec } from '../../compiler/targets/artifact.ts'
import type { HostArray, Session } from '../backends/backend.ts'
import { toOrder } from '../checkpoints/layout.ts'
import { fromForeign, toForeign, type ForeignTensor } from '../checkpoints/official.ts'
import { describeError } from '../data/errors.ts'
import { machineOf, onDevices, type Devices } from '../devices/devices.ts'
import { readState, stateSpecs, writeState, type StateArray } from '../state.ts'
import { distance } from './compare.ts'
import { stateAfterOne } from './expected.ts'
import type { RecordedRun } from './recorded.ts'
import type { ParityTask } from './task.ts'

export type Arrays = ReadonlyMap<string, HostArray>

/** What the compiled program makes of a recorded run, under recorded names: all of the first step, and of later ones the losses. */
interface Steps {
  readonly intermediates: Arrays
  readonly gradients: Arrays
  /** The state after the first step. */
  readonly state: Arrays
  /** The state after the steps whose norms were recorded, if there are so many. */
  readonly later: Arrays | undefined
  readonly metrics: readonly Readonly<Record<string, HostArray>>[]
}

export type Noise = ReadonlyMap<string, number>

/** A replay, and how far it moves by rounding: of each tensor, and of each metric in any step. */
export interface Replay extends Steps {
  readonly measured: { readonly step0: Noise; readonly grads0: Noise; readonly state1: Noise; readonly metrics: Noise }
}

const stepOf = (run: RecordedRun, name: string, step: number): HostArray => {
  const tensor = run.inputs.get(name)
  const size = (tensor?.data.length ?? 0) / (tensor?.shape[0] ?? 1)
  return tensor?.data.subarray(step * size, (step + 1) * size) ?? new Float32Array()
}

const feedsOf = (run: RecordedRun, task: ParityTask, step: number): Readonly<Record<string, HostArray>> => ({
  ...Object.fromEntries(Object.entries(task.inputs).map(([ours, theirs]) => [ours, stepOf(run, theirs, step)])),
  rate: Float32Array.of(run.config.optimizer.lr),
})

const dataOf = (tensors: ReturnType<typeof toForeign>): Arrays => new Map([...tensors].map(([name, { data }]) => [name, data]))

export const inRecordedOrder = (outputs: Readonly<Record<string, HostArray>>, specs: readonly ArraySpec[], order: readonly string[]): Arrays =>
  new Map(specs.map(({ name, axes }) => [name, toOrder(outputs[name] ?? new Float32Array(), axes, order.filter(axis => axes.some(each => each.name === axis)))]))

export const asLeaves = (specs: readonly ArraySpec[], outputs: Readonly<Record<string, HostArray>>): ReadonlyMap<string, StateArray> =>
  new Map(specs.map(({ name, axes, dtype }) => [name, { axes, dtype, data: outputs[name] ?? new Float32Array() }]))

const stateNow = (session: Session, names: readonly ForeignTensor[]): Arrays => dataOf(toForeign(names, readState(session, path => !path.startsWith('moments/'))))

const begin = (session: Session, leaves: Arrays): void => {
  session.run('initialize', { seed: Int32Array.of(0) })
  writeState(session, leaves)
}

const stepsFrom = (run: RecordedRun, task: ParityTask, session: Session, leaves: Arrays): Steps => {
  begin(session, leaves)
  const feeds = feedsOf(run, task, 0)
  const outputsOf = (name: string): readonly ArraySpec[] => session.signatures[name]?.outputs ?? []
  const intermediates = inRecordedOrder(session.run('intermediates', feeds), outputsOf('intermediates'), task.order)
  const gradients = dataOf(toForeign(task.gradientNames, asLeaves(outputsOf('gradients'), session.run('gradients', feeds))))
  const metrics = [session.run('step', feeds)]
  const state = stateNow(session, task.names)
  let later: Arrays | undefined
  for (let step = 1; step < run.losses.float32.length; step++) {
    metrics.push(session.run('step', feedsOf(run, task, step)))
    if (step + 1 === run.checkedAfter) later = stateNow(session, task.names)
  }
  return { intermediates, gradients, state, later, metrics }
}

/** The same numbers with a wrong last bit, up or down by a fixed sequence for each seed. */
export const shaken = (leaves: Arrays, start = 1): Arrays => {
  let seed = start
  const sign = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed < 2 ** 31 ? -1 : 1
  }
  return new Map([...leaves].map(([path, data]) => [path, data instanceof Float32Array ? data.map(x => x * (1 + sign() * 2 ** -23)) : data]))
}

export const differences = (exact: Arrays, other: Arrays): Noise => new Map([...exact].map(([name, data]) => [name, distance(data, other.get(name) ?? [])]))

const metricNoise = (exact: Steps['metrics'], other: Steps['metrics']): Noise => {
  const names = Object.keys(exact[0] ?? {})
  return new Map(names.map(name => [name, Math.max(...exact.map((metrics, step) => distance(metrics[name] ?? [], other[step]?.[name] ?? [])))]))
}

/**
 * Rounding noise: how far a replay moves when every parameter's last bit is wrong. On runs for which it was recorded, it is between half
 * and eight times what float32 and float64 differ by, in most tensors one and a half times.
 */
const measured = (exact: Steps, other: Steps): Replay['measured'] => ({
  step0: differences(exact.intermediates, other.intermediates),
  grads0: differences(exact.gradients, other.gradients),
  state1: differences(exact.state, other.state),
  metrics: metricNoise(exact.metrics, other.metrics),
})

/** A recorded parameter that the model has not, a tensor that is missing or of another type: what says that a folder is not of the model of its config.json. */
const checkTensors = (run: RecordedRun, task: ParityTask, specs: ReadonlyMap<string, ArraySpec>): string | undefined => {
  const ours = new Set(task.gradientNames.map(({ name }) => name))
  const strange = [...run.grads0.keys()].find(name => !ours.has(name))
  if (strange !== undefined) return `${join(run.folder, 'grads0.safetensors')}: tensor '${strange}' is of no parameter that the model has by the sizes of config.json`
  for (const { name, parts } of task.names) {
    const [found, wanted] = [run.state0.get(name)?.dtype, specs.get(parts[0]?.path ?? '')?.dtype]
    if (found !== undefined && found !== wanted) return `${join(run.folder, 'state0.safetensors')}: tensor '${name}' is ${found}, wanted ${wanted}`
    if (found !== undefined && stateAfterOne(run, name) === undefined) return `${join(run.folder, 'state1.safetensors')}: there is no tensor '${name}'`
  }
  return undefined
}

const replayIn = (run: RecordedRun, task: ParityTask, session: Session): E.Either<string, Replay> => {
  const fault = checkTensors(run, task, stateSpecs(session))
  if (fault !== undefined) return E.left(fault)
  return pipe(
    fromForeign(join(run.folder, 'state0.safetensors'), task.names, run.state0, stateSpecs(session)),
    E.map(leaves => {
      const exact = stepsFrom(run, task, session, leaves)
      return { ...exact, measured: measured(exact, stepsFrom(run, task, session, shaken(leaves))) }
    }),
  )
}

export const closing = <A>(session: Session, body: () => A): A => {
  try {
    return body()
  } finally {
    session.close()
  }
}

const opened = (task: ParityTask, devices: Devices | undefined, options: PassOptions): TE.TaskEither<string, Session> => {
  const { target, backend } = machineOf(devices)
  return pipe(
    TE.fromEither(onDevices(erase(task.definition), devices)),
    TE.chain(definition => pipe(TE.fromEither(compile(definition, target, options)), TE.chainW(({ artifact }) => backend.load(artifact)), TE.mapLeft(error => error.message))),
  )
}

/** Compiles a model's parity task, sets the recorded state and replays the recorded steps, on one device unless said. Left: one sentence. */
export const replay = (run: RecordedRun, task: ParityTask, devices?: Devices, options: PassOptions = {}): TE.TaskEither<string, Replay> => pipe(
  opened(task, devices, options),
  TE.chain(session => pipe(
    TE.tryCatch(async () => closing(session, () => replayIn(run, task, session)), describeError),
    TE.chainEitherK(result => result),
  )),
)
