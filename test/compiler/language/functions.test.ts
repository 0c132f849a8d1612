import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  array, clamp, crossEntropy, crossEntropyAt, gelu, l2Normalize, logSoftmax, mix, relu, run, scalar, scope, softmax, untyped as u, type Tensor,
} from '../../../compiler/language/index.ts'
import { leavesOf } from '../../../compiler/language/tree.ts'
import { close, draws, inOrder } from './support.ts'

type Matrix = Tensor<'row' | 'column'>
const [rows, columns] = [2, 3]
const data = draws(11, rows * columns).map(value => 4 * value)
const matrix = array({ row: 2, column: 3 }, data)
const rowOf = (i: number): readonly number[] => data.slice(i * columns, (i + 1) * columns)
const byRow = (f: (row: readonly number[]) => readonly number[]): readonly number[] => [...f(rowOf(0)), ...f(rowOf(1))]
const softmaxOf = (row: readonly number[]): readonly number[] => {
  const e = row.map(Math.exp)
  return e.map(value => value / e.reduce((a, b) => a + b, 0))
}
const order = ['row', 'column']

test('softmax', () => {
  close(inOrder(run((x: Matrix) => softmax('column', x))(matrix), order), byRow(softmaxOf))
})

test('softmax and its logarithm do not overflow', () => {
  const large = array({ column: 3 }, [1e4, 1e4, -1e4])
  close(run((x: Tensor<'column'>) => softmax('column', x))(large).data, [0.5, 0.5, 0])
  close(run((x: Tensor<'column'>) => logSoftmax('column', x))(large).data, [-Math.LN2, -Math.LN2, -2e4 - Math.LN2])
})

test('logSoftmax', () => {
  close(inOrder(run((x: Matrix) => logSoftmax('column', x))(matrix), order), byRow(row => softmaxOf(row).map(Math.log)))
})

test('crossEntropy with targets that are probabilities, for each row or one for all', () => {
  const targets = [0.2, 0.3, 0.5, 0, 1, 0]
  const wanted = [0, 1].map(i => -softmaxOf(rowOf(i)).reduce((total, p, k) => total + (targets[i * columns + k] ?? 0) * Math.log(p), 0))
  close(inOrder(run((x: Matrix, t: Matrix) => crossEntropy('column', x, t))(matrix, array({ row: 2, column: 3 }, targets)), ['row']), wanted)
  const shared = run((x: Matrix, t: Tensor<'column'>) => crossEntropy('column', x, t))(matrix, array({ column: 3 }, [1, 0, 0]))
  close(inOrder(shared, ['row']), [0, 1].map(i => -Math.log(softmaxOf(rowOf(i))[0] ?? 0)))
})

test('crossEntropyAt picks the logarithm at an id', () => {
  const wanted = [-Math.log(softmaxOf(rowOf(0))[2] ?? 0), -Math.log(softmaxOf(rowOf(1))[0] ?? 0)]
  close(inOrder(run((x: Matrix, ids: Tensor<'row', 'i32'>) => crossEntropyAt('column', x, ids))(matrix, array({ row: 2 }, [2, 0], 'i32')), ['row']), wanted)
})

test('gelu is the exact one', () => {
  // x Φ(x) with Φ(1) = 0.841344746…, Φ(−2) = 0.022750131…, Φ(0.5) = 0.691462461…
  close(run((x: Tensor<'column'>) => gelu(x))(array({ column: 4 }, [1, -2, 0.5, 0])).data, [0.8413447460685429, -0.04550026389635842, 0.34573123063700656, 0])
})

test('relu', () => {
  close(run((x: Tensor<'column'>) => relu(x))(array({ column: 3 }, [-1, 0, 2])).data, [0, 0, 2])
})

test('l2Normalize gives length one, and zero for zero', () => {
  close(inOrder(run((x: Matrix) => l2Normalize('column', x))(matrix), order), byRow(row => row.map(value => value / Math.hypot(...row))))
  close(run((x: Tensor<'column'>) => l2Normalize('column', x))(array({ column: 2 }, [0, 0])).data, [0, 0])
})

test('mix goes from the first to the second', () => {
  const other = array({ row: 2, column: 3 }, data.map(value => value * value))
  const wanted = data.map(value => 0.75 * value + 0.25 * value * value)
  close(inOrder(run((x: Matrix, y: Matrix) => mix(0.25, x, y))(matrix, other), order), wanted)
  close(inOrder(run((x: Matrix, y: Matrix) => mix(scalar(0.25), x, y))(matrix, other), order), wanted)
})

test('clamp', () => {
  close(run((x: Tensor<'column'>) => clamp(x, -0.5, 2))(array({ column: 4 }, [-3, -0.5, 1, 7])).data, [-0.5, -0.5, 1, 2])
})

test('scope names what its body makes, within the scopes around it', () => {
  const nodes = scope('text', () => ({ outer: u.exp(u.literal(1)), inner: scope('layer.0', () => u.exp(u.literal(1))) }))
  assert.equal(leavesOf(nodes).map(({ node }) => node.scope), ['text', 'text/layer.0'])
  assert.is(leavesOf(u.exp(u.literal(1)))[0]?.node.scope, '')
})

test.run()
