import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { array, countParameters, decayedPaths, declarationsOf, key, ones, run, vmap, type Tensor } from '../../../compiler/language/index.ts'
import { attention, attentionParams } from '../../../models/layers/attention.ts'
import { dropoutAt, inside, noDropout } from '../../../models/layers/dropout.ts'
import { feedForward, feedForwardParams } from '../../../models/layers/feed-forward.ts'
import { layerNorm, layerNormParams } from '../../../models/layers/layer-norm.ts'
import { linear, linearParams } from '../../../models/layers/linear.ts'
import { close, draws, inOrder } from '../../compiler/language/support.ts'

const seed = 51
const about = `seed ${seed}`

/** Row-major access by position: `item(data, [sizes], [position])`. */
const item = (data: readonly number[], sizes: readonly number[], at: readonly number[]): number => data[at.reduce((offset, i, k) => offset * (sizes[k] ?? 1) + i, 0)] ?? Number.NaN
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)
const total = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

const [tokens, hidden, heads, feature] = [3, 4, 2, 2]
const x = draws(seed, tokens * hidden)
const sequence = array({ token: tokens, hidden }, x)

test('linear: one axis to two, and two back to one', () => {
  const weight = draws(seed + 1, hidden * heads * feature)
  const bias = draws(seed + 2, heads * feature)
  const split = run((s: Tensor<'token' | 'hidden'>, w: Tensor<'hidden' | 'head' | 'feature'>, b: Tensor<'head' | 'feature'>) => linear({ weight: w, bias: b }, s))
  const found = split(sequence, array({ hidden, head: heads, feature }, weight), array({ head: heads, feature }, bias))
  const wanted = range(tokens).flatMap(t => range(heads).flatMap(h => range(feature).map(f => item(bias, [heads, feature], [h, f]) + total(range(hidden).map(i => item(x, [tokens, hidden], [t, i]) * item(weight, [hidden, heads, feature], [i, h, f]))))))
  close(inOrder(found, ['token', 'head', 'feature']), wanted, 1e-6, about)
  const join = run((s: Tensor<'token' | 'head' | 'feature'>, w: Tensor<'head' | 'feature' | 'hidden'>, b: Tensor<'hidden'>) => linear({ weight: w, bias: b }, s))
  const back = join(found, array({ head: heads, feature, hidden }, weight), array({ hidden }, bias))
  const wantedBack = range(tokens).flatMap(t => range(hidden).map(i => item(bias, [hidden], [i]) + total(range(heads).flatMap(h => range(feature).map(f => item(wanted, [tokens, heads, feature], [t, h, f]) * item(weight, [heads, feature, hidden], [h, f, i]))))))
  close(inOrder(back, ['token', 'hidden']), wantedBack, 1e-5, about)
})

test('parameters of a linear map: weight over both, bias over the output and without decay', () => {
  const declared = linearParams({ hidden: 4 }, { head: 2, feature: 3 }, ones)
  assert.equal(declarationsOf(declared).map(({ path, declaration: { sizes } }) => [path, sizes]), [['weight', { hidden: 4, head: 2, feature: 3 }], ['bias', { head: 2, feature: 3 }]])
  assert.equal([...decayedPaths(declared)], ['weight'])
  assert.is(countParameters(declared), 30)
})

const normed = (row: readonly number[], epsilon: number, scale: readonly number[], offset: readonly number[]): readonly number[] => {
  const mean = total(row) / row.length
  const variance = total(row.map(value => (value - mean) ** 2)) / row.length
  return row.map((value, i) => ((value - mean) / Math.sqrt(variance + epsilon)) * (scale[i] ?? 1) + (offset[i] ?? 0))
}

test('layerNorm: biased variance, along one axis', () => {
  const [scale, offset] = [draws(seed + 3, hidden), draws(seed + 4, hidden)]
  const found = run((s: Tensor<'token' | 'hidden'>, a: Tensor<'hidden'>, b: Tensor<'hidden'>) => layerNorm('hidden', 1e-2, { scale: a, offset: b }, s))(sequence, array({ hidden }, scale), array({ hidden }, offset))
  close(inOrder(found, ['token', 'hidden']), range(tokens).flatMap(t => normed(x.slice(t * hidden, (t + 1) * hidden), 1e-2, scale, offset)), 1e-6, about)
  assert.is(decayedPaths(layerNormParams({ hidden })).size, 0)
})

test('feedForward: linear, gelu, linear', () => {
  const identity = range(hidden).flatMap(i => range(hidden).map(j => (i === j ? 1 : 0)))
  const found = run((s: Tensor<'token' | 'hidden'>, w: Tensor<'hidden' | 'inner'>, b: Tensor<'inner'>, c: Tensor<'hidden'>) => feedForward({ expand: { weight: w, bias: b }, contract: { weight: w, bias: c } }, s))
  const result = found(array({ token: 1, hidden }, [1, -2, 0.5, 0]), array({ hidden, inner: hidden }, identity), array({ inner: hidden }, [0, 0, 0, 0]), array({ hidden }, [0, 0, 0, 10]))
  close(inOrder(result, ['token', 'hidden']), [0.8413447460685429, -0.04550026389635842, 0.34573123063700656, 10])
  assert.is(countParameters(feedForwardParams(4, 16)), 2 * 64 + 16 + 4)
})

// Attention, against loops over plain arrays.

const width = heads * feature
interface Projection { readonly weight: readonly number[]; readonly bias: readonly number[] }
const projection = (from: number): Projection => ({ weight: draws(from, hidden * width), bias: draws(from + 1, width) })
const [query, keyOf, value, output] = [projection(60), projection(62), projection(64), projection(66)]
const context = draws(70, 2 * hidden)

