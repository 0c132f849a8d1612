import { encodeMessage, writeBool, writeBytes, writeFloat, writeInt, writeMap, writeMessage, writeString } from './protobuf.ts'
import type { Writer } from './protobuf.ts'

/**
 * TensorFlow's graph messages as plain data, and their encoding. Field numbers follow tensorflow/core/framework:
 * graph.proto, node_def.proto, attr_value.proto, function.proto, op_def.proto, tensor.proto, types.proto.
 */
export type TfType = 'f32' | 'f64' | 'i32' | 'u8' | 'string' | 'i64' | 'bool' | 'bf16' | 'f16' | 'resource' | 'u32' | 'u64'

const DATA_TYPE: Readonly<Record<TfType, number>> = {
  f32: 1,
  f64: 2,
  i32: 3,
  u8: 4,
  string: 7,
  i64: 9,
  bool: 10,
  bf16: 14,
  f16: 19,
  resource: 20,
  u32: 22,
  u64: 23,
}

/** A constant: little-endian bytes, or one string an element. */
export interface TensorValue {
  readonly dtype: TfType
  readonly shape: readonly number[]
  readonly data: Uint8Array | readonly string[]
}

const constant = (dtype: TfType, shape: readonly number[], values: ArrayBufferView, count: number): TensorValue => {
  const wanted = shape.reduce((product, size) => product * size, 1)
  if (count !== wanted) throw new RangeError(`A ${dtype} constant of shape [${shape.join(', ')}] needs ${wanted} values, found ${count}.`)
  return { dtype, shape, data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) }
}

/** Makes constants from values in row-major order; typed arrays of the right kind are taken as they are, not copied. */
export const tensor = {
  f32: (shape: readonly number[], values: Float32Array | readonly number[]): TensorValue =>
    constant('f32', shape, values instanceof Float32Array ? values : Float32Array.from(values), values.length),
  i32: (shape: readonly number[], values: Int32Array | readonly number[]): TensorValue =>
    constant('i32', shape, values instanceof Int32Array ? values : Int32Array.from(values), values.length),
  i64: (shape: readonly number[], values: readonly bigint[]): TensorValue =>
    constant('i64', shape, BigInt64Array.from(values), values.length),
  u64: (shape: readonly number[], values: readonly bigint[]): TensorValue =>
    constant('u64', shape, BigUint64Array.from(values), values.length),
  bool: (shape: readonly number[], values: readonly boolean[]): TensorValue =>
    constant('bool', shape, Uint8Array.from(values, Number), values.length),
}

export type Attr =
  | { readonly type: TfType }
  | { readonly shape: readonly number[] }
  | { readonly s: string }
  /** A string of bytes that are no text, such as an encoded message. */
  | { readonly bytes: Uint8Array }
  | { readonly i: number }
  | { readonly f: number }
  | { readonly b: boolean }
  | { readonly tensor: TensorValue }
  | { readonly func: string }
  | { readonly types: readonly TfType[] }
  | { readonly shapes: readonly (readonly number[])[] }
  | { readonly strings: readonly string[] }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly bools: readonly boolean[] }

/** `inputs` are `node`, `node:1` or `^node` in a graph, and `node:argument:index` (or a bare argument name) in a function. */
export interface NodeDef {
  readonly name: string
  readonly op: string
  readonly inputs: readonly string[]
  readonly attrs: Readonly<Record<string, Attr>>
  readonly device?: string
}

export interface FunctionDef {
  readonly name: string
  readonly args: readonly (readonly [name: string, type: TfType])[]
  readonly results: readonly (readonly [name: string, ref: string, type: TfType])[]
  readonly nodes: readonly NodeDef[]
  readonly attrs: Readonly<Record<string, Attr>>
  readonly stateful?: boolean
  /** Nodes that run although no result needs them, such as assignments. */
  readonly controlResults?: readonly (readonly [name: string, node: string])[]
}

/** `producer` is the version of the graph format; it must not exceed the one that the loading library knows. */
export interface GraphDef {
  readonly nodes: readonly NodeDef[]
  readonly functions: readonly FunctionDef[]
  readonly producer: number
}

export const dataType = (type: TfType): number => DATA_TYPE[type]

