import { shapeOf, T } from '../targets/tensorflow/builder.ts'
import { at, tabulate } from '../program/host.ts'
import { argument, demand, fail, given, mustBeSizes, mustCarry, plain, quote, unionAxes } from '../program/axes.ts'
import { say } from '../program/error.ts'
import { axesOf, elements, sizeOf, without, type Node } from '../program/node.ts'
import { free, nth, primitive, type Primitive } from './primitive.ts'
import { broadcast } from './structure.ts'
import { alone, linearly, together, unsplitAlong } from './sharding.ts'

const x = { axes: { row: 4, column: 3 } } as const

/** `size` elements of an axis from `start` on. */
export const slice: Primitive<{ readonly axis: string; readonly start: number; readonly size: number }> = primitive<{ readonly axis: string; readonly start: number; readonly size: number }>({
  op: 'slice',
  shape: (inputs, { axis, start, size }) => {
    const operand = nth(inputs, 0)
    mustCarry('slice', operand, axis)
    mustBeSizes('slice', { [axis]: size })
    const outside = () => say`slice of '${plain(axis)}' from ${argument('start', start)} to ${argument('end', start + size)}: ${given(operand, axis)}`
    demand('place', start, 0, 'AX024', outside)
    demand('within', start + size, sizeOf(operand, axis), 'AX024', outside)
    return { axes: { ...operand.axes, [axis]: size }, dtype: operand.dtype }
  },
  gradient: ({ inputs, cotangent, attributes: { axis, start, size } }) => [pad([cotangent], { axis, before: start, after: sizeOf(nth(inputs, 0), axis) - start - size, value: 0 })],
  simplify: ({ inputs, attributes: { axis, size } }) => (sizeOf(nth(inputs, 0), axis) === size ? nth(inputs, 0) : undefined),
  cost: free,
  shard: (placer, parts) => {
    unsplitAlong(placer, 'slice', nth(parts.self.inputs, 0), parts.attributes.axis)
    return linearly(alone)(placer, parts)
  },
  reference: ({ self, inputs, attributes: { axis, start } }) => tabulate(self.axes, self.dtype, index => at(nth(inputs, 0), { ...index, [axis]: (index[axis] ?? 0) + start })),
  tensorflow: (builder, { self, inputs, attributes: { axis, start } }) => {
    const operand = nth(inputs, 0)
    const value = builder.value(operand.ref, self, operand.order)
    const begin = builder.ints(operand.order.map(name => (name === axis ? start : 0)))
    return { ...value, ref: builder.op('Slice', [operand.ref, begin, builder.ints(shapeOf(value))], { ...T(self.dtype), Index: { type: 'i32' } }) }
  },
  samples: [
    { inputs: [x], attributes: { axis: 'row', start: 1, size: 2 } },
    { inputs: [x], attributes: { axis: 'column', start: 2, size: 1 } },
  ],
})

/** `before` and `after` elements of `value` around an axis. */
export const pad: Primitive<{ readonly axis: string; readonly before: number; readonly after: number; readonly value: number }> = primitive<{ readonly axis: string; readonly before: number; readonly after: number; readonly value: number }>({
  op: 'pad',
  shape: (inputs, { axis, before, after }) => {
    const operand = nth(inputs, 0)
    mustCarry('pad', operand, axis)
    if (operand.dtype !== 'f32' && operand.dtype !== 'i32') fail('AX010', `pad of a tensor of ${operand.dtype}: wanted f32 or i32`)
    for (const count of [before, after]) demand('place', count, 0, 'AX024', () => say`pad of '${plain(axis)}' by ${argument('before', before)} and ${argument('after', after)}: wanted whole numbers from zero`)
    return { axes: { ...operand.axes, [axis]: sizeOf(operand, axis) + before + after }, dtype: operand.dtype }
  },
  gradient: ({ inputs, cotangent, attributes: { axis, before } }) => [slice([cotangent], { axis, start: before, size: sizeOf(nth(inputs, 0), axis) })],
  simplify: ({ inputs, attributes: { before, after } }) => (before === 0 && after === 0 ? nth(inputs, 0) : undefined),
  cost: free,
  shard: (placer, parts) => {
    unsplitAlong(placer, 'pad', nth(parts.self.inputs, 0), parts.attributes.axis)
    return linearly<{ readonly value: number }>((_mesh, _placer, { attributes }) => attributes.value === 0)(placer, parts)
  },
  reference: ({ self, inputs, attributes: { axis, before, value } }) => {
    const operand = nth(inputs, 0)
    return tabulate(self.axes, self.dtype, index => {
      const i = (index[axis] ?? 0) - before
      return i < 0 || i >= (operand.axes[axis] ?? 0) ? value : at(operand, { ...index, [axis]: i })
    })
  },
  tensorflow: (builder, { self, inputs, attributes: { axis, before, after, value } }) => {
    const operand = nth(inputs, 0)
    const paddings = builder.reshape(builder.ints(operand.order.flatMap(name => (name === axis ? [before, after] : [0, 0]))), [operand.order.length, 2], 'i32')
    return builder.value(builder.op('PadV2', [operand.ref, paddings, builder.scalar(value, self.dtype)], { ...T(self.dtype), Tpaddings: { type: 'i32' } }), self, operand.order)
  },
  samples: [{ inputs: [x], attributes: { axis: 'row', before: 1, after: 2, value: 0 } }],
})

