import { shapeOf, T } from '../targets/tensorflow/builder.ts'
import { at, tabulate } from '../program/host.ts'
import { argument, demand, fail, given, mustBeSizes, mustCarry, mustDiffer, mustLack, plain, quote, unionAxes } from '../program/axes.ts'
import { joined, say } from '../program/error.ts'
import { axesOf, elements, sizeOf, without, type Node, type Sizes } from '../program/node.ts'
import { free, nth, primitive, type Primitive } from './primitive.ts'
import { sum } from './reduce.ts'
import { alone, linearly, operands, ownPart, together, unsplitAlong, wholePart, type Linear, type Placed, type ShardRule } from './sharding.ts'
import { literal } from './source.ts'

const x = { axes: { row: 4, column: 3 } } as const

/** Left partial where it may be, one operand after the other. */
const kept = <A>(linear: Linear<A>, ...[placer, parts]: Parameters<ShardRule<A>>): Placed => {
  const { nodes, partial } = operands(linear, placer, parts)
  return { node: nth(nodes, 0), partial }
}

/** New names for axes; moves no data. Swapping two names is allowed. */
export const rename: Primitive<{ readonly names: Readonly<Record<string, string>> }> = primitive<{ readonly names: Readonly<Record<string, string>> }>({
  op: 'rename',
  shape: (inputs, { names }) => {
    const operand = nth(inputs, 0)
    for (const axis of Object.keys(names)) mustCarry('rename', operand, axis)
    const axes: Record<string, number> = {}
    for (const [axis, size] of Object.entries(operand.axes)) {
      const name = names[axis] ?? axis
      mustLack('rename', axes, name)
      axes[name] = size
    }
    return { axes, dtype: operand.dtype }
  },
  gradient: ({ cotangent, attributes }) => [rename([cotangent], { names: Object.fromEntries(Object.entries(attributes.names).map(([before, after]) => [after, before])) })],
  simplify: ({ inputs, attributes }) => {
    const operand = nth(inputs, 0)
    const changed = Object.entries(attributes.names).filter(([before, after]) => before !== after)
    if (changed.length === 0) return operand
    if (operand.op !== 'rename') return undefined
    const source = nth(operand.inputs, 0)
    const names = Object.fromEntries(axesOf(source).map((axis, i) => [axis, axesOf(operand)[i] ?? axis]).map(([axis = '', middle = '']) => [axis, attributes.names[middle] ?? middle]))
    return rename([source], { names })
  },
  cost: free,
  // A layout follows the name: to a name that is not split everything is gathered, to one that is each device takes its own part.
  shard: (placer, { inputs, attributes: { names } }) => {
    const moved = Object.entries(names).filter(([before, after]) => placer.along(before) !== placer.along(after))
    const given = moved.reduce((value, [before]) => wholePart(placer, value, before), nth(inputs, 0))
    return moved.reduce<Placed>((value, [, after]) => ownPart(placer, value, after), { ...given, node: rename([given.node], { names }) })
  },
  reference: ({ self, inputs }) => ({ ...nth(inputs, 0), axes: self.axes }),
  tensorflow: (builder, { self, inputs, attributes }) => builder.value(nth(inputs, 0).ref, self, nth(inputs, 0).order.map(axis => attributes.names[axis] ?? axis)),
  samples: [
    { inputs: [x], attributes: { names: { row: 'line' } } },
    { inputs: [x], attributes: { names: { row: 'column', column: 'row' } } },
  ],
})

const replaced = (sizes: Sizes, axis: string, into: Sizes): Sizes => Object.fromEntries(Object.entries(sizes).flatMap(([name, size]) => (name === axis ? Object.entries(into) : [[name, size] as const])))