const project = ({ weight, bias }: Projection, row: readonly number[]): readonly number[] => range(width).map(j => (bias[j] ?? 0) + total(row.map((each, i) => each * item(weight, [hidden, width], [i, j]))))
const rowsOf = (data: readonly number[]): readonly (readonly number[])[] => range(data.length / hidden).map(i => data.slice(i * hidden, (i + 1) * hidden))

const attentionByHand = (from: readonly number[], to: readonly number[], mask: (token: number, key: number) => number): readonly number[] => {
  const [q, k, v] = [rowsOf(from).map(row => project(query, row)), rowsOf(to).map(row => project(keyOf, row)), rowsOf(to).map(row => project(value, row))]
  return q.flatMap((qRow, t) => {
    const mixed = range(heads).flatMap(h => {
      const part = (row: readonly number[]): readonly number[] => row.slice(h * feature, (h + 1) * feature)
      const scores = k.map((kRow, s) => total(part(qRow).map((each, f) => each * (part(kRow)[f] ?? 0))) / Math.sqrt(feature) + mask(t, s))
      const e = scores.map(Math.exp)
      return range(feature).map(f => total(v.map((vRow, s) => ((e[s] ?? 0) / total(e)) * (part(vRow)[f] ?? 0))))
    })
    return project(output, mixed)
  })
}

const parameters = {
  query: { weight: array({ hidden, head: heads, feature }, query.weight), bias: array({ head: heads, feature }, query.bias) },
  key: { weight: array({ hidden, head: heads, feature }, keyOf.weight), bias: array({ head: heads, feature }, keyOf.bias) },
  value: { weight: array({ hidden, head: heads, feature }, value.weight), bias: array({ head: heads, feature }, value.bias) },
  output: { weight: array({ head: heads, feature, hidden }, output.weight), bias: array({ hidden }, output.bias) },
}
interface Linear<A extends string, B extends string> { readonly weight: Tensor<A | B>; readonly bias: Tensor<B> }
interface Parameters { readonly query: Linear<'hidden', 'head' | 'feature'>; readonly key: Linear<'hidden', 'head' | 'feature'>; readonly value: Linear<'hidden', 'head' | 'feature'>; readonly output: Linear<'head' | 'feature', 'hidden'> }
type Sequence = Tensor<'token' | 'hidden'>

test('self-attention', () => {
  const found = run((p: Parameters, s: Sequence) => attention(p, feature, noDropout)(s, s))(parameters, sequence)
  close(inOrder(found, ['token', 'hidden']), attentionByHand(x, x, () => 0), 1e-5, about)
})

test('attention to another sequence, with a mask on its keys', () => {
  const found = run((p: Parameters, s: Sequence, other: Sequence, mask: Tensor<'key'>) => attention(p, feature, noDropout)(s, other, mask))(parameters, sequence, array({ token: 2, hidden }, context), array({ key: 2 }, [0, -1.5]))
  close(inOrder(found, ['token', 'hidden']), attentionByHand(x, context, (_t, s) => (s === 1 ? -1.5 : 0)), 1e-5, about)
})

test('a causal mask has both axes', () => {
  const causal = range(tokens).flatMap(t => range(tokens).map(s => (s > t ? -1e9 : 0)))
  const found = run((p: Parameters, s: Sequence, mask: Tensor<'token' | 'key'>) => attention(p, feature, noDropout)(s, s, mask))(parameters, sequence, array({ token: tokens, key: tokens }, causal))
  close(inOrder(found, ['token', 'hidden']), attentionByHand(x, x, (t, s) => (s > t ? -1e9 : 0)), 1e-5, about)
})

test('attention mapped over a batch is attention of each', () => {
  const other = draws(80, tokens * hidden)
  const batch = array({ batch: 2, token: tokens, hidden }, [...x, ...other])
  const found = run((p: Parameters, all: Tensor<'batch' | 'token' | 'hidden'>) => vmap('batch', (s: Sequence) => attention(p, feature, noDropout)(s, s))(all))(parameters, batch)
  close(inOrder(found, ['batch', 'token', 'hidden']), [...attentionByHand(x, x, () => 0), ...attentionByHand(other, other, () => 0)], 1e-5, about)
})

test('the parameters of attention', () => {
  const declared = attentionParams({ hidden: 8, context: 6, heads: 2 })
  assert.is(countParameters(declared), (8 * 8 + 8) + 2 * (6 * 8 + 8) + (8 * 8 + 8))
  assert.equal([...decayedPaths(declared)], ['query/weight', 'key/weight', 'value/weight', 'output/weight'])
})

test('dropout by name: each place its own draws, the same place the same, rate 0 none', () => {
  const drawn = (place: (x: Tensor<'unit'>) => Tensor<'unit'>) => run(place)(array({ unit: 64 }, range(64).map(() => 1))).data
  const drop = () => dropoutAt(key(seed), 0.5)
  assert.equal(drawn(each => drop()('a', each)), drawn(each => drop()('a', each)))
  assert.not.equal(drawn(each => drop()('a', each)), drawn(each => drop()('b', each)), about)
  assert.equal(drawn(each => inside(drop(), 'layer.0')('a', each)), drawn(each => drop()('layer.0/a', each)))
  assert.is(dropoutAt(key(seed), 0), noDropout)
  assert.equal(drawn(each => noDropout('a', each)), range(64).map(() => 1))
})

test.run()
