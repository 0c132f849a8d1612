import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as E from 'fp-ts/Either'
import type * as TE from 'fp-ts/TaskEither'
import { AxleError, type Definition } from '../../../compiler/language/index.ts'
import type { ForeignTensor } from '../../checkpoints/official.ts'
import { describeError } from '../../data/errors.ts'
import type { RecordedTask, Tensors } from './folder.ts'

/** What a model's parity module makes of a recorded folder of a task. */
export interface TaskParity {
  readonly definition: Definition<unknown, unknown, unknown>
  /** Array of `inputs.safetensors`, or a choice in `outputs.safetensors`, for each input of a program; a program takes those that it names. */
  readonly inputs: Readonly<Record<string, string>>
  /** The order in which recorded arrays lay out their axes. */
  readonly order: readonly string[]
  /** Recorded names of the state. */
  readonly names: readonly ForeignTensor[]
  /** Programs whose outputs have recorded names. */
  readonly outputs: readonly string[]
  /** For each file of gradients, the program that makes them and their recorded names. */
  readonly gradients: Readonly<Record<string, { readonly program: string; readonly names: readonly ForeignTensor[] }>>
  /** One training step: the recorded names of its metrics, and the file with some of the state after it. */
  readonly step?: { readonly metrics: Readonly<Record<string, string>>; readonly after?: string }
}

const shapesOf = (tensors: Tensors): Readonly<Record<string, readonly number[]>> => Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]))

/** What the model depends on: sizes, special words, the teacher's share, and the shapes of everything that was recorded. */
const settingsOf = ({ config, inputs, outputs, state0 }: RecordedTask) => ({
  size: config.size,
  special: config.special_ids,
  alpha: config.alpha ?? 0,
  candidates: config.k_test ?? 1,
  inputs: shapesOf(inputs),
  outputs: shapesOf(outputs),
  state: shapesOf(state0.tensors),
})

type ParityOf = (settings: ReturnType<typeof settingsOf>) => unknown

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> => typeof x === 'object' && x !== null
const isParityOf = (x: unknown): x is ParityOf => typeof x === 'function'

const isTask = (x: unknown): x is TaskParity =>
  isRecord(x) && isRecord(x['definition']) && typeof x['definition']['step'] === 'function' && [x['inputs'], x['gradients']].every(isRecord) && [x['order'], x['names'], x['outputs']].every(Array.isArray)

/** The parity task of a model file for a recorded folder. Left: one sentence (no such file, no such task, sizes that do not fit together). */
export const loadTaskParity = (file: string, recorded: RecordedTask): TE.TaskEither<string, TaskParity> => async () => {
  const path = resolve(file)
  if (!existsSync(path)) return E.left(`${file}: there is no such file`)
  try {
    const module: unknown = await import(pathToFileURL(path).href)
    const tasks = isRecord(module) && isRecord(module['tasks']) ? module['tasks'] : {}
    const make = tasks[recorded.kind]
    if (!isParityOf(make)) return E.left(`${file}: its \`tasks\` have no '${recorded.kind}', which ${recorded.folder} is of`)
    const task = make(settingsOf(recorded))
    return isTask(task) ? E.right(task) : E.left(`${file}: its task '${recorded.kind}' returns no definition with inputs, order, names, outputs and gradients`)
  } catch (error) {
    return E.left(error instanceof AxleError ? error.message : `${file}: ${describeError(error)}`)
  }
}
