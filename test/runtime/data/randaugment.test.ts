import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ALBEF_RANDAUGMENT, drawOperations, operation, OPERATIONS, randAugment } from '../../../runtime/data/randaugment.ts'
import { draws, keyOf } from '../../../runtime/data/random.ts'
import { goldenText, goldenTensors } from './golden.ts'

const golden = goldenTensors('randaugment_ops.safetensors')
const input = Uint8Array.from(golden('input').data)
const shape = { height: 32, width: 40 }

const applied = (name: (typeof OPERATIONS)[number], positive: boolean): Uint8Array => {
  const target = new Uint8Array(input.length)
  operation(name, ALBEF_RANDAUGMENT, positive)(input, target, shape)
  return target
}

const differences = (one: ArrayLike<number>, other: ArrayLike<number>): number[] =>
  Array.from(one, (value, index) => Math.abs(value - (other[index] ?? Number.NaN)))

const EXACT = new Set(['identity', 'autoContrast', 'equalize', 'brightness', 'sharpness', 'translateX', 'translateY', 'rotate'])

for (const name of OPERATIONS)
  for (const positive of [true, false])
    test(`${name} (${positive ? 'positive' : 'negative'} sign) is the official one`, () => {
      // The official code negates a rotation for low draws and everything else for high ones.
      const draw = (name === 'rotate') === positive ? '0.75' : '0.25'
      const expected = golden(`${name.charAt(0).toUpperCase()}${name.slice(1)}_draw${draw}`).data
      assert.is(expected.length, input.length)
      const apart = differences(applied(name, positive), expected)
      assert.ok(Math.max(...apart) <= (EXACT.has(name) ? 0 : 1), `largest difference ${Math.max(...apart)}`)
      assert.ok(apart.filter((value) => value > 0).length < 0.02 * input.length)
    })

test('autoContrast stretches a channel without zeros, unless the official overflow is asked for', () => {
  const ramp = Uint8Array.from({ length: 3 * 51 }, (_, at) => 50 + Math.floor(at / 3))
  const target = new Uint8Array(ramp.length)
  operation('autoContrast', { level: 7, translate: 10 }, true)(ramp, target, { height: 1, width: 51 })
  const column = [...target].filter((_, at) => at % 3 === 0)
  assert.equal(column, Array.from({ length: 51 }, (_, value) => Math.trunc((value + 50) * (255 / 50) - 50 * (255 / 50))))
  operation('autoContrast', { level: 7, translate: 10, wrapAutoContrast: true }, true)(ramp, target, { height: 1, width: 51 })
  assert.ok(target.every((value) => value === 255))
})

test('the operations are the official ones', () => {
  const { augs_used: names }: { augs_used: string[] } = JSON.parse(goldenText('randaugment.json'))
  assert.equal(OPERATIONS.map((name) => name.charAt(0).toUpperCase() + name.slice(1)), names)
})

test('every operation is drawn as often, and half of the drawn ones are applied, half of those with a positive sign', () => {
  const seed = 11
  const random = draws(keyOf(seed))
  const drawn = Array.from({ length: 10_000 }, () => drawOperations(random, ALBEF_RANDAUGMENT)).flat()
  const near = (count: number, expected: number) => Math.abs(count - expected) < 5 * Math.sqrt(expected)
  assert.ok(near(drawn.length, 10_000), `seed ${seed}: ${drawn.length} applied`)
  for (const name of OPERATIONS) {
    const count = drawn.filter((one) => one.name === name).length
    assert.ok(near(count, 1000), `seed ${seed}: ${name} ${count} times`)
  }
  assert.ok(near(drawn.filter(({ positive }) => positive).length, 5000), `seed ${seed}`)
})

test('augmenting in place is the drawn operations one after the other', () => {
  const image = input.slice()
  const random = draws(keyOf(5))
  for (let round = 0; round < 20; round++) randAugment(image, new Uint8Array(image.length), shape, ALBEF_RANDAUGMENT, random)
  let expected = input.slice()
  const again = draws(keyOf(5))
  for (let round = 0; round < 20; round++)
    for (const { name, positive } of drawOperations(again, ALBEF_RANDAUGMENT)) {
      const target = new Uint8Array(expected.length)
      operation(name, ALBEF_RANDAUGMENT, positive)(expected, target, shape)
      expected = target
    }
  assert.equal(image, expected)
  assert.not.equal(image, input)
})

test.run()
