import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { compile, type PassOptions } from '../../../compiler/language/index.ts'
import type { ArraySpec } from '../../../compiler/targets/artifact.ts'
import { tensorflow as target } from '../../../compiler/targets/tensorflow/emit.ts'
import type { HostArray, Session } from '../../backends/backend.ts'
import { tensorflow } from '../../backends/tensorflow.ts'
import type { HostTensor } from '../../checkpoints/element-types.ts'
import { fromForeign, toForeign } from '../../checkpoints/official.ts'
import { describeError } from '../../data/errors.ts'
import { readState, stateSpecs, writeState } from '../../state.ts'
import { asLeaves, closing, differences, inRecordedOrder, shaken, type Arrays, type Noise } from '../replay.ts'
import type { RecordedTask } from './folder.ts'
import { hostOutputs } from './host.ts'
import type { TaskParity } from './task.ts'

/** What the compiled programs make of a recorded folder, under recorded names. */
interface Outcome {
  readonly outputs: Arrays
  /** By file. */
  readonly gradients: Readonly<Record<string, Arrays>>
  readonly metrics: Arrays
  readonly after: Arrays
}

/** The same, and how far each array moves by rounding. */
export interface TaskReplay extends Outcome {
  readonly noise: { readonly outputs: Noise; readonly gradients: Readonly<Record<string, Noise>>; readonly metrics: Noise; readonly after: Noise }
}

type Feeds = Readonly<Record<string, HostArray>>

// An input, or else an output that says what the official code chose where several choices are as good.
const arrayOf = ({ inputs, outputs }: RecordedTask, name: string | undefined): HostTensor | undefined => inputs.get(name ?? '') ?? outputs.get(name ?? '')

/** What the definition declares as inputs must be what was recorded: shape and element type. */
const checkInputs = (recorded: RecordedTask, task: TaskParity, session: Session): string | undefined => {
  const file = join(recorded.folder, 'inputs.safetensors')
  for (const { inputs } of Object.values(session.signatures)) {
    for (const { name, axes, dtype } of inputs) {
      const theirs = task.inputs[name]
      const tensor = arrayOf(recorded, theirs)
      if (theirs === undefined) continue
      if (tensor === undefined) return `${file}: there is no tensor '${theirs}'`
      const wanted = axes.map(({ size }) => size)
      const same = tensor.shape.length === wanted.length && wanted.every((size, i) => tensor.shape[i] === size)
      if (!same || tensor.dtype !== dtype) return `${file}: tensor '${theirs}' is ${tensor.dtype} [${tensor.shape.join(', ')}], wanted ${dtype} [${wanted.join(', ')}]`
    }
  }
  return undefined
}

const feedsOf = (recorded: RecordedTask, task: TaskParity, session: Session, program: string): Feeds =>
  Object.fromEntries((session.signatures[program]?.inputs ?? []).flatMap(({ name }) => {
    const data = arrayOf(recorded, task.inputs[name])?.data
    return data === undefined ? [] : [[name, data]]
  }))

const dataOf = (tensors: ReturnType<typeof toForeign>): Arrays => new Map([...tensors].map(([name, { data }]) => [name, data]))

const stepOf = (task: TaskParity, session: Session, feeds: Feeds): Pick<Outcome, 'metrics' | 'after'> => {
  if (task.step === undefined) return { metrics: new Map(), after: new Map() }
  const made = session.run('step', feeds)
  const metrics = Object.entries(task.step.metrics).map(([ours, theirs]) => [theirs, made[ours] ?? new Float32Array()] as const)
  return { metrics: new Map(metrics), after: task.step.after === undefined ? new Map() : dataOf(toForeign(task.names, readState(session, path => !path.startsWith('moments/')))) }
}

const outcome = (recorded: RecordedTask, task: TaskParity, session: Session, leaves: Arrays): Outcome => {
  session.run('initialize', { seed: Int32Array.of(0) })
  writeState(session, leaves)
  const specs = (program: string): readonly ArraySpec[] => session.signatures[program]?.outputs ?? []
  const run = (program: string) => session.run(program, feedsOf(recorded, task, session, program))
  const made = new Map(task.outputs.flatMap(program => [...inRecordedOrder(run(program), specs(program), task.order)]))
  const outputs = new Map([...made, ...hostOutputs(recorded, made)])
  const gradients = Object.fromEntries(Object.entries(task.gradients).map(([file, { program, names }]) => [file, dataOf(toForeign(names, asLeaves(specs(program), run(program))))]))
  return { outputs, gradients, ...stepOf(task, session, feedsOf(recorded, task, session, 'step')) }
}

const noiseOf = (exact: Outcome, other: Outcome): TaskReplay['noise'] => ({
  outputs: differences(exact.outputs, other.outputs),
  gradients: Object.fromEntries(Object.entries(exact.gradients).map(([file, each]) => [file, differences(each, other.gradients[file] ?? new Map())])),
  metrics: differences(exact.metrics, other.metrics),
  after: differences(exact.after, other.after),
})

const replayIn = (recorded: RecordedTask, task: TaskParity, session: Session): E.Either<string, TaskReplay> => {
  const fault = checkInputs(recorded, task, session)
  if (fault !== undefined) return E.left(fault)
  return pipe(
    fromForeign(recorded.state0.file, task.names, recorded.state0.tensors, stateSpecs(session)),
    E.map(leaves => {
      const exact = outcome(recorded, task, session, leaves)
      return { ...exact, noise: noiseOf(exact, outcome(recorded, task, session, shaken(leaves))) }
    }),
  )
}

/** Compiles the programs of a task's parity, sets the recorded state and runs them on the recorded batch. Left: one sentence. */
export const replayTask = (recorded: RecordedTask, task: TaskParity, options: PassOptions = {}): TE.TaskEither<string, TaskReplay> => pipe(
  TE.fromEither(compile(task.definition, target, options)),
  TE.chainW(({ artifact }) => tensorflow.load(artifact)),
  TE.mapLeft(error => error.message),
  TE.chain(session => pipe(
    TE.tryCatch(async () => closing(session, () => replayIn(recorded, task, session)), describeError),
    TE.chainEitherK(result => result),
  )),
)
