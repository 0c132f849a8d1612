import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { philox4x32, uniformOf, uniformRow } from '../../../compiler/primitives/philox.ts'

const ONES = 0xffffffff

test('gives the published known answers', () => {
  // From the known-answer file of the Random123 library, philox4x32 with ten rounds.
  assert.equal(philox4x32([0, 0], [0, 0, 0, 0]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8])
  assert.equal(philox4x32([ONES, ONES], [ONES, ONES, ONES, ONES]), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd])
  assert.equal(
    philox4x32([0xa4093822, 0x299f31d0], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]),
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  )
})

test('a uniform number has 23 bits and never reaches one', () => {
  assert.is(uniformOf(0), 0)
  assert.is(uniformOf(0xff800000), 0)
  assert.is(uniformOf(0x400000), 0.5)
  assert.is(Math.fround(uniformOf(ONES)), 1 - 2 ** -23)
})

test('a row is its blocks laid end to end, cut off at its length', () => {
  const key = [7, 11] as const
  const words = [philox4x32(key, [5, 0, 0, 0]), philox4x32(key, [6, 0, 0, 0])].flat()
  assert.equal([...uniformRow(key, 5, 7)], words.slice(0, 7).map(uniformOf))
  assert.equal(uniformRow(key, 5, 7), uniformRow(key, 5, 9).slice(0, 7))
  assert.equal(uniformRow(key, 6, 3), uniformRow(key, 5, 7).slice(4))
  assert.is(uniformRow(key, 0, 0).length, 0)
})

test('block numbers go on past 32 bits', () => {
  const [first] = philox4x32([1, 2], [3, 1, 0, 0])
  assert.is(uniformRow([1, 2], 2 ** 32 + 3, 1)[0], uniformOf(first))
})

test('no seam in the mean: a hundred thousand numbers average to a half', () => {
  const row = uniformRow([20240607, 0], 0, 100_000)
  const mean = row.reduce((sum, x) => sum + x, 0) / row.length
  const bound = 5 / Math.sqrt(12 * row.length)
  assert.ok(Math.abs(mean - 0.5) < bound, `mean ${mean} is off by more than ${bound}`)
})

test.run()
