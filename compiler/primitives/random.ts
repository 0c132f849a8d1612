import { T } from '../targets/tensorflow/builder.ts'
import { fail, mustBeSizes, mustLack, plain } from '../program/axes.ts'
import { axesOf, elements, type Sizes } from '../program/node.ts'
import type { Builder, Value } from '../targets/tensorflow/builder.ts'
import type { HostTensor } from '../program/host.ts'
import { free, nth, perElement, primitive, type Primitive } from './primitive.ts'
import { add, mul } from './elementwise.ts'
import { philox4x32, uniformRow } from './philox.ts'
import { completely, ownPart, type Placed, type Placer, type ShardRule } from './sharding.ts'
import { literal } from './source.ts'
import { concat } from './parts.ts'

type Words = readonly [number, number]

const wordsOf = (key: HostTensor): Words => [(key.data[0] ?? 0) >>> 0, (key.data[1] ?? 0) >>> 0]
const keyTensor = (words: readonly number[]): HostTensor => ({ axes: {}, dtype: 'key', data: Float64Array.from([words[0] ?? 0, words[1] ?? 0]) })

/** The second word of a key made from a seed: any constant will do; this one is the fractional part of the golden ratio. */
const seedWord = 0x9e3779b9

/** A key from a seed, an i32 without axes. */
export const key: Primitive<Readonly<Record<string, never>>> = primitive<Readonly<Record<string, never>>>({
  op: 'key',
  shape: inputs => {
    if (nth(inputs, 0).dtype !== 'i32' || axesOf(nth(inputs, 0)).length > 0) fail('AX010', 'key: a seed is an i32 without axes')
    return { axes: {}, dtype: 'key' }
  },
  gradient: 'none',
  cost: free,
  shard: completely,
  reference: ({ inputs }) => keyTensor([(nth(inputs, 0).data[0] ?? 0) >>> 0, seedWord]),
  tensorflow: (builder, { self, inputs }) => {
    const ref = builder.op('Pack', [nth(inputs, 0).ref, builder.scalar(seedWord | 0, 'i32')], { N: { i: 2 }, ...T('i32'), axis: { i: 0 } })
    return builder.value(ref, self, [])
  },
  samples: [{ inputs: [{ axes: {}, dtype: 'i32', low: 0, high: 100 }], attributes: {} }],
})

/** i32 pairs seen as TensorFlow's unsigned 64-bit words, little end first. */
const asU64 = (builder: Builder, ref: string, count: number): string =>
  builder.op('Bitcast', [builder.reshape(ref, [count, 2], 'i32')], { T: { type: 'i32' }, type: { type: 'u64' } })

/**
 * A new key from a key and a number: one Philox block with the number as its counter. `domain` keeps folds by name and folds by number
 * apart. Inputs: key, number (i32 without axes).
 */
export const fold: Primitive<{ readonly domain: number }> = primitive<{ readonly domain: number }>({
  op: 'fold',
  shape: inputs => {
    const [from, by] = [nth(inputs, 0), nth(inputs, 1)]
    if (from.dtype !== 'key' || by.dtype !== 'i32') fail('AX010', `fold of ${from.dtype} by ${by.dtype}: wanted a key and an i32`)
    if (axesOf(by).length > 0) fail('AX011', `fold by a number with the axis '${plain(axesOf(by)[0] ?? '')}': a random operation already draws for every enclosing vmap`)
    return { axes: {}, dtype: 'key' }
  },
  gradient: 'none',
  cost: free,
  shard: completely,
  reference: ({ inputs, attributes }) => keyTensor(philox4x32(wordsOf(nth(inputs, 0)), [(nth(inputs, 1).data[0] ?? 0) >>> 0, 0, attributes.domain, 0])),
  tensorflow: (builder, { self, inputs, attributes }) => {
    const zero = builder.scalar(0, 'i32')
    const counter = builder.op('Pack', [nth(inputs, 1).ref, zero, builder.scalar(attributes.domain, 'i32'), zero], { N: { i: 4 }, ...T('i32'), axis: { i: 0 } })
    const operands = [builder.ints([1]), asU64(builder, nth(inputs, 0).ref, 1), asU64(builder, counter, 2), builder.scalar(1, 'i32')]
    const bits = builder.op('StatelessRandomUniformFullIntV2', operands, { dtype: { type: 'u64' }, Tshape: { type: 'i32' } })
    const pair = builder.op('Bitcast', [bits], { T: { type: 'u64' }, type: { type: 'i32' } })
    return builder.value(builder.reshape(pair, [2], 'i32'), self, [])
  },
  samples: [{ inputs: [{ axes: {}, dtype: 'key' }, { axes: {}, dtype: 'i32', low: 0, high: 1000 }], attributes: { domain: 1 } }],
})