/** One axis into several, first slowest. */
export const unflatten: Primitive<{ readonly axis: string; readonly into: Sizes }> = primitive<{ readonly axis: string; readonly into: Sizes }>({
  op: 'unflatten',
  shape: (inputs, { axis, into }) => {
    const operand = nth(inputs, 0)
    mustCarry('unflatten', operand, axis)
    mustBeSizes('unflatten', into)
    for (const name of Object.keys(into)) mustLack('unflatten', without(operand.axes, [axis]), name)
    demand('same', sizeOf(operand, axis), elements(into), 'AX023', () => {
      const parts = Object.entries(into).map(([name, size]) => say`'${plain(name)}' ${argument(name, size)}`)
      return say`unflatten of '${plain(axis)}': ${given(operand, axis)} is not ${joined(parts, ' times ')}`
    })
    return { axes: replaced(operand.axes, axis, into), dtype: operand.dtype }
  },
  gradient: ({ cotangent, attributes }) => [flatten([cotangent], { axes: Object.keys(attributes.into), into: attributes.axis })],
  cost: free,
  // The first part that is more than one position has the layout.
  shard: (placer, { inputs, attributes: { axis, into } }) => {
    const [operand, mesh] = [nth(inputs, 0), placer.along(axis)]
    const first = Object.keys(into).find(name => (into[name] ?? 1) > 1) ?? ''
    if (mesh !== undefined && placer.along(first) === mesh) return { ...operand, node: unflatten([operand.node], { axis, into: placer.local(into) }) }
    const whole = wholePart(placer, operand, axis)
    return Object.keys(into).reduce<Placed>((value, name) => ownPart(placer, value, name), { ...whole, node: unflatten([whole.node], { axis, into }) })
  },
  reference: ({ self, inputs, attributes }) =>
    tabulate(self.axes, self.dtype, index => at(nth(inputs, 0), { ...index, [attributes.axis]: Object.entries(attributes.into).reduce((offset, [name, size]) => offset * size + (index[name] ?? 0), 0) })),
  tensorflow: (builder, { self, inputs, attributes }) => {
    const operand = nth(inputs, 0)
    const order = operand.order.flatMap(axis => (axis === attributes.axis ? Object.keys(attributes.into) : [axis]))
    const value = builder.value(operand.ref, self, order)
    return { ...value, ref: builder.reshape(operand.ref, shapeOf(value), self.dtype) }
  },
  samples: [{ inputs: [x], attributes: { axis: 'row', into: { a: 2, b: 2 } } }],
})

