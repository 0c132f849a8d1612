import { T } from '../targets/tensorflow/builder.ts'
import { at, eachIndex, tabulate } from '../program/host.ts'
import { demand, fail, given, mustBeSizes, mustCarry, mustDiffer, plain, quote, unionAxes } from '../program/axes.ts'
import { say } from '../program/error.ts'
import { axesOf, elements, sizeOf, without, type Sizes } from '../program/node.ts'
import { free, nth, perElement, primitive, type Primitive } from './primitive.ts'
import { add, and, less, not, select } from './elementwise.ts'
import { literal, position } from './source.ts'
import { linearly, operands, ownPart, summedOver, together, unsplitAlong, wholePart } from './sharding.ts'

const ids = { axes: { pick: 5 }, dtype: 'i32', low: 0, high: 4 } as const
const rows = { axes: { row: 4, column: 3 } } as const

/**
 * Rows of `table` along `axis`, chosen by `ids`. The axes of `ids` take the place of `axis`; an axis that table and ids share is aligned
 * (each of its positions looks in its own part of the table). Ids outside the axis are a mistake that no backend reports.
 */
export const gather: Primitive<{ readonly axis: string }> = primitive<{ readonly axis: string }>({
  op: 'gather',
  shape: (inputs, { axis }) => {
    const [table, index] = [nth(inputs, 0), nth(inputs, 1)]
    mustCarry('gather', table, axis)
    if (index.dtype !== 'i32') fail('AX010', `gather by a tensor of ${index.dtype}: wanted i32`)
    const rest = { ...table, axes: without(table.axes, [axis]) }
    unionAxes('gather', [rest, { ...index, axes: without(index.axes, [axis]) }])
    return { axes: Object.fromEntries(Object.entries(table.axes).flatMap(([name, size]) => (name === axis ? Object.entries(index.axes).filter(([own]) => !(own in rest.axes)) : [[name, size] as const]))), dtype: table.dtype }
  },
  gradient: ({ self, inputs, cotangent, attributes: { axis } }) => {
    if (self.dtype !== 'f32') return []
    const [table, index] = [nth(inputs, 0), nth(inputs, 1)]
    const over = axesOf(index).filter(name => name === axis || !(name in table.axes))
    return [scatterAdd([index, cotangent], { axis, size: sizeOf(table, axis), over })]
  },
  cost: free,
  // Ids count over all devices, so each needs the whole table.
  shard: (placer, parts) => linearly(together([0]))(placer, { ...parts, inputs: parts.inputs.map((value, i) => (i === 0 ? wholePart(placer, value, parts.attributes.axis) : value)) }),
  reference: ({ self, inputs, attributes: { axis } }) => {
    const [table, index] = [nth(inputs, 0), nth(inputs, 1)]
    return tabulate(self.axes, self.dtype, place => at(table, { ...place, [axis]: at(index, place) }))
  },
  tensorflow: (builder, { self, inputs, attributes: { axis } }) => {
    const [table, index] = [nth(inputs, 0), nth(inputs, 1)]
    const shared = index.order.filter(name => name !== axis && name in table.sizes)
    const picks = index.order.filter(name => !shared.includes(name))
    const source = shared.length === 0 ? table : builder.arrange(table, [...shared, axis, ...table.order.filter(name => name !== axis && !shared.includes(name))])
    const place = source.order.indexOf(axis)
    const attrs = { Tparams: T(table.dtype)['T'] ?? { type: 'f32' }, Tindices: { type: 'i32' }, Taxis: { type: 'i32' }, batch_dims: { i: shared.length } } as const
    const ref = builder.op('GatherV2', [source.ref, builder.arrange(index, [...shared, ...picks]).ref, builder.scalar(place, 'i32')], attrs)
    return builder.value(ref, self, [...source.order.slice(0, place), ...picks, ...source.order.slice(place + 1)])
  },
  samples: [
    { inputs: [rows, ids], attributes: { axis: 'row' } },
    { inputs: [{ axes: { batch: 2, row: 4, column: 3 } }, { axes: { batch: 2, pick: 3 }, dtype: 'i32', low: 0, high: 4 }], attributes: { axis: 'row' } },
    { inputs: [rows, { axes: { row: 6 }, dtype: 'i32', low: 0, high: 4 }], attributes: { axis: 'row' } },
    { inputs: [rows, { axes: { column: 3 }, dtype: 'i32', low: 0, high: 4 }], attributes: { axis: 'row' } },
  ],
})

