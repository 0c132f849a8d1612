import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { array, grad, mul, run, sumAll, type Tensor } from '../../../compiler/language/index.ts'
import { frozen, generations } from '../../../models/transforms/teachers.ts'

interface Model { readonly weight: Tensor<'in'>; readonly layers: readonly { readonly scale: Tensor }[] }
const model = (weight: readonly number[], scale: number) => ({ weight: array({ in: 2 }, weight), layers: [{ scale: array({}, [scale]) }] })

test('frozen: the same numbers, and no gradient reaches them', () => {
  const kept = run((teacher: Model) => frozen(teacher))(model([1, 2], 3))
  assert.equal([kept.weight.data, kept.layers[0]?.scale.data], [[1, 2], [3]])
  const slope = run((p: Model) => grad((moved: Model) => sumAll(mul(moved.weight, frozen(moved).weight)))(p))(model([5, 7], 1))
  assert.equal([slope.weight.data, slope.layers[0]?.scale.data], [[5, 7], [0]])
})

test('generations: the student becomes the teacher after every so many steps, and only then', () => {
  const teacherAfter = (step: number) => run((now: Tensor<never, 'i32'>, teacher: Model, student: Model) => generations(3)(now, teacher, student))(array({}, [step], 'i32'), model([1, 1], 1), model([2, 2], 2))
  const scales = [1, 2, 3, 4, 5, 6].map(step => teacherAfter(step).layers[0]?.scale.data[0])
  assert.equal(scales, [1, 1, 2, 1, 1, 2])
  assert.equal(teacherAfter(3).weight.data, [2, 2])
})

test.run()
