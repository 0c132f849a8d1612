import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { array, run, untyped as u, type Tensor } from '../../../compiler/language/index.ts'
import { ema } from '../../../models/transforms/ema.ts'
import { close, inOrder, mistakeOf, says } from '../../compiler/language/support.ts'

interface Encoder { readonly layers: readonly { readonly weight: Tensor<'in' | 'out'> }[]; readonly scale: Tensor }
const encoder = (weight: readonly number[], scale: number) => ({ layers: [{ weight: array({ in: 1, out: 2 }, weight) }, { weight: array({ out: 2, in: 1 }, weight.map(x => 10 * x)) }], scale: array({}, [scale]) })

test('m · teacher + (1 − m) · student, leaf by leaf', () => {
  const moved = run((teacher: Encoder, student: Encoder) => ema(0.75)(teacher, student))(encoder([1, 2], 8), encoder([5, -2], 0))
  assert.is(moved.layers.length, 2)
  close(inOrder(moved.layers[0]?.weight ?? { axes: {}, data: [] }, ['in', 'out']), [2, 1])
  close(inOrder(moved.layers[1]?.weight ?? { axes: {}, data: [] }, ['in', 'out']), [20, 10])
  close(moved.scale.data, [6])
})

test('momentum 1 keeps the teacher, momentum 0 takes the student', () => {
  const at = (momentum: number) => run((teacher: Encoder, student: Encoder) => ema(momentum)(teacher, student))(encoder([1, 2], 8), encoder([5, -2], 0)).scale.data
  assert.equal([at(1), at(0)], [[8], [0]])
})

test('a student that lacks a leaf of the teacher is an error that names it', () => {
  const [teacher, student] = [{ a: u.literal(1), b: { c: u.literal(2) } }, { a: u.literal(1), b: {} }]
  says(mistakeOf(() => Reflect.apply(ema(0.5), undefined, [teacher, student])), 'AX014', "'b/c'")
})

test.run()
