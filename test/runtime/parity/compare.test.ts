import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compare, compareNumbers, distance, largest, norm, summary, tolerance } from '../../../runtime/parity/compare.ts'

const f32 = (...values: readonly number[]): Float32Array => Float32Array.from(values)

test('the tolerance is ten times the noise, or 2e-6 of the largest magnitude', () => {
  assert.is(tolerance(f32(1, -4), 2 ** -10), 10 * 2 ** -10)
  assert.is(tolerance(f32(1, -4), 1e-8), 8e-6)
  assert.is(tolerance(f32(1, -4), undefined), 8e-6)
  assert.is(tolerance(Int32Array.of(0, 0), undefined), 0)
})

test('the worst element decides, as a share of what is allowed', () => {
  const { name, ratio, difference } = compare('x', f32(1, 2, 3), f32(1, 2.5, 3.25), 0.25)
  assert.equal({ name, ratio, difference }, { name: 'x', ratio: 2, difference: 0.5 })
  assert.is(compare('x', f32(1, 2), f32(1, 2), 0).ratio, 0)
})

test('more may be allowed at single elements', () => {
  assert.is(compare('x', f32(1, 2), f32(1, 3), 0.5, i => (i === 1 ? 1.5 : 0)).ratio, 0.5)
  assert.is(compare('x', f32(1, 2), f32(2, 2), 0.5, i => (i === 1 ? 1.5 : 0)).ratio, 2)
})

test('integers that differ at all are out', () => {
  assert.is(compare('x', Int32Array.of(1, 2), Int32Array.of(1, 3), 0).ratio, Number.POSITIVE_INFINITY)
})

test('what is not a number, missing, or of another length is out', () => {
  assert.is(compare('x', f32(Number.NaN), f32(1), 10).ratio, Number.POSITIVE_INFINITY)
  assert.is(compare('x', f32(1), f32(Number.NaN), 10).ratio, Number.POSITIVE_INFINITY)
  assert.is(compare('x', f32(1), f32(2), Number.NaN).ratio, Number.POSITIVE_INFINITY)
  assert.is(compare('x', f32(1), f32(1, 2), 10).ratio, Number.POSITIVE_INFINITY)
  const missing = compare('x', undefined, f32(1, 2), 10)
  assert.is(missing.ratio, Number.POSITIVE_INFINITY)
  assert.match(missing.name, 'there is none here')
  assert.is(compareNumbers('x', Number.NaN, 1, 10).ratio, Number.POSITIVE_INFINITY)
  assert.is(compareNumbers('x', 1, 2, 4).ratio, 0.25)
})

test('largest, distance and norm do not swallow what is not a number', () => {
  assert.is(largest([1, -3, 2]), 3)
  assert.is(largest([]), 0)
  assert.ok(Number.isNaN(largest([1, Number.NaN, 2])))
  assert.is(distance(f32(1, 5), f32(2, 2)), 3)
  assert.ok(Number.isNaN(distance(f32(1, 5), f32(2))))
  assert.is(norm([3, 4]), 5)
})

test('a summary names the worst, and those that are out with the worst first', () => {
  const all = [compareNumbers('fine', 1, 1.5, 1), compareNumbers('bad', 1, 3, 1), compareNumbers('worse', 1, 5, 1)]
  const { compared, out, worst } = summary('group', all)
  assert.equal({ compared, out: out.map(({ name }) => name), worst: worst?.name }, { compared: 3, out: ['worse', 'bad'], worst: 'worse' })
  assert.equal(summary('none', []), { group: 'none', compared: 0, out: [], worst: undefined })
})

test.run()