/**
 * Sums rows into a new axis of `size` positions, chosen by `ids`: the transpose of `gather`. Inputs: ids, rows. `over` are the axes of
 * `ids` that are summed; its other axes are aligned with those of the rows.
 */
export const scatterAdd: Primitive<{ readonly axis: string; readonly size: number; readonly over: readonly string[] }> = primitive<{ readonly axis: string; readonly size: number; readonly over: readonly string[] }>({
  op: 'scatterAdd',
  shape: (inputs, { axis, size, over }) => {
    const [index, values] = [nth(inputs, 0), nth(inputs, 1)]
    mustBeSizes('scatterAdd', { [axis]: size })
    if (index.dtype !== 'i32') fail('AX010', `scatterAdd by a tensor of ${index.dtype}: wanted i32`)
    if (values.dtype !== 'f32' && values.dtype !== 'i32') fail('AX010', `scatterAdd of rows of ${values.dtype}: wanted f32 or i32`)
    mustDiffer('scatterAdd', over)
    for (const name of over) mustCarry('scatterAdd', index, name)
    for (const name of axesOf(index)) mustCarry('scatterAdd', values, name)
    unionAxes('scatterAdd', inputs)
    const rest = without(values.axes, over)
    if (axis in rest) fail('AX003', `scatterAdd into '${plain(axis)}': the rows already have ${quote(axesOf(values))}`)
    const aligned = axesOf(index).filter(name => !over.includes(name))
    const first = Object.fromEntries(Object.entries(rest).filter(([name]) => aligned.includes(name)))
    return { axes: { ...first, [axis]: size, ...rest }, dtype: values.dtype }
  },
  gradient: ({ inputs, cotangent, attributes: { axis } }) => [undefined, gather([cotangent, nth(inputs, 0)], { axis })],
  cost: ({ inputs }) => elements(nth(inputs, 1).axes),
  // Each device sums its own rows into all positions; what its rows are summed over leaves the sums partial.
  shard: (placer, parts) => {
    const { nodes, partial } = operands(together([1]), placer, parts)
    const { axis, over } = parts.attributes
    return ownPart(placer, { node: parts.self.rules.rebuild(nodes), partial: [...partial, ...summedOver(placer, over)] }, axis)
  },
  reference: ({ self, inputs, attributes: { axis, over } }) => {
    const [index, values] = [nth(inputs, 0), nth(inputs, 1)]
    const summed: Sizes = Object.fromEntries(over.map(name => [name, index.axes[name] ?? 1]))
    return tabulate(self.axes, self.dtype, place => {
      let total = 0
      eachIndex(summed, inner => {
        const whole = { ...place, ...inner }
        if (at(index, whole) === place[axis]) total += at(values, whole)
      })
      return total
    })
  },
  tensorflow: (builder, { self, inputs, attributes: { axis, size, over } }) => {
    const [index, values] = [nth(inputs, 0), nth(inputs, 1)]
    const shared = index.order.filter(name => !over.includes(name))
    const rest = values.order.filter(name => !(name in index.sizes))
    const count = (names: readonly string[]): number => names.reduce((total, name) => total * (values.sizes[name] ?? 1), 1)
    const [batch, summed, width] = [count(shared), count(over), count(rest)]
    let segments = builder.reshape(builder.arrange(index, [...shared, ...over]).ref, [batch, summed], 'i32')
    if (batch > 1) {
      // Each aligned position gets its own run of segments.
      const starts = builder.op('Range', [builder.scalar(0, 'i32'), builder.scalar(batch * size, 'i32'), builder.scalar(size, 'i32')], { Tidx: { type: 'i32' } })
      segments = builder.op('AddV2', [segments, builder.reshape(starts, [batch, 1], 'i32')], T('i32'))
    }
    const data = builder.reshape(builder.arrange(values, [...shared, ...over, ...rest]).ref, [batch * summed, width], self.dtype)
    const attrs = { ...T(self.dtype), Tindices: { type: 'i32' }, Tnumsegments: { type: 'i32' } } as const
    const raw = builder.op('UnsortedSegmentSum', [data, builder.reshape(segments, [batch * summed], 'i32'), builder.scalar(batch * size, 'i32')], attrs)
    const order = [...shared, axis, ...rest]
    const value = builder.value(raw, self, order)
    return { ...value, ref: builder.reshape(raw, order.map(name => sizeOf(self, name)), self.dtype) }
  },
  samples: [
    { inputs: [ids, { axes: { pick: 5, column: 3 } }], attributes: { axis: 'row', size: 4, over: ['pick'] } },
    { inputs: [{ axes: { batch: 2, pick: 3 }, dtype: 'i32', low: 0, high: 4 }, { axes: { batch: 2, pick: 3, column: 2 } }], attributes: { axis: 'row', size: 4, over: ['pick'] } },
    { inputs: [{ axes: { batch: 2, pick: 3 }, dtype: 'i32', low: 0, high: 4 }, { axes: { column: 2, pick: 3, batch: 2 } }], attributes: { axis: 'row', size: 4, over: ['pick', 'batch'] } },
  ],
})

