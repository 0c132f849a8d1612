import { T } from '../targets/tensorflow/builder.ts'
import { at, eachIndex, tabulate } from '../program/host.ts'
import { fail, mustCarry, mustDiffer, unionAxes } from '../program/axes.ts'
import { axesOf, elements, sizeOf, without, type Node, type Sizes } from '../program/node.ts'
import type { Builder, Value } from '../targets/tensorflow/builder.ts'
import { nth, primitive, type Primitive } from './primitive.ts'
import { mul } from './elementwise.ts'
import { bilinear, operands, summedOver } from './sharding.ts'

/** The product over all axes of both operands, two operations each. */
const flops = (inputs: readonly Node[]): number => 2 * elements(unionAxes('dot', inputs))

const only = (l: Node, r: Node): readonly string[] => axesOf(l).filter(axis => !(axis in r.axes))

/** The cotangent of one operand: contract what only the other operand has. */
const half = (self: Node, other: Node, operand: Node): Node => {
  const over = only(other, operand)
  return over.length === 0 ? mul([self, other], {}) : dot([self, other], { over })
}

/**
 * Multiplies and sums over `over`; every other shared axis is a batch axis, the rest of both is kept. Operands are f32, or both bf16, where the
 * precision pass made them so: the sum is f32 all the same, as exact as the target's product of bf16 gives it.
 */
export const dot: Primitive<{ readonly over: readonly string[] }> = primitive<{ readonly over: readonly string[] }>({
  op: 'dot',
  shape: (inputs, { over }) => {
    const [l, r] = [nth(inputs, 0), nth(inputs, 1)]
    if (l.dtype !== r.dtype || (l.dtype !== 'f32' && l.dtype !== 'bf16')) fail('AX010', `dot of ${l.dtype} and ${r.dtype}: wanted f32`)
    mustDiffer('dot', over)
    for (const axis of over) {
      mustCarry('dot', l, axis)
      mustCarry('dot', r, axis)
    }
    unionAxes('dot', [l, r])
    return { axes: { ...without(l.axes, over), ...without(r.axes, over) }, dtype: 'f32' }
  },
  gradient: ({ inputs, cotangent }) => {
    const [l, r] = [nth(inputs, 0), nth(inputs, 1)]
    // The order of operands is a hint for layouts: the cotangent of the right operand comes out in the order of a weight.
    const over = only(l, r)
    return [half(cotangent, r, l), over.length === 0 ? mul([l, cotangent], {}) : dot([l, cotangent], { over })]
  },
  cost: ({ inputs }) => flops(inputs),
  shard: (placer, parts) => {
    const { nodes, partial } = operands(bilinear, placer, parts)
    return { node: parts.self.rules.rebuild(nodes), partial: [...partial, ...summedOver(placer, parts.attributes.over)] }
  },
  reference: ({ self, inputs, attributes }) => {
    const [l, r] = [nth(inputs, 0), nth(inputs, 1)]
    const over: Sizes = Object.fromEntries(attributes.over.map(axis => [axis, l.axes[axis] ?? 1]))
    return tabulate(self.axes, 'f32', index => {
      let total = 0
      eachIndex(over, inner => {
        const place = { ...index, ...inner }
        total += at(l, place) * at(r, place)
      })
      return total
    })
  },
  tensorflow: (builder, { self, inputs, attributes }) => product(builder, self, nth(inputs, 0), nth(inputs, 1), attributes.over),
  samples: [
    { inputs: [{ axes: { row: 3, inner: 2 } }, { axes: { inner: 2, column: 4 } }], attributes: { over: ['inner'] } },
    { inputs: [{ axes: { batch: 2, row: 3, inner: 2 } }, { axes: { batch: 2, column: 2, inner: 2 } }], attributes: { over: ['inner'] } },
    { inputs: [{ axes: { batch: 2, a: 2, row: 3, b: 2 } }, { axes: { a: 2, b: 2, out: 3 } }], attributes: { over: ['a', 'b'] } },
    { inputs: [{ axes: { row: 3, inner: 2 } }, { axes: { inner: 2, row: 3 } }], attributes: { over: ['inner'] } },
    { inputs: [{ axes: { inner: 2 } }, { axes: { inner: 2 } }], attributes: { over: ['inner'] } },
  ],
})

/** How a matrix operand can be had: as it is, transposed by a flag of the product, or only by moving data. */
interface Operand {
  readonly order: readonly string[]
  readonly flag: boolean
  readonly moved: number
}

const size = (value: Value, axes: readonly string[]): number => axes.reduce((total, axis) => total * (value.sizes[axis] ?? 1), 1)
const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((axis, i) => axis === b[i])

/** The left operand is batch·free·over, or batch·over·free with the flag; the right one the other way about. */
const fit = (value: Value, batch: readonly string[], rows: readonly string[], columns: readonly string[]): Operand => {
  if (same(value.order, [...batch, ...rows, ...columns])) return { order: value.order, flag: false, moved: 0 }
  if (same(value.order, [...batch, ...columns, ...rows])) return { order: value.order, flag: true, moved: 0 }
  return { order: [...batch, ...rows, ...columns], flag: false, moved: size(value, value.order) }
}

/** One matrix product: of all orders for the shared axes that either operand already has, the one that moves least data. */
const product = (builder: Builder, self: Node, l: Value, r: Value, over: readonly string[]): Value => {
  const shared = l.order.filter(axis => axis in r.sizes && !over.includes(axis))
  const rows = l.order.filter(axis => !(axis in r.sizes))
  const columns = r.order.filter(axis => !(axis in l.sizes))
  const overOrders = [l.order.filter(axis => over.includes(axis)), r.order.filter(axis => over.includes(axis))]
  const sharedOrders = [shared, r.order.filter(axis => shared.includes(axis))]
  const choices = overOrders.flatMap(inner => sharedOrders.map(batch => ({ inner, batch, left: fit(l, batch, rows, inner), right: fit(r, batch, inner, columns) })))
  const best = choices.reduce((a, b) => (b.left.moved + b.right.moved < a.left.moved + a.right.moved ? b : a))
  const { batch, inner, left, right } = best
  const matrix = (value: Value, operand: Operand, first: readonly string[], second: readonly string[]): string => {
    const arranged = builder.arrange(value, operand.order)
    const [a, b] = operand.flag ? [second, first] : [first, second]
    return builder.reshape(arranged.ref, [...batch.map(axis => size(value, [axis])), size(value, a), size(value, b)], value.dtype)
  }
  const refs = [matrix(l, left, rows, inner), matrix(r, right, inner, columns)]
  const made =
    batch.length === 0
      ? builder.op('MatMul', refs, { ...T(l.dtype), transpose_a: { b: left.flag }, transpose_b: { b: right.flag } })
      : builder.op('BatchMatMulV2', refs, { ...T(l.dtype), adj_x: { b: left.flag }, adj_y: { b: right.flag } })
  // A product of bf16 is summed in f32 and comes back as bf16: TensorFlow has none that returns f32.
  const raw = l.dtype === 'bf16' ? builder.op('Cast', [made], { SrcT: { type: 'bf16' }, DstT: { type: 'f32' }, Truncate: { b: false } }) : made
  const order = [...batch, ...rows, ...columns]
  const value = builder.value(raw, self, order)
  return { ...value, ref: builder.reshape(raw, order.map(axis => sizeOf(self, axis)), 'f32') }
}