/** Several axes into one, in the order as written, first slowest. */
export const flatten: Primitive<{ readonly axes: readonly string[]; readonly into: string }> = primitive<{ readonly axes: readonly string[]; readonly into: string }>({
  op: 'flatten',
  shape: (inputs, { axes, into }) => {
    const operand = nth(inputs, 0)
    if (axes.length === 0) fail('AX013', 'flatten of no axes')
    mustDiffer('flatten', axes)
    for (const axis of axes) mustCarry('flatten', operand, axis)
    mustLack('flatten', without(operand.axes, axes), into)
    const size = axes.reduce((product, axis) => product * sizeOf(operand, axis), 1)
    const first = axesOf(operand).find(axis => axes.includes(axis)) ?? ''
    const sizes = Object.entries(operand.axes).flatMap(([axis, own]) => (axis === first ? [[into, size] as const] : axes.includes(axis) ? [] : [[axis, own] as const]))
    return { axes: Object.fromEntries(sizes), dtype: operand.dtype }
  },
  gradient: ({ inputs, cotangent, attributes }) => [unflatten([cotangent], { axis: attributes.into, into: Object.fromEntries(attributes.axes.map(axis => [axis, sizeOf(nth(inputs, 0), axis)])) })],
  // Axes of one position that were only put in beside a single other one.
  simplify: ({ inputs, attributes: { axes, into } }) => {
    const operand = nth(inputs, 0)
    const [source] = operand.inputs
    const [rest, ...more] = source === undefined ? [] : axes.filter(axis => axis in source.axes)
    const alone = source !== undefined && operand.op === 'broadcast' && rest !== undefined && more.length === 0 && axesOf(operand).every(axis => axis in source.axes || (axes.includes(axis) && sizeOf(operand, axis) === 1))
    return alone ? rename([source], { names: { [rest]: into } }) : undefined
  },
  cost: free,
  // The layout comes from the first axis of more than one position; what is split behind it is gathered first.
  shard: (placer, { self, inputs, attributes: { axes, into } }) => {
    const first = axes.find(axis => sizeOf(nth(self.inputs, 0), axis) > 1) ?? ''
    const given = axes.filter(axis => axis !== first).reduce((value, axis) => wholePart(placer, value, axis), nth(inputs, 0))
    const made: Placed = { ...given, node: flatten([given.node], { axes, into }) }
    const [before, after] = [placer.along(first), placer.along(into)]
    if (before === after) return made
    return ownPart(placer, before === undefined ? made : placer.whole(made, into, before), into)
  },
  reference: ({ self, inputs, attributes }) => {
    const operand = nth(inputs, 0)
    return tabulate(self.axes, self.dtype, index => {
      const place: Record<string, number> = { ...index }
      let rest = index[attributes.into] ?? 0
      for (const axis of [...attributes.axes].reverse()) {
        const size = operand.axes[axis] ?? 1
        place[axis] = rest % size
        rest = Math.floor(rest / size)
      }
      return at(operand, place)
    })
  },
  tensorflow: (builder, { self, inputs, attributes }) => {
    const { axes, into } = attributes
    const operand = nth(inputs, 0)
    const first = operand.order.findIndex(axis => axes.includes(axis))
    const rest = operand.order.filter(axis => !axes.includes(axis))
    const before = operand.order.slice(0, first).filter(axis => !axes.includes(axis))
    const after = rest.slice(before.length)
    const arranged = builder.arrange(operand, [...before, ...axes, ...after])
    const value = builder.value(arranged.ref, self, [...before, into, ...after])
    return { ...value, ref: builder.reshape(arranged.ref, shapeOf(value), self.dtype) }
  },
  samples: [
    { inputs: [x], attributes: { axes: ['row', 'column'], into: 'cell' } },
    { inputs: [x], attributes: { axes: ['column', 'row'], into: 'row' } },
    { inputs: [x], attributes: { axes: ['row', 'column'], into: 'column' } },
  ],
})

/** The same value repeated along new axes. */
export const broadcast: Primitive<{ readonly sizes: Sizes }> = primitive<{ readonly sizes: Sizes }>({
  op: 'broadcast',
  shape: (inputs, { sizes }) => {
    const operand = nth(inputs, 0)
    mustBeSizes('broadcast', sizes)
    if (operand.dtype === 'key') fail('AX010', 'broadcast of a random key: a key is only folded or drawn from')
    for (const axis of Object.keys(sizes)) mustLack('broadcast', operand.axes, axis)
    return { axes: { ...sizes, ...operand.axes }, dtype: operand.dtype }
  },
  gradient: ({ cotangent, attributes }) => [sum([cotangent], { axes: Object.keys(attributes.sizes) })],
  simplify: ({ inputs, attributes }) => {
    const operand = nth(inputs, 0)
    if (Object.keys(attributes.sizes).length === 0) return operand
    return operand.op === 'broadcast' ? broadcast([nth(operand.inputs, 0)], { sizes: { ...attributes.sizes, ...without(operand.axes, axesOf(nth(operand.inputs, 0))) } }) : undefined
  },
  cost: free,
  shard: (placer, parts) => {
    const operand = kept((mesh, placer, { attributes }) => !Object.keys(attributes.sizes).some(axis => placer.along(axis) === mesh), placer, parts)
    return { ...operand, node: broadcast([operand.node], { sizes: placer.local(parts.attributes.sizes) }) }
  },
  reference: ({ self, inputs }) => tabulate(self.axes, self.dtype, index => at(nth(inputs, 0), index)),
  tensorflow: (builder, { self, inputs, attributes }) => {
    const operand = nth(inputs, 0)
    const value = builder.value(operand.ref, self, [...Object.keys(attributes.sizes), ...operand.order])
    if (elements(attributes.sizes) === 1) return { ...value, ref: builder.reshape(operand.ref, shapeOf(value), self.dtype) }
    return { ...value, ref: builder.op('BroadcastTo', [operand.ref, builder.ints(shapeOf(value))], { ...T(self.dtype), Tidx: { type: 'i32' } }) }
  },
  samples: [{ inputs: [x], attributes: { sizes: { batch: 2 } } }],
})