/** The counter at which a row's numbers begin, as four words. */
const counterAt = (builder: Builder, first: Value | undefined, blocks: number): string => {
  if (first === undefined) return builder.ints([0, 0, 0, 0])
  const zero = builder.scalar(0, 'i32')
  const start = builder.op('Mul', [first.ref, builder.scalar(blocks, 'i32')], T('i32'))
  return builder.op('Pack', [start, zero, zero, zero], { N: { i: 4 }, ...T('i32'), axis: { i: 0 } })
}

/** Blocks of the generator that one row takes. */
const blocksOf = (sizes: Sizes): number => Math.ceil(elements(sizes) / 4)

/** More draws than this for one part of the rows cost more than drawing all of them. */
const mostDraws = 8

/** Rows of all that are drawn which belong to one device: runs of them, side by side along `axis`. */
interface Runs {
  readonly mesh: string
  readonly axis: string
  /** The first row of each run on the first device, and how far the next device's is. */
  readonly starts: readonly number[]
  readonly step: number
}

const runsOf = (placer: Placer, rows: Sizes): Runs | undefined => {
  const [axis, mesh] = Object.keys(rows).map(name => [name, placer.along(name)] as const).find(([, along]) => along !== undefined) ?? []
  if (axis === undefined || mesh === undefined) return undefined
  const names = Object.keys(rows)
  const [before, after] = [names.slice(0, names.indexOf(axis)), names.slice(names.indexOf(axis) + 1)]
  const count = (axes: readonly string[]): number => axes.reduce((product, name) => product * (rows[name] ?? 1), 1)
  const run = count([axis, ...after])
  const outer = before.filter(name => rows[name] !== 1)
  if (outer.length > 1 || count(before) > mostDraws || after.some(name => placer.along(name) !== undefined)) return undefined
  return { mesh, starts: Array.from({ length: count(before) }, (_, i) => i * run), step: (placer.local(rows)[axis] ?? 1) * count(after), axis: outer[0] ?? '' }
}

/**
 * The numbers of the rows that a device has, as if it had drawn those of all devices: by counters that start at its first row. Where the
 * device's rows are many short runs, or the split axis is inside of a row, all numbers are drawn and the device takes its own.
 */
const drawOwn: ShardRule<{ readonly rows: Sizes; readonly sizes: Sizes }> = (placer, { self, inputs, attributes: { rows, sizes } }) => {
  const from = placer.complete(nth(inputs, 0))
  const runs = runsOf(placer, rows)
  const split = Object.keys(sizes).filter(axis => placer.along(axis) !== undefined)
  if (runs === undefined || elements(rows) * blocksOf(sizes) >= 2 ** 31) return Object.keys(self.axes).reduce<Placed>((value, axis) => ownPart(placer, value, axis), { node: self.rules.rebuild([from]), partial: [] })
  const own = placer.local(rows)
  const parts = runs.starts.map(start => {
    const first = add([mul([placer.index(runs.mesh), literal([], { value: runs.step, dtype: 'i32' })], {}), literal([], { value: start, dtype: 'i32' })], {})
    return uniform([from, first], { rows: runs.axis === '' ? own : { ...own, [runs.axis]: 1 }, sizes })
  })
  const drawn = runs.axis === '' ? nth(parts, 0) : concat(parts, { axis: runs.axis })
  return split.reduce<Placed>((value, axis) => ownPart(placer, value, axis), { node: drawn, partial: [] })
}

