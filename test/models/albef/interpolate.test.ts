import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { array, run, type Tensor } from '../../../compiler/language/index.ts'
import { interpolatePositions } from '../../../models/albef/interpolate.ts'
import { goldenTensors } from './golden.ts'

const tensors = goldenTensors('pos_embed.safetensors')

const golden = (name: string) => {
  const tensor = tensors.get(name)
  if (tensor === undefined) throw new Error(`pos_embed.safetensors has no tensor ${name}`)
  const [, token = 0, hidden = 0] = tensor.shape
  return { token, hidden, data: tensor.data }
}

const interpolate = (from: number, to: number, { token, hidden, data }: ReturnType<typeof golden>) =>
  run((positions: Tensor<'token' | 'hidden'>) => interpolatePositions(positions, from, to))(array({ token, hidden }, data))

const cases = [...tensors.keys()].flatMap(name => {
  const [, from, to] = /^in_(\d+)_to_(\d+)$/.exec(name) ?? []
  return from === undefined || to === undefined ? [] : [[Number(from), Number(to)] as const]
})

test('the reference has growing, shrinking and equal grids', () => {
  assert.equal([...cases].sort(([a, b], [c, d]) => a - c || b - d), [[4, 4], [4, 6], [6, 4], [14, 16], [16, 24]])
})

for (const [from, to] of cases) {
  test(`position embeddings of ${from} × ${from} patches become those of ${to} × ${to} as in the official code`, () => {
    const wanted = golden(`out_${from}_to_${to}`)
    const found = interpolate(from, to, golden(`in_${from}_to_${to}`))
    assert.equal(found.axes, { token: wanted.token, hidden: wanted.hidden })
    const worst = found.data.reduce((most, x, i) => Math.max(most, Math.abs(x - (wanted.data[i] ?? Number.NaN))), 0)
    // The reference finds the places in single precision: near 16 that is 1e-6 of a patch, times the slope between two random numbers.
    assert.ok(worst <= 1e-5, `differs by ${worst}`)
    if (from === to) assert.is(worst, 0)
  })
}

test('the class token keeps its row, and a constant grid stays constant up to rounding', () => {
  const data = [7, ...Array.from({ length: 9 }, () => 3)]
  const found = interpolate(3, 5, { token: 10, hidden: 1, data: Float32Array.from(data) })
  assert.is(found.data[0], 7)
  assert.is(found.data.length, 26)
  for (const x of found.data.slice(1)) assert.ok(Math.abs(x - 3) < 1e-6)
})

test('a table that is not of the stated grid is refused with its size', () => {
  assert.throws(() => interpolate(4, 6, { token: 10, hidden: 1, data: new Float32Array(10) }), /9/)
})

test.run()
