import { T } from '../targets/tensorflow/builder.ts'
import { at, eachIndex, tabulate, type HostTensor, type Index } from '../program/host.ts'
import { argument, demand, fail, given, mustBeSizes, mustCarry, mustDiffer, mustLack, plain } from '../program/axes.ts'
import { say } from '../program/error.ts'
import { axesOf, elements, sizeOf, without, type Node, type Sizes } from '../program/node.ts'
import type { Builder, Value } from '../targets/tensorflow/builder.ts'
import { nth, primitive, type Primitive } from './primitive.ts'
import { cast, div, equal, mul } from './elementwise.ts'
import { alone, completely, operands, summedOver, unsplitAlong, type ShardRule } from './sharding.ts'
import { broadcast } from './structure.ts'

const x = { axes: { row: 3, column: 4 } } as const

const reducedShape = (op: string, inputs: readonly Node[], axes: readonly string[]) => {
  const operand = nth(inputs, 0)
  for (const axis of axes) mustCarry(op, operand, axis)
  mustDiffer(op, axes)
  if (operand.dtype !== 'f32' && operand.dtype !== 'i32') fail('AX010', `${op} of a tensor of ${operand.dtype}: wanted f32 or i32`)
  return { axes: without(operand.axes, axes), dtype: operand.dtype }
}

/** Folds the elements along `axes` into one number for each index of the rest. */
const reduceHost = (self: Node, operand: HostTensor, axes: readonly string[], start: number, step: (total: number, value: number) => number): HostTensor => {
  const over: Sizes = Object.fromEntries(axes.map(axis => [axis, operand.axes[axis] ?? 1]))
  return tabulate(self.axes, self.dtype, index => {
    let total = start
    eachIndex(over, inner => {
      total = step(total, at(operand, { ...index, ...inner }))
    })
    return total
  })
}

const reduceTensorFlow = (op: string, builder: Builder, self: Node, operand: Value, axes: readonly string[]): Value => {
  const order = operand.order.filter(axis => !axes.includes(axis))
  if (axes.every(axis => operand.sizes[axis] === 1)) return builder.value(builder.reshape(operand.ref, order.map(axis => operand.sizes[axis] ?? 1), self.dtype), self, order)
  const over = builder.ints(axes.map(axis => operand.order.indexOf(axis)).sort((a, b) => a - b))
  const ref = builder.op(op, [operand.ref, over], { ...T(self.dtype), Tidx: { type: 'i32' }, keep_dims: { b: false } })
  return builder.value(ref, self, order)
}

const costOfReduction = ({ inputs }: { readonly inputs: readonly Node[] }): number => elements(nth(inputs, 0).axes)

/** Where an axis is searched as a whole, it must not be split. */
const unsplit: ShardRule<{ readonly axis: string }> = (placer, parts) => {
  unsplitAlong(placer, parts.self.op === 'topIndex' ? 'topK' : parts.self.op, nth(parts.self.inputs, 0), parts.attributes.axis)
  return completely(placer, parts)
}

/** The name of the axis that the devices' own largest elements stand along. */
const devicesAxis = '^devices'

export const sum: Primitive<{ readonly axes: readonly string[] }> = primitive<{ readonly axes: readonly string[] }>({
  op: 'sum',
  shape: (inputs, { axes }) => reducedShape('sum', inputs, axes),
  gradient: ({ self, inputs, cotangent, attributes }) => (self.dtype === 'f32' ? [broadcast([cotangent], { sizes: Object.fromEntries(attributes.axes.map(axis => [axis, sizeOf(nth(inputs, 0), axis)])) })] : []),
  simplify: ({ inputs, attributes }) => {
    const operand = nth(inputs, 0)
    if (attributes.axes.length === 0) return operand
    // One position was put in, and is taken out again.
    const [source] = operand.inputs
    if (operand.op === 'broadcast' && source !== undefined && attributes.axes.length === axesOf(operand).length - axesOf(source).length && attributes.axes.every(axis => !(axis in source.axes) && sizeOf(operand, axis) === 1)) return source
    return operand.op === 'sum' ? sum([nth(operand.inputs, 0)], { axes: Object.keys(without(nth(operand.inputs, 0).axes, Object.keys(without(operand.axes, attributes.axes)))) }) : undefined
  },
  cost: costOfReduction,
  shard: (placer, parts) => {
    const { nodes, partial } = operands(alone, placer, parts)
    return { node: parts.self.rules.rebuild(nodes), partial: [...partial, ...summedOver(placer, parts.attributes.axes)] }
  },
  reference: ({ self, inputs, attributes }) => reduceHost(self, nth(inputs, 0), attributes.axes, 0, (total, value) => total + value),
  tensorflow: (builder, { self, inputs, attributes }) => reduceTensorFlow('Sum', builder, self, nth(inputs, 0), attributes.axes),
  samples: [
    { inputs: [x], attributes: { axes: ['row'] } },
    { inputs: [x], attributes: { axes: ['column', 'row'] } },
  ],
})