/**
 * Philox4x32-10, 23 bits, in [0, 1). The element index: `rows` (the enclosing `vmap` axes, outermost slowest), then `sizes` as written;
 * each row starts a fresh block of the counter, so that a part of the rows can be drawn alone. Inputs: key, and (where rows before these
 * are somebody else's) the number of the first row, an i32 without axes.
 */
export const uniform: Primitive<{ readonly rows: Sizes; readonly sizes: Sizes }> = primitive<{ readonly rows: Sizes; readonly sizes: Sizes }>({
  op: 'uniform',
  shape: (inputs, { rows, sizes }) => {
    if (nth(inputs, 0).dtype !== 'key') fail('AX010', `uniform from ${nth(inputs, 0).dtype}: wanted a key`)
    const first = inputs[1]
    if (first !== undefined && (first.dtype !== 'i32' || axesOf(first).length > 0)) fail('AX010', 'uniform: the number of the first row is an i32 without axes')
    mustBeSizes('uniform', sizes)
    for (const axis of Object.keys(sizes)) mustLack('uniform', rows, axis)
    return { axes: { ...rows, ...sizes }, dtype: 'f32' }
  },
  gradient: 'none',
  cost: perElement,
  shard: drawOwn,
  reference: ({ self, inputs, attributes }) => {
    const row = elements(attributes.sizes)
    const [blocks, first] = [blocksOf(attributes.sizes), inputs[1]?.data[0] ?? 0]
    const data = new Float64Array(elements(self.axes))
    for (let i = 0; i < elements(attributes.rows); i++) data.set(uniformRow(wordsOf(nth(inputs, 0)), (first + i) * blocks, row), i * row)
    return { axes: self.axes, dtype: 'f32', data }
  },
  tensorflow: (builder, { self, inputs, attributes }) => {
    const [count, row] = [elements(attributes.rows), elements(attributes.sizes)]
    const padded = Math.ceil(row / 4) * 4
    const operands = [builder.ints([count, padded]), asU64(builder, nth(inputs, 0).ref, 1), asU64(builder, counterAt(builder, inputs[1], padded / 4), 2), builder.scalar(1, 'i32')]
    const drawn = builder.op('StatelessRandomUniformV2', operands, { dtype: { type: 'f32' }, Tshape: { type: 'i32' } })
    const own = padded === row ? drawn : builder.op('Slice', [drawn, builder.ints([0, 0]), builder.ints([count, row])], { ...T('f32'), Index: { type: 'i32' } })
    return builder.value(builder.reshape(own, Object.values(self.axes), 'f32'), self, axesOf(self))
  },
  samples: [
    { inputs: [{ axes: {}, dtype: 'key' }], attributes: { rows: {}, sizes: { row: 3, column: 2 } } },
    { inputs: [{ axes: {}, dtype: 'key' }], attributes: { rows: { batch: 3 }, sizes: { column: 5 } } },
    { inputs: [{ axes: {}, dtype: 'key' }], attributes: { rows: { batch: 3 }, sizes: {} } },
    { inputs: [{ axes: {}, dtype: 'key' }, { axes: {}, dtype: 'i32', low: 1, high: 1000 }], attributes: { rows: { batch: 2 }, sizes: { column: 5 } } },
  ],
})

/** FNV-1a over the UTF-16 units of a name: how a name becomes a number to fold by. */
export const hashName = (name: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return hash | 0
}

export const keyDomain = { number: 0, name: 1 } as const
