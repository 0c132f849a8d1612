import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  buffer, countParameters, decayedPaths, declarationsOf, filled, fold, initialize, input, itself, key, normal, ones, param, repeat, run, symmetric, uniform, whole, zero, zeros, zerosLike, type Initializer,
} from '../../../compiler/language/index.ts'
import { leavesOf } from '../../../compiler/language/tree.ts'
import { close, inOrder, mistakeOf, placesIn, says } from './support.ts'

const place = placesIn(import.meta.url)
const seed = 12
const layer = () => ({ weight: param({ in: 4, out: 3 }, normal(0.02)), bias: param({ out: 3 }, zeros, { decay: false }) })
const state = () => ({ layers: [layer(), layer()], temperature: param({}, filled(0.07)), queue: buffer({ slot: 5, embed: 2 }, 'f32', ones), next: buffer({}, 'i32', zero), key: buffer({}, 'key', itself) })

test('declarations are found with their paths', () => {
  assert.equal(declarationsOf(state()).map(({ path, declaration: { kind } }) => `${path} ${kind}`), [
    'layers/0/weight param', 'layers/0/bias param', 'layers/1/weight param', 'layers/1/bias param', 'temperature param', 'queue buffer', 'next buffer', 'key buffer',
  ])
})

test('parameters are counted, buffers and inputs are not', () => {
  assert.is(countParameters(state()), 2 * (12 + 3) + 1)
  assert.is(countParameters({ x: input({ batch: 8 }) }), 0)
})

test('weight decay is what the declaration says', () => {
  assert.equal([...decayedPaths(state())].sort(), ['layers/0/weight', 'layers/1/weight', 'temperature'])
})

test('one declaration at two paths is an error that names both', () => {
  const table = param({ word: 10, hidden: 4 }, normal(0.02))
  says(mistakeOf(() => declarationsOf({ text: { word: table }, head: { decoder: table } })), 'AX017', "'text/word'", "'head/decoder'", 'using it twice')
})

test('first values: every leaf from its own key, the same again from the same seed', () => {
  const made = run(() => { const { layers, temperature, queue, next } = initialize(state(), key(seed)); return { layers, temperature, queue, next } })
  const [first, again] = [made(), made()]
  assert.equal(first.layers, again.layers)
  const [a, b] = first.layers
  assert.ok(a && b)
  assert.not.equal(a.weight.data, b.weight.data)
  assert.equal([a.bias.data, first.next.data, first.next.dtype], [[0, 0, 0], [0], 'i32'])
  close(first.temperature.data, [0.07])
  assert.equal(inOrder(first.queue, ['slot', 'embed']), Array.from({ length: 10 }, () => 1))
})

test('a leaf draws from the key folded by its path', () => {
  const drawing: Initializer = (from, sizes) => uniform(from, sizes)
  const made = run(() => initialize({ part: { weight: param({ in: 6 }, drawing) } }, key(seed)))()
  assert.equal(made.part.weight.data, run(() => uniform(fold(key(seed), 'part/weight'), { in: 6 }))().data)
})

test('initialisers', () => {
  const count = 10_000
  const made = run(() => initialize({ normal: param({ a: count }, normal(0.02)), symmetric: param({ a: count }, symmetric(0.5)), whole: buffer({}, 'i32', whole(7)) }, key(seed)))()
  const deviation = Math.sqrt(made.normal.data.reduce((total, x) => total + x * x, 0) / count)
  assert.ok(Math.abs(deviation / 0.02 - 1) < 5 / Math.sqrt(2 * count), `${deviation}, seed ${seed}`)
  assert.ok(made.symmetric.data.every(x => x >= -0.5 && x < 0.5) && made.symmetric.data.some(x => x < -0.4) && made.symmetric.data.some(x => x > 0.4), `seed ${seed}`)
  assert.equal(made.whole.data, [7])
})

test('moments of zeros have the sizes of the parameters and are buffers', () => {
  const moments = zerosLike(layer())
  assert.equal(declarationsOf(moments).map(({ path, declaration: { kind, sizes, decay } }) => [path, kind, sizes, decay]), [['weight', 'buffer', { in: 4, out: 3 }, false], ['bias', 'buffer', { out: 3 }, false]])
  assert.equal(run(() => initialize(moments, key(seed)))().bias.data, [0, 0, 0])
})

test('keys are leaves of a state', () => {
  assert.equal(leavesOf(initialize({ key: buffer({}, 'key', itself) }, key(seed))).map(({ path, node }) => `${path} ${node.dtype}`), ['key key'])
})

test('a size that is no whole number above zero is an error where it is declared', () => {
  const declare = () => param({ hidden: 768, head: 0 }, zeros) // the declaration
  says(mistakeOf(declare), 'AX022', place('the declaration'), "'head'", '0')
  says(mistakeOf(() => input({ batch: 2.5 })), 'AX022', "'batch'", '2.5')
})

test('names that no axis can have', () => {
  says(mistakeOf(() => param({ 3: 768 }, zeros)), 'AX005', "'3'")
  says(mistakeOf(() => buffer({ '^batch': 2 }, 'f32', zeros)), 'AX005', "'^batch'")
})

test('an initialiser of another element type is an error that names the leaf', () => {
  says(mistakeOf(() => initialize({ counters: { step: buffer({}, 'i32', zeros) } }, key(1))), 'AX010', "'counters/step'", 'f32', 'i32')
})

test('what is no declaration, and an input among the state', () => {
  says(mistakeOf(() => declarationsOf({ rate: 0.1 })), 'AX013', "'rate'", '0.1')
  says(mistakeOf(() => initialize({ x: input({ batch: 2 }) }, key(1))), 'AX013', 'input')
})

test('so many of the same: each made with its number; a count that is not whole is refused', () => {
  assert.equal(repeat('layers', 3, i => 10 * i), [0, 10, 20])
  assert.equal(repeat('layers', 0, i => i), [])
  for (const count of [2.5, -1, Number.NaN]) says(mistakeOf(() => repeat('layers', count, i => i)), 'AX022', 'layers', String(count), 'whole number')
})

test.run()