/** Writes the fields of a TensorShapeProto; -1 is an unknown size. */
export const writeShape = (out: Writer, shape: readonly number[]): void => {
  for (const size of shape) writeMessage(out, 2, () => writeInt(out, 1, size))
}

const writeTensor = (out: Writer, { dtype, shape, data }: TensorValue): void => {
  writeInt(out, 1, dataType(dtype))
  writeMessage(out, 2, () => writeShape(out, shape))
  if (data instanceof Uint8Array) writeBytes(out, 4, data)
  else for (const text of data) writeString(out, 8, text)
}

const writeList = (out: Writer, items: () => void): void => writeMessage(out, 1, items)

const writeAttr = (out: Writer, attr: Attr): void => {
  if ('type' in attr) writeInt(out, 6, dataType(attr.type))
  else if ('shape' in attr) writeMessage(out, 7, () => writeShape(out, attr.shape))
  else if ('s' in attr) writeString(out, 2, attr.s)
  else if ('bytes' in attr) writeBytes(out, 2, attr.bytes)
  else if ('i' in attr) writeInt(out, 3, attr.i)
  else if ('f' in attr) writeFloat(out, 4, attr.f)
  else if ('b' in attr) writeBool(out, 5, attr.b)
  else if ('tensor' in attr) writeMessage(out, 8, () => writeTensor(out, attr.tensor))
  else if ('func' in attr) writeMessage(out, 10, () => writeString(out, 1, attr.func))
  else if ('strings' in attr) writeList(out, () => attr.strings.forEach((item) => writeString(out, 2, item)))
  else if ('ints' in attr) writeList(out, () => attr.ints.forEach((item) => writeInt(out, 3, item)))
  else if ('floats' in attr) writeList(out, () => attr.floats.forEach((item) => writeFloat(out, 4, item)))
  else if ('bools' in attr) writeList(out, () => attr.bools.forEach((item) => writeBool(out, 5, item)))
  else if ('types' in attr) writeList(out, () => attr.types.forEach((item) => writeInt(out, 6, dataType(item))))
  else writeList(out, () => attr.shapes.forEach((item) => writeMessage(out, 7, () => writeShape(out, item))))
}

const writeNode = (out: Writer, node: NodeDef): void => {
  writeString(out, 1, node.name)
  writeString(out, 2, node.op)
  for (const input of node.inputs) writeString(out, 3, input)
  if (node.device !== undefined) writeString(out, 4, node.device)
  writeMap(out, 5, node.attrs, (attr) => writeAttr(out, attr))
}

const writeArgument = (out: Writer, field: number, name: string, type: TfType): void =>
  writeMessage(out, field, () => {
    writeString(out, 1, name)
    writeInt(out, 3, dataType(type))
  })

const writePair = (out: Writer, field: number, key: string, value: string): void =>
  writeMessage(out, field, () => {
    writeString(out, 1, key)
    writeString(out, 2, value)
  })

const writeFunction = (out: Writer, def: FunctionDef): void => {
  const controls = def.controlResults ?? []
  writeMessage(out, 1, () => {
    writeString(out, 1, def.name)
    for (const [name, type] of def.args) writeArgument(out, 2, name, type)
    for (const [name, , type] of def.results) writeArgument(out, 3, name, type)
    if (def.stateful === true) writeBool(out, 17, true)
    for (const [name] of controls) writeString(out, 20, name)
  })
  for (const node of def.nodes) writeMessage(out, 3, () => writeNode(out, node))
  for (const [name, ref] of def.results) writePair(out, 4, name, ref)
  writeMap(out, 5, def.attrs, (attr) => writeAttr(out, attr))
  for (const [name, node] of controls) writePair(out, 6, name, node)
}

/** Writes the fields of a GraphDef, so that a message around it needs no second copy. */
export const writeGraph = (out: Writer, graph: GraphDef): void => {
  for (const node of graph.nodes) writeMessage(out, 1, () => writeNode(out, node))
  if (graph.functions.length > 0) {
    writeMessage(out, 2, () => graph.functions.forEach((def) => writeMessage(out, 1, () => writeFunction(out, def))))
  }
  writeMessage(out, 4, () => writeInt(out, 1, graph.producer))
}

/** The bytes of a GraphDef. Equal graphs give equal bytes: attributes are written in the order of their names. */
export const encodeGraph = (graph: GraphDef): Uint8Array => encodeMessage((out) => writeGraph(out, graph))
