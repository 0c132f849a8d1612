import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, crossEntropy, dot, mix, mul, rename, scalar, softmax, sum, type Tensor } from '../../../../compiler/language/index.ts'
import { foundIn, standAt } from './support.ts'

const at = standAt(import.meta.url)
const scoresOf = (x: Tensor<'batch' | 'hidden'>) => dot('hidden', x, rename(x, { batch: 'other' }))
const weighted = (weights: Tensor<'batch' | 'other'>, x: Tensor<'batch' | 'hidden'>) => dot('other', weights, rename(x, { batch: 'other' }))

test('weights that add up to 1 along another axis than they are summed over are found at the softmax', () => {
  const findings = foundIn(x => weighted(softmax('batch', scoresOf(x)), x), 'AX066') // attention
  at(findings, 'attention')
  assert.match(findings[0]?.sentence ?? '', /^a softmax over 'batch' whose result weights a sum over 'other': /)
  assert.is(findings[0]?.related.length, 1)
  assert.equal(foundIn(x => weighted(softmax('other', scoresOf(x)), x), 'AX066'), [])
})
test('through a scale, a renaming and a mixture, and where it is the target of a loss', () => {
  at(foundIn(x => dot('line', rename(mul(softmax('batch', scoresOf(x)), 2), { other: 'line' }), rename(x, { batch: 'line' })), 'AX066'), 'scaled') // scaled
  at(foundIn(x => crossEntropy('other', scoresOf(x), mix(scalar(0.4), softmax('other', scoresOf(x)), softmax('batch', scoresOf(x)))), 'AX066'), 'mixed') // mixed
})
test('a sum of several shares, an average and what is no share any more are fine', () => {
  assert.equal(foundIn(x => sum('batch', softmax('other', scoresOf(x))), 'AX066'), [])
  assert.equal(foundIn(x => dot('batch', add(softmax('other', scoresOf(x)), 1), x), 'AX066'), [])
  assert.equal(foundIn(x => dot(['other', 'batch'], softmax('other', scoresOf(x)), scoresOf(x)), 'AX066'), [])
})
test.run()