/** The largest element along axes; ties share the cotangent. */
export const maximum: Primitive<{ readonly axes: readonly string[] }> = primitive<{ readonly axes: readonly string[] }>({
  op: 'maximum',
  shape: (inputs, { axes }) => reducedShape('maximum', inputs, axes),
  gradient: ({ self, inputs, cotangent, attributes }) => {
    if (self.dtype !== 'f32') return []
    const hit = cast([equal([nth(inputs, 0), self], {})], { dtype: 'f32' })
    return [mul([hit, div([cotangent, sum([hit], { axes: attributes.axes })], {})], {})]
  },
  cost: costOfReduction,
  shard: (placer, { self, inputs, attributes }) => {
    const own = completely(placer, { self, inputs, attributes })
    return summedOver(placer, attributes.axes).reduce((value, mesh) => {
      const all = placer.whole({ node: broadcast([value.node], { sizes: { [devicesAxis]: 1 } }), partial: [] }, devicesAxis, mesh)
      return { node: maximum([all.node], { axes: [devicesAxis] }), partial: [] }
    }, own)
  },
  reference: ({ self, inputs, attributes }) => reduceHost(self, nth(inputs, 0), attributes.axes, Number.NEGATIVE_INFINITY, Math.max),
  tensorflow: (builder, { self, inputs, attributes }) => reduceTensorFlow('Max', builder, self, nth(inputs, 0), attributes.axes),
  samples: [
    { inputs: [x], attributes: { axes: ['column'] } },
    { inputs: [x], attributes: { axes: ['row', 'column'] } },
  ],
})

/** Positions along an axis, best first, equal values in order of position. */
const ranking = (operand: HostTensor, axis: string, index: Index): readonly number[] => {
  const size = operand.axes[axis] ?? 0
  const values = Array.from({ length: size }, (_, i) => at(operand, { ...index, [axis]: i }))
  return values.map((_, i) => i).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b)
}

/** The position of the largest element; the first of equals. */
export const argmax: Primitive<{ readonly axis: string }> = primitive<{ readonly axis: string }>({
  op: 'argmax',
  shape: (inputs, { axis }) => ({ axes: reducedShape('argmax', inputs, [axis]).axes, dtype: 'i32' }),
  gradient: 'none',
  cost: costOfReduction,
  shard: unsplit,
  reference: ({ self, inputs, attributes: { axis } }) => tabulate(self.axes, 'i32', index => ranking(nth(inputs, 0), axis, index)[0] ?? 0),
  tensorflow: (builder, { self, inputs, attributes: { axis } }) => {
    const operand = nth(inputs, 0)
    const ref = builder.op('ArgMax', [operand.ref, builder.scalar(operand.order.indexOf(axis), 'i32')], { ...T(operand.dtype), Tidx: { type: 'i32' }, output_type: { type: 'i32' } })
    return builder.value(ref, self, operand.order.filter(name => name !== axis))
  },
  samples: [{ inputs: [x], attributes: { axis: 'column' } }],
})

/** The positions of the k largest elements along an axis, best first; a new axis takes its place. */
export const topIndex: Primitive<{ readonly axis: string; readonly into: string; readonly size: number }> = primitive<{ readonly axis: string; readonly into: string; readonly size: number }>({
  op: 'topIndex',
  shape: (inputs, { axis, into, size }) => {
    const operand = nth(inputs, 0)
    mustCarry('topK', operand, axis)
    mustBeSizes('topK', { [into]: size })
    if (operand.dtype !== 'f32' && operand.dtype !== 'i32') fail('AX010', `topK of a tensor of ${operand.dtype}: wanted f32 or i32`)
    const rest = without(operand.axes, [axis])
    mustLack('topK', rest, into)
    demand('within', size, sizeOf(operand, axis), 'AX024', () => say`topK: ${argument(into, size)} best of '${plain(axis)}': ${given(operand, axis)}`)
    return { axes: { ...rest, [into]: size }, dtype: 'i32' }
  },
  gradient: 'none',
  cost: costOfReduction,
  shard: unsplit,
  reference: ({ self, inputs, attributes: { axis, into } }) => tabulate(self.axes, 'i32', index => ranking(nth(inputs, 0), axis, index)[index[into] ?? 0] ?? 0),
  tensorflow: (builder, { self, inputs, attributes: { axis, into, size } }) => {
    const operand = nth(inputs, 0)
    const rest = operand.order.filter(name => name !== axis)
    const arranged = builder.arrange(operand, [...rest, axis])
    const attrs = { ...T(operand.dtype), sorted: { b: true }, Tk: { type: 'i32' }, index_type: { type: 'i32' } } as const
    return builder.value(builder.op('TopKV2', [arranged.ref, builder.scalar(size, 'i32')], attrs, 1), self, [...rest, into])
  },
  samples: [{ inputs: [x], attributes: { axis: 'column', into: 'best', size: 2 } }],
})
