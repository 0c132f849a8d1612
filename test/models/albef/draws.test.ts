import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { array, key, outer, run, type Tensor } from '../../../compiler/language/index.ts'
import { drawNegatives } from '../../../models/albef/choices.ts'
import { assign } from '../../../models/albef/text-assignment.ts'

const batch = 12
const similarity = array({ batch, candidate: batch }, Array.from({ length: batch * batch }, (_, i) => Math.sin(i) * 3))

test('the text assignment shows each caption its own picture first, second or not at all, with two pictures that differ', () => {
  const counts = [0, 0, 0]
  for (let seed = 0; seed < 40; seed++) {
    const { first, second, label } = run((x: Tensor<'batch' | 'candidate'>) => assign(key(seed), x))(similarity)
    for (let own = 0; own < batch; own++) {
      const [one, two, said] = [first.data[own], second.data[own], label.data[own] ?? -1]
      counts[said] = (counts[said] ?? 0) + 1
      assert.is.not(one, two)
      assert.is(one === own, said === 0, `seed ${seed}, caption ${own}`)
      assert.is(two === own, said === 1, `seed ${seed}, caption ${own}`)
    }
  }
  // 480 draws of three equal classes: 160 each, with a deviation of 10.
  for (const count of counts) assert.ok(count > 110 && count < 210, counts.join())
})

test('hard negatives are never of the same picture, however much alike', () => {
  const identity = Array.from({ length: batch }, (_, i) => i % 3)
  const drawn = run((x: Tensor<'batch' | 'candidate'>, who: Tensor<'batch'>, other: Tensor<'candidate'>) => {
    const own = outer('equal', who, other)
    return drawNegatives(key(5), { imageToText: x, textToImage: x }, own)
  })(array({ batch, candidate: batch }, similarity.data.map((x, i) => (identity[Math.floor(i / batch)] === identity[i % batch] ? 200 : x))), array({ batch }, identity), array({ candidate: batch }, identity))
  for (const chosen of [drawn.image.data, drawn.text.data]) chosen.forEach((other, own) => assert.is.not(identity[other], identity[own]))
})

test.run()