/** `buffer` with `rows` written along `axis` from position `start` (an i32 without axes) on; they must fit. Inputs: buffer, start, rows. */
export const write: Primitive<{ readonly axis: string }> = primitive<{ readonly axis: string }>({
  op: 'write',
  shape: (inputs, { axis }) => {
    const [buffer, start, values] = [nth(inputs, 0), nth(inputs, 1), nth(inputs, 2)]
    mustCarry('write', buffer, axis)
    mustCarry('write', values, axis)
    if (start.dtype !== 'i32' || axesOf(start).length > 0) fail('AX010', 'write: the place to write at is an i32 without axes')
    if (buffer.dtype !== values.dtype) fail('AX010', `write of ${values.dtype} into ${buffer.dtype}: cast one of them`)
    if (axesOf(buffer).length !== axesOf(values).length || axesOf(buffer).some(name => !(name in values.axes))) fail('AX002', `write: the buffer has ${quote(axesOf(buffer))}, the rows ${quote(axesOf(values))}`)
    unionAxes('write', [buffer, values].map(part => ({ ...part, axes: without(part.axes, [axis]) })))
    demand('within', sizeOf(values, axis), sizeOf(buffer, axis), 'AX024', () => say`write along '${plain(axis)}': ${given(values, axis)} rows do not fit ${given(buffer, axis)}`)
    return { axes: buffer.axes, dtype: buffer.dtype }
  },
  gradient: ({ self, inputs, cotangent, attributes: { axis } }) => {
    if (self.dtype !== 'f32') return []
    const [buffer, start, values] = [nth(inputs, 0), nth(inputs, 1), nth(inputs, 2)]
    const place = position([], { axis, size: sizeOf(buffer, axis) })
    const end = add([start, literal([], { value: sizeOf(values, axis), dtype: 'i32' })], {})
    const written = and([not([less([place, start], {})], {}), less([place, end], {})], {})
    const here = add([position([], { axis, size: sizeOf(values, axis) }), start], {})
    return [select([written, literal([], { value: 0, dtype: 'f32' }), cotangent], {}), undefined, gather([cotangent, here], { axis })]
  },
  cost: perElement,
  shard: (placer, parts) => {
    unsplitAlong(placer, 'write', nth(parts.self.inputs, 0), parts.attributes.axis)
    return linearly(together([0, 2]))(placer, parts)
  },
  reference: ({ self, inputs, attributes: { axis } }) => {
    const [buffer, start, values] = [nth(inputs, 0), nth(inputs, 1), nth(inputs, 2)]
    return tabulate(self.axes, self.dtype, index => {
      const i = (index[axis] ?? 0) - at(start, {})
      return i >= 0 && i < (values.axes[axis] ?? 0) ? at(values, { ...index, [axis]: i }) : at(buffer, index)
    })
  },
  tensorflow: (builder, { self, inputs, attributes: { axis } }) => {
    const [buffer, start, values] = [nth(inputs, 0), nth(inputs, 1), nth(inputs, 2)]
    const order = [axis, ...buffer.order.filter(name => name !== axis)]
    const count = values.sizes[axis] ?? 1
    const range = builder.op('Range', [builder.scalar(0, 'i32'), builder.scalar(count, 'i32'), builder.scalar(1, 'i32')], { Tidx: { type: 'i32' } })
    const places = builder.reshape(builder.op('AddV2', [range, start.ref], T('i32')), [count, 1], 'i32')
    const attrs = { ...T(self.dtype), Tindices: { type: 'i32' } } as const
    const ref = builder.op('TensorScatterUpdate', [builder.arrange(buffer, order).ref, places, builder.arrange(values, order).ref], attrs)
    return builder.value(ref, self, order)
  },
  samples: [{ inputs: [{ axes: { column: 2, row: 6 } }, { axes: {}, dtype: 'i32', low: 1, high: 4 }, { axes: { row: 2, column: 2 } }], attributes: { axis: 'row' } }],
})