const concatenation: Primitive<{ readonly axis: string }> = primitive<{ readonly axis: string }>({
  op: 'concat',
  shape: (inputs, { axis }) => {
    for (const part of inputs) mustCarry('concat', part, axis)
    const first = nth(inputs, 0)
    for (const part of inputs) {
      if (part.dtype !== first.dtype) fail('AX010', `concat of ${first.dtype} and ${part.dtype}: cast one of them`)
      const lacking = axesOf(first).filter(name => !(name in part.axes))
      if (lacking.length > 0 || axesOf(part).length !== axesOf(first).length) fail('AX002', `concat over '${plain(axis)}': one part has ${quote(axesOf(first))}, another ${quote(axesOf(part))}`)
    }
    const others = unionAxes('concat', inputs.map(part => ({ ...part, axes: without(part.axes, [axis]) })))
    const size = inputs.reduce((total, part) => total + sizeOf(part, axis), 0)
    return { axes: Object.fromEntries(axesOf(first).map(name => [name, name === axis ? size : (others[name] ?? 1)])), dtype: first.dtype }
  },
  gradient: ({ inputs, cotangent, attributes: { axis } }) => {
    let start = 0
    return inputs.map(part => {
      const size = sizeOf(part, axis)
      start += size
      return slice([cotangent], { axis, start: start - size, size })
    })
  },
  simplify: ({ inputs }) => (inputs.length === 1 ? nth(inputs, 0) : undefined),
  cost: free,
  shard: (placer, parts) => {
    unsplitAlong(placer, 'concat', nth(parts.self.inputs, 0), parts.attributes.axis)
    return linearly(together('all'))(placer, parts)
  },
  reference: ({ self, inputs, attributes: { axis } }) =>
    tabulate(self.axes, self.dtype, index => {
      let i = index[axis] ?? 0
      for (const part of inputs) {
        const size = part.axes[axis] ?? 0
        if (i < size) return at(part, { ...index, [axis]: i })
        i -= size
      }
      return Number.NaN
    }),
  tensorflow: (builder, { self, inputs, attributes: { axis } }) => {
    const order = nth(inputs, 0).order
    const refs = inputs.map(part => builder.arrange(part, order).ref)
    const ref = builder.op('ConcatV2', [...refs, builder.scalar(order.indexOf(axis), 'i32')], { N: { i: refs.length }, ...T(self.dtype), Tidx: { type: 'i32' } })
    return builder.value(ref, self, order)
  },
  samples: [{ inputs: [x, { axes: { row: 2, column: 3 } }], attributes: { axis: 'row' } }],
})

/** Parts one after the other along an axis; a part that lacks a (lifted) axis of another is repeated along it. */
export const concat = Object.assign(
  (parts: readonly Node[], attributes: { readonly axis: string }): Node => {
    const others = unionAxes('concat', parts.map(part => ({ ...part, axes: without(part.axes, [attributes.axis]) })))
    return concatenation(parts.map(part => (part.axes[attributes.axis] === undefined ? part : broadcast([part], { sizes: without(others, axesOf(part)) }))), attributes)
  },
  { tested: concatenation.tested },
)
