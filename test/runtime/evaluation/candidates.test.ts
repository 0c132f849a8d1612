import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { draws, keyOf } from '../../../runtime/data/random.ts'
import { rankOf } from '../../../runtime/data/retrieval.ts'
import { bestColumns } from '../../../runtime/evaluation/candidates.ts'
import { similarities } from '../../../runtime/evaluation/similarities.ts'

test('the best columns come in the order of their scores', () => {
  const scores = Float32Array.from([9, 9, 9, 9, 0.1, 0.7, -2, 0.4])
  assert.equal(bestColumns(scores, 1, 4, 3, [2]), [1, 3, 0])
  assert.equal(bestColumns(scores, 1, 4, 9, []), [1, 3, 0, 2])
  assert.equal(bestColumns(scores, 1, 4, 0, []), [])
})

test('among equal scores the right ones come last, and what is no number never helps', () => {
  assert.equal(bestColumns(Float32Array.from([1, 1, 1, 1]), 0, 4, 3, [0, 2]), [1, 3, 0])
  assert.equal(bestColumns(Float32Array.from([1, Number.NaN, 2, Number.NaN]), 0, 4, 4, [1]), [3, 2, 0, 1])
})

test('a right answer is among the best k exactly if its rank is below k', () => {
  const seed = 5
  const random = draws(keyOf(seed))
  for (let round = 0; round < 300; round++) {
    const columns = 1 + Math.floor(random() * 9)
    // Few different values, so that there are many ties.
    const scores = Float32Array.from({ length: columns }, () => (random() < 0.1 ? Number.NaN : Math.floor(random() * 3)))
    const right = Math.floor(random() * columns)
    for (let k = 1; k <= columns; k++)
      assert.is(bestColumns(scores, 0, columns, k, [right]).includes(right), rankOf(scores, 0, columns, [right]) < k, `seed ${seed}, round ${round}, ${k} of ${scores} for ${right}`)
  }
})

test('similarities are dot products, whatever the numbers of rows', () => {
  const seed = 6
  const random = draws(keyOf(seed))
  for (const [rows, columns, width] of [[1, 1, 1], [2, 4, 3], [3, 5, 16], [7, 2, 5], [4, 9, 1]] as const) {
    const left = Float32Array.from({ length: rows * width }, () => random() - 0.5)
    const right = Float32Array.from({ length: columns * width }, () => random() - 0.5)
    const direct = Float32Array.from({ length: rows * columns }, (_, at) =>
      left.subarray(Math.floor(at / columns) * width).slice(0, width).reduce((sum, value, i) => sum + value * (right[(at % columns) * width + i] ?? 0), 0))
    assert.equal(similarities(left, right, width), direct, `seed ${seed}, ${rows} x ${columns} x ${width}`)
  }
})

test.run()
