import * as TE from 'fp-ts/TaskEither'
import { dataType } from '../../compiler/targets/tensorflow/graphdef.ts'
import type { BackendError, HostArray } from './backend.ts'
import { unavailable } from './errors.ts'
import { prepared } from './prepare.ts'

/** What is used of the native addon of `@tensorflow/tfjs-node-gpu`; ids stand for tensors and loaded models. Everything here throws. */
export interface Binding {
  createTensor(shape: readonly number[], dtype: number, values: HostArray): number
  deleteTensor(tensor: number): void
  /** A fresh copy of the values of a tensor; not for u8. */
  tensorDataSync(tensor: number): unknown
  loadSavedModel(directory: string, tag: string): number
  deleteSavedModel(model: number): void
  /** Names are `node:index`, joined by commas. */
  runSavedModel(model: number, inputs: readonly number[], inputNames: string, outputNames: string): readonly TensorInfo[]
  /** Runs one operation at once, outside of any model. */
  executeOp(op: string, attrs: readonly OpAttr[], inputs: readonly number[], outputs: number): readonly TensorInfo[]
  getNumOfTensors(): number
  readonly TF_ATTR_TYPE: number
  readonly TF_ATTR_BOOL: number
}

interface OpAttr {
  readonly name: string
  readonly type: number
  readonly value: number | boolean
}

export interface TensorInfo {
  readonly id: number
  readonly shape: readonly number[]
  readonly dtype: number
}

const METHODS = [
  'createTensor',
  'deleteTensor',
  'tensorDataSync',
  'loadSavedModel',
  'deleteSavedModel',
  'runSavedModel',
  'executeOp',
  'getNumOfTensors',
] as const satisfies readonly (keyof Binding)[]
const CONSTANTS = ['TF_ATTR_TYPE', 'TF_ATTR_BOOL'] as const satisfies readonly (keyof Binding)[]

const property = (value: unknown, name: string): unknown =>
  (typeof value === 'object' && value !== null) || typeof value === 'function' ? Reflect.get(value, name) : undefined

const isBinding = (value: unknown): value is Binding =>
  METHODS.every((name) => typeof property(value, name) === 'function') && CONSTANTS.every((name) => typeof property(value, name) === 'number')

const importBinding = async (): Promise<Binding> => {
  const imported: unknown = await prepared(() => import('@tensorflow/tfjs-node-gpu'))
  const backendOf = property(property(imported, 'default') ?? imported, 'backend')
  const binding = typeof backendOf === 'function' ? property(backendOf(), 'binding') : undefined
  if (!isBinding(binding)) throw new Error('@tensorflow/tfjs-node-gpu has another native interface than expected')
  return binding
}

/** The bytes of a u8 tensor, which the addon cannot hand out: cast to i32 by TensorFlow, and back here. */
const readBytes = (binding: Binding, tensor: number): unknown => {
  const attrs = [
    { name: 'SrcT', type: binding.TF_ATTR_TYPE, value: dataType('u8') },
    { name: 'DstT', type: binding.TF_ATTR_TYPE, value: dataType('i32') },
    { name: 'Truncate', type: binding.TF_ATTR_BOOL, value: false },
  ]
  const cast = binding.executeOp('Cast', attrs, [tensor], 1).map(({ id }) => id)
  try {
    const [values] = cast.map((id) => binding.tensorDataSync(id))
    return values instanceof Int32Array ? Uint8Array.from(values) : values
  } finally {
    cast.forEach((id) => binding.deleteTensor(id))
  }
}

/** A fresh copy of the values of a tensor. */
export const readTensor = (binding: Binding, { id, dtype }: TensorInfo): unknown =>
  dtype === dataType('u8') ? readBytes(binding, id) : binding.tensorDataSync(id)

let binding: Promise<Binding> | undefined

/** The native TensorFlow binding, loaded when first asked for: nothing of TensorFlow is touched before. */
export const loadBinding: TE.TaskEither<BackendError, Binding> = TE.tryCatch(() => (binding ??= importBinding()), unavailable)