/** `node` with every axis of `like` that it lacks. */
export const broadcastLike = (node: Node, like: Node): Node => {
  const missing = without(like.axes, axesOf(node))
  return Object.keys(missing).length === 0 ? node : broadcast([node], { sizes: missing })
}

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

/** The identity on values and the end of every derivative. */
export const stopGradient: Primitive<Readonly<Record<string, never>>> = primitive<Readonly<Record<string, never>>>({
  op: 'stopGradient',
  shape: inputs => ({ axes: nth(inputs, 0).axes, dtype: nth(inputs, 0).dtype }),
  gradient: 'none',
  simplify: ({ inputs }) => nth(inputs, 0),
  cost: free,
  shard: linearly(alone),
  reference: ({ inputs }) => nth(inputs, 0),
  tensorflow: (_builder, { inputs }) => nth(inputs, 0),
  samples: [{ inputs: [x], attributes: {} }],
})

/** The identity: what `valueAndGrad` differentiates with respect to, so that other uses of the same value do not count. */
export const tap: Primitive<Readonly<Record<string, never>>> = primitive<Readonly<Record<string, never>>>({
  op: 'tap',
  shape: inputs => ({ axes: nth(inputs, 0).axes, dtype: nth(inputs, 0).dtype }),
  gradient: ({ cotangent }) => [cotangent],
  simplify: ({ inputs }) => nth(inputs, 0),
  cost: free,
  shard: linearly(alone),
  reference: ({ inputs }) => nth(inputs, 0),
  tensorflow: (_builder, { inputs }) => nth(inputs, 0),
  samples: [{ inputs: [x], attributes: {} }],
})

/** The first input, marked as what a loss wants the second to be: a checker asks whether both are computed from the same parameters. */
export const target: Primitive<Readonly<Record<string, never>>> = primitive<Readonly<Record<string, never>>>({
  op: 'target',
  shape: inputs => ({ axes: nth(inputs, 0).axes, dtype: nth(inputs, 0).dtype }),
  gradient: ({ cotangent }) => [cotangent, undefined],
  simplify: ({ inputs }) => nth(inputs, 0),
  cost: free,
  shard: linearly(alone),
  reference: ({ inputs }) => nth(inputs, 0),
  tensorflow: (_builder, { inputs }) => nth(inputs, 0),
  samples: [{ inputs: [x, x], attributes: {} }],
})

/** Zeros shaped as the input: the gradient with respect to something that the loss does not depend on. */
export const noGradient: Primitive<Readonly<Record<string, never>>> = primitive<Readonly<Record<string, never>>>({
  op: 'noGradient',
  shape: inputs => ({ axes: nth(inputs, 0).axes, dtype: 'f32' }),
  gradient: 'none',
  simplify: ({ self }) => broadcastLike(literal([], { value: 0, dtype: 'f32' }), self),
  cost: free,
  shard: (_placer, { self, inputs }) => ({ node: self.rules.rebuild([nth(inputs, 0).node]), partial: [] }),
  reference: ({ self }) => tabulate(self.axes, 'f32', () => 0),
  tensorflow: (builder, { self, inputs }) => {
    const { order } = nth(inputs, 0)
    const shape = builder.ints(order.map(axis => sizeOf(self, axis)))
    return builder.value(builder.op('BroadcastTo', [builder.scalar(0, 'f32'), shape], { ...T('f32'), Tidx: { type: 'i32' } }), self, order)
  },
  samples: [{ inputs: [x], attributes: {} }],
})
