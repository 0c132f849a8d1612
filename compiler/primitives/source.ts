import { tfTypes } from '../targets/tensorflow/builder.ts'
import { tabulate } from '../program/host.ts'
import { fail, mustBeSizes } from '../program/axes.ts'
import { elements, isNode, type DType, type Node, type Sizes } from '../program/node.ts'
import { free, primitive, type Primitive, type Declaration } from './primitive.ts'
import { add, mul } from './elementwise.ts'
import { everywhere, ownPart, type Placed } from './sharding.ts'

const nothing = { gradient: 'none', cost: free, shard: everywhere } as const satisfies Partial<Declaration<Readonly<Record<string, never>>>>

/** A number without axes. */
export const literal: Primitive<{ readonly value: number; readonly dtype: 'f32' | 'i32' | 'bool' }> = primitive<{ readonly value: number; readonly dtype: 'f32' | 'i32' | 'bool' }>({
  ...nothing,
  op: 'literal',
  shape: (_inputs, { value, dtype }) => {
    if (dtype === 'i32' && !Number.isInteger(value)) fail('AX010', `${value} beside integers: wanted a whole number`)
    return { axes: {}, dtype }
  },
  reference: ({ self, attributes }) => tabulate(self.axes, self.dtype, () => attributes.value),
  tensorflow: (builder, { self, attributes }) => builder.value(builder.scalar(attributes.value, attributes.dtype), self, []),
  samples: [{ inputs: [], attributes: { value: 1.5, dtype: 'f32' } }],
})

/** The number a node stands for, where it is a literal (or a literal that was merely broadcast). */
export const constantOf = (node: Node): number | undefined => {
  if (node.op === 'broadcast' && isNode(node.inputs[0])) return constantOf(node.inputs[0])
  const value = node.attributes['value']
  return node.op === 'literal' && typeof value === 'number' ? value : undefined
}

/** A small constant array, row-major in the order of its axes. */
export const table: Primitive<{ readonly axes: Sizes; readonly values: readonly number[] }> = primitive<{ readonly axes: Sizes; readonly values: readonly number[] }>({
  ...nothing,
  op: 'table',
  shard: (placer, { self }) => Object.keys(self.axes).reduce<Placed>((value, axis) => ownPart(placer, value, axis), { node: self, partial: [] }),
  shape: (_inputs, { axes, values }) => {
    mustBeSizes('table', axes)
    if (elements(axes) !== values.length) fail('AX022', `table: ${values.length} numbers for ${JSON.stringify(axes)}`)
    return { axes, dtype: 'f32' }
  },
  reference: ({ self, attributes }) => ({ axes: self.axes, dtype: 'f32', data: Float64Array.from(attributes.values) }),
  tensorflow: (builder, { self, attributes }) => {
    const order = Object.keys(attributes.axes)
    const data = new Uint8Array(Float32Array.from(attributes.values).buffer)
    const ref = builder.op('Const', [], { dtype: { type: 'f32' }, value: { tensor: { dtype: 'f32', shape: Object.values(attributes.axes), data } } })
    return builder.value(ref, self, order)
  },
  samples: [{ inputs: [], attributes: { axes: { row: 2, column: 2 }, values: [1, 2, 3, 4] } }],
})

export interface InputAttributes {
  readonly path: string
  readonly axes: Sizes
  readonly dtype: DType
  readonly [more: string]: string | DType | Sizes
}

/** A value from outside: a leaf of the state, of a batch, or an argument. Its path is its name everywhere. */
export const input: Primitive<InputAttributes> = primitive<InputAttributes>({
  ...nothing,
  op: 'input',
  shard: (placer, { attributes }) => ({ node: input([], { ...attributes, axes: placer.local(attributes.axes) }), partial: [] }),
  shape: (_inputs, { axes, dtype }) => {
    mustBeSizes('input', axes)
    return { axes, dtype }
  },
  reference: ({ self }) => {
    throw new Error(`internal: no value was given for input ${JSON.stringify(self.attributes)}`)
  },
  tensorflow: (_builder, { self }) => {
    throw new Error(`internal: input ${JSON.stringify(self.attributes)} has no tensor`)
  },
  samples: [],
})

/** 0, 1, 2 … along one axis. */
export const position: Primitive<{ readonly axis: string; readonly size: number }> = primitive<{ readonly axis: string; readonly size: number }>({
  ...nothing,
  op: 'position',
  shard: (placer, { self, attributes: { axis, size } }) => {
    const mesh = placer.along(axis)
    if (mesh === undefined) return { node: self, partial: [] }
    const own = size / placer.devices(mesh)
    return { node: add([position([], { axis, size: own }), mul([placer.index(mesh), literal([], { value: own, dtype: 'i32' })], {})], {}), partial: [] }
  },
  shape: (_inputs, { axis, size }) => ({ axes: { [axis]: size }, dtype: 'i32' }),
  reference: ({ self, attributes }) => tabulate(self.axes, 'i32', index => index[attributes.axis] ?? 0),
  tensorflow: (builder, { self, attributes }) => {
    const ref = builder.op('Range', [builder.scalar(0, 'i32'), builder.scalar(attributes.size, 'i32'), builder.scalar(1, 'i32')], { Tidx: { type: tfTypes.i32 } })
    return builder.value(ref, self, [attributes.axis])
  },
  samples: [{ inputs: [], attributes: { axis: 'row', size: 4 } }],
})
