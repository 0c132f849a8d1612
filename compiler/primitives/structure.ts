import { shapeOf, T } from '../targets/tensorflow/builder.ts'
import { at, tabulate } from '../program/host.ts'
import { argument, demand, fail, given, mustBeSizes, mustCarry, mustDiffer, mustLack, plain } from '../program/axes.ts'
import { joined, say } from '../program/error.ts'
import { axesOf, elements, sizeOf, without, type Node, type Sizes } from '../program/node.ts'
import { free, nth, primitive, type Primitive } from './primitive.ts'
import { sum } from './reduce.ts'
import { operands, ownPart, wholePart, type Linear, type Placed, type ShardRule } from './sharding.ts'

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
    const names = axesOf(source).map((axis, i) => [axis, axesOf(operand)[i] ?? axis]).map(([axis = '', middle = '']) => [axis, attributes.names[middle] ?? middle] as const).filter(([before, after]) => before !== after)
    return names.length === 0 ? source : rename([source], { names: Object.fromEntries(names) })
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
    const single = source !== undefined && operand.op === 'broadcast' && rest !== undefined && more.length === 0 && axesOf(operand).every(axis => axis in source.axes || (axes.includes(axis) && sizeOf(operand, axis) === 1))
    return single ? rename([source], { names: { [rest]: into } }) : undefined
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
