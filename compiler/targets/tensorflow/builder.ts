import type { Attr, NodeDef, TfType } from './graphdef.ts'
import type { CollectiveKind } from '../../program/mesh.ts'
import type { DType, Node, Sizes } from '../../program/node.ts'

/** A tensor of the graph that is being emitted: the axes of a node, in the order in which TensorFlow holds them. A key is an i32 pair. */
export interface Value {
  readonly ref: string
  readonly order: readonly string[]
  readonly sizes: Sizes
  readonly dtype: DType
}

/** The name of a node, from a reference to one of its outputs in a function. */
export const nodeOfRef = (ref: string): string => ref.split(':', 1).join('')

export type TensorFlowLowering = (builder: Builder, self: Node, inputs: readonly Value[]) => Value

/** An exchange between devices, along the first dimension of the operand where it gathers or scatters. Shapes are those of one device. */
export interface CollectiveRequest {
  readonly kind: CollectiveKind
  readonly mesh: string
  readonly devices: number
  /** Collectives of a program start in this order on every device. */
  readonly order: number
  readonly ref: string
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly result: readonly number[]
}

/** The device that a graph is written for, one of several that run the same program in step. Its emitter supplies this. */
export interface Device {
  /** Where it stands along a mesh axis: an i32 without axes. */
  readonly index: (mesh: string) => string
  /** The result of an exchange. */
  readonly collective: (request: CollectiveRequest) => string
}

/** What lowering rules write with. References are tensor names; equal constants and repeated transpositions are made once. */
export interface Builder {
  /** Adds a node and returns one of its outputs, the first unless said. */
  readonly op: (op: string, inputs: readonly string[], attrs: Readonly<Record<string, Attr>>, output?: number) => string
  readonly ints: (values: readonly number[]) => string
  readonly scalar: (value: number, dtype: DType) => string
  /** The same value with its axes in this order. */
  readonly arrange: (value: Value, order: readonly string[]) => Value
  readonly reshape: (ref: string, shape: readonly number[], dtype: DType) => string
  readonly value: (ref: string, self: Node, order: readonly string[]) => Value
  /** Where the program runs on several devices: this one. */
  readonly device?: Device
}

export const tfTypes = { f32: 'f32', i32: 'i32', bool: 'bool', u8: 'u8', key: 'i32', bf16: 'bf16' } as const satisfies Record<DType, TfType>

export const T = (dtype: DType): Readonly<Record<string, Attr>> => ({ T: { type: tfTypes[dtype] } })

export const shapeOf = (value: Pick<Value, 'order' | 'sizes' | 'dtype'>): readonly number[] => [
  ...value.order.map(axis => value.sizes[axis] ?? 1),
  ...(value.dtype === 'key' ? [2] : []),
]

/** Operands for an element-wise operation: one order for the result, each operand transposed only if it must be, with 1s where it lacks an axis. */
export const aligned = (builder: Builder, values: readonly Value[]): { readonly refs: readonly string[]; readonly order: readonly string[] } => {
  const order = commonOrder(values)
  const refs = values.map(value => {
    const own = order.filter(axis => axis in value.sizes)
    const arranged = builder.arrange(value, own)
    const first = order.findIndex(axis => axis in value.sizes)
    if (first < 0) return arranged.ref
    const shape = order.slice(first).map(axis => value.sizes[axis] ?? 1)
    return shape.length === own.length ? arranged.ref : builder.reshape(arranged.ref, shape, value.dtype)
  })
  return { refs, order }
}

const count = (value: Value): number => value.order.reduce((product, axis) => product * (value.sizes[axis] ?? 1), 1)

/** The order of the largest operand; axes that it lacks go in front, where they cost no transposition. */
const commonOrder = (values: readonly Value[]): readonly string[] => {
  const sorted = [...values].sort((a, b) => count(b) - count(a))
  return sorted.reduce<readonly string[]>((order, value) => [...value.order.filter(axis => !order.includes(axis)), ...order], [])
}

export const nodeDef = (name: string, op: string, inputs: readonly string[], attrs: Readonly<Record<string, Attr>>, device?: string): NodeDef =>
  ({ name, op, inputs, attrs, ...(device === undefined ? {} : { device }) })
