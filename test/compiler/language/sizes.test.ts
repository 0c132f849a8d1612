// Sizes that disagree: the message names the operation, the axis, both sizes and the places where both come from.
import { test } from 'uvu'
import { array, buffer, input, normal, ones, rename, trace, untyped as u, vmap, zero, type Of } from '../../../compiler/language/index.ts'
import { linear, linearParams } from '../../../models/layers/linear.ts'
import { mistakeOf, placesIn, says } from './support.ts'

const place = placesIn(import.meta.url)

test('AX021: a contraction of two sizes, far from where they were given', () => {
  const table = u.broadcast(u.literal(1), { word: 5, hidden: 768 }) // the table
  const x = u.broadcast(u.literal(1), { token: 2, width: 512 }) // the sequence
  const named = u.exp(u.rename(u.tanh(x), { width: 'hidden' }))
  const use = () => u.dot('hidden', named, u.neg(table)) // the product
  says(mistakeOf(use), 'AX021', place('the product'), "dot over 'hidden'", `512 in broadcast (${place('the sequence')}`, `768 in broadcast (${place('the table')}`)
})

test('AX021: element-wise operands, concatenated parts, gathered and written rows', () => {
  const three = u.broadcast(u.literal(1), { a: 3, b: 2 }) // three
  const four = u.broadcast(u.literal(1), { a: 4, b: 2 }) // four
  const both = [`3 in broadcast (${place('three')}`, `4 in broadcast (${place('four')}`] as const
  says(mistakeOf(() => u.add(three, four)), 'AX021', "add over 'a'", ...both)
  says(mistakeOf(() => u.select(u.less(three, 1), three, four)), 'AX021', "select over 'a'", ...both)
  says(mistakeOf(() => u.concat('b', [three, four])), 'AX021', "concat over 'a'", ...both)
  says(mistakeOf(() => u.gather('b', three, u.cast('i32', u.sum('b', four)))), 'AX021', "gather over 'a'", ...both)
  says(mistakeOf(() => u.write('b', three, u.literal(0, 'i32'), four)), 'AX021', "write over 'a'", ...both)
  says(mistakeOf(() => vmap('a', (x: typeof three, y: typeof three) => u.add(x, y))(three, four)), 'AX021', "vmap over 'a'", ...both)
})

test('AX021: parameters are named by their path and the place of their declaration', () => {
  const state = { project: linearParams({ hidden: 768 }, { embed: 256 }, normal(0.02)) } // the projection
  const batch = { tokens: input({ example: 2, hidden: 512 }) } // the tokens
  const step = (now: Of<typeof state>, { tokens }: Of<typeof batch>) => [now, { features: linear(now.project, tokens) }] as const // the use
  says(mistakeOf(() => trace({ state, batch, step })), 'AX021', place('the use'), "dot over 'hidden'", `512 in batch/tokens (${place('the tokens')}`, '768 in state/project/weight (')
})

test('AX022: a size that is no size', () => {
  const use = () => u.broadcast(u.literal(1), { token: 0 }) // no size
  says(mistakeOf(use), 'AX022', place('no size'), 'broadcast', "'token'", '0')
  says(mistakeOf(() => array({ token: 3 }, [1, 2])), 'AX022', '2 numbers')
  says(mistakeOf(() => u.table({ token: 3 }, [1, 2])), 'AX022', 'table', '2 numbers')
})

test('AX023: parts that do not multiply to the whole', () => {
  const x = u.broadcast(u.literal(1), { hidden: 768 }) // the whole
  const use = () => u.unflatten(u.exp(x), 'hidden', { head: 12, feature: 60 }) // the parts
  says(mistakeOf(use), 'AX023', place('the parts'), "unflatten of 'hidden'", `768 in broadcast (${place('the whole')}`, "'head' 12 times 'feature' 60")
})

test('AX024: out of range', () => {
  const x = u.broadcast(u.literal(1), { token: 10 }) // the ten
  const ten = `10 in broadcast (${place('the ten')}`
  const use = () => u.slice('token', 4, 8, x) // the slice
  says(mistakeOf(use), 'AX024', place('the slice'), "slice of 'token' from 4 to 12", ten)
  says(mistakeOf(() => u.slice('token', -1, 2, x)), 'AX024', "'token'", '-1')
  says(mistakeOf(() => u.topIndex('token', 'best', 11, x)), 'AX024', 'topK', "'token'", '11', ten)
  says(mistakeOf(() => u.pad('token', -1, 0, x)), 'AX024', 'pad', "'token'")
  says(mistakeOf(() => u.write('token', x, u.literal(0, 'i32'), u.broadcast(u.literal(1), { token: 12 }))), 'AX024', 'write', "'token'", '12', '10')
})

test('AX031: a step that returns a leaf of another size, with both sizes and both places', () => {
  const state = { queue: buffer({ slot: 8, embed: 2 }, 'f32', ones), next: buffer({}, 'i32', zero) } // the queue
  const batch = { features: input({ example: 3, embed: 2 }) } // the features
  const step = (now: Of<typeof state>, given: Of<typeof batch>) => [{ ...now, queue: rename(given.features, { example: 'slot' }) }, {}] as const
  says(mistakeOf(() => trace({ state, batch, step })), 'AX031', "step gives 'queue' over 'slot'", `3 in batch/features (${place('the features')}`, `8 in state/queue (${place('the queue')}`)
})

test.run()
