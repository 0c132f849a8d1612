import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { below, draws, fold, keyOf, permutation, threefry } from '../../../runtime/data/random.ts'

test('Threefry-2x32-20 gives the known answers of its authors', () => {
  assert.equal(threefry([0, 0], 0, 0), [0x6b200159, 0x99ba4efe])
  assert.equal(threefry([0xffffffff, 0xffffffff], 0xffffffff, 0xffffffff), [0x1cb996fc, 0xbb002be7])
  assert.equal(threefry([0x13198a2e, 0x03707344], 0x243f6a88, 0x85a308d3), [0xc4923a9c, 0x483df7a0])
})

test('draws are even over [0, 1) and each key has a stream of its own', () => {
  const random = draws(fold(keyOf(7), 3, 4))
  const numbers = Array.from({ length: 20_000 }, random)
  assert.ok(numbers.every((value) => value >= 0 && value < 1))
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
  // Five standard errors of the mean of 20,000 even numbers.
  assert.ok(Math.abs(mean - 0.5) < (5 * Math.sqrt(1 / 12)) / Math.sqrt(20_000), `mean ${mean}`)
  const again = draws(fold(keyOf(7), 3, 4))
  assert.is(again(), numbers[0])
  assert.is.not(draws(fold(keyOf(7), 3, 5))(), numbers[0])
  assert.is.not(draws(fold(keyOf(8), 3, 4))(), numbers[0])
})

test('seeds above 32 bits are told apart', () => {
  assert.equal(keyOf(2 ** 40 + 5), [5, 256])
  assert.not.equal(keyOf(2 ** 40 + 5), keyOf(5))
})

test('a permutation holds every number once and every order is as likely', () => {
  assert.equal([...permutation(keyOf(1), 1000)].sort((a, b) => a - b), Array.from({ length: 1000 }, (_, index) => index))
  const counts = new Map<string, number>()
  for (let seed = 0; seed < 6000; seed++) {
    const order = permutation(keyOf(seed), 3).join()
    counts.set(order, (counts.get(order) ?? 0) + 1)
  }
  assert.is(counts.size, 6)
  for (const [order, count] of counts) assert.ok(Math.abs(count - 1000) < 150, `${order}: ${count} of 6000`)
})

test('below gives whole numbers below its limit', () => {
  const random = draws(keyOf(3))
  const seen = new Set(Array.from({ length: 200 }, () => below(random, 5)))
  assert.equal([...seen].sort(), [0, 1, 2, 3, 4])
})

test.run()
