import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, array, mul, run, scalar, sub, sum, type Tensor } from '../../../compiler/language/index.ts'
import { close, inOrder, mistakeOf, says } from './support.ts'

test('an array has as many numbers as its sizes say', () => {
  says(mistakeOf(() => array({ batch: 2, hidden: 3 }, [1, 2, 3])), 'AX022', 'array', '3 numbers')
})

test('arrays keep axes, element type and numbers', () => {
  const ids = array({ batch: 2 }, new Int32Array([1, 2]), 'i32')
  assert.equal([ids.axes, ids.dtype, ids.data], [{ batch: 2 }, 'i32', [1, 2]])
})

test('run takes trees and gives trees; what is no tensor stays as it is', () => {
  const given = { parts: [array({ a: 2 }, [1, 2]), array({ a: 2 }, [3, 4])], name: 'sum', factor: 2 }
  interface Given { readonly parts: readonly Tensor<'a'>[]; readonly name: string; readonly factor: number }
  const result = run(({ parts, name, factor }: Given) => ({ name, each: parts.map(part => mul(part, factor)), total: sum('a', parts.reduce((x, y) => add(x, y))) }))(given)
  assert.is(result.name, 'sum')
  assert.equal(result.each.map(part => inOrder(part, ['a'])), [[2, 4], [6, 8]])
  close(result.total.data, [10])
})

test('numbers are computed in double precision and rounded to f32 at the end', () => {
  const x = 1 + 2 ** -30
  const difference = run((a: Tensor) => ({ kept: mul(sub(a, 1), 2 ** 30), itself: a }))(array({}, [x]))
  close(difference.kept.data, [1], 0)
  close(difference.itself.data, [1], 0)
})

test('a function without arguments runs, and one result may be another result', () => {
  const result = run(() => { const one = scalar(1); return [one, one, add(one, one)] as const })()
  assert.equal(result.map(({ data }) => data), [[1], [1], [2]])
})

test('the same argument twice is two arrays', () => {
  const one = array({ a: 1 }, [5])
  close(run((x: Tensor<'a'>, y: Tensor<'a'>) => sub(x, y))(one, one).data, [0])
})

test.run()
