import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  add, argmax, array, at, broadcast, cast, concat, constant, cos, dot, equal, flatten, gather, maximum, mean, min, mod, mul, not, oneHot, or, outer, pad, position, rename, run, scalar, scatterAdd, select, sizeAlong, slice,
  stack, sub, sum, sumAll, topK, unflatten, untyped as u, write, and, less, type Leaf, type Tensor,
} from '../../../compiler/language/index.ts'
import { close, inOrder, mistakeOf, says } from './support.ts'

type Matrix = Tensor<'row' | 'column'>
const matrix = array({ row: 2, column: 3 }, [1, 2, 3, 4, 5, 6])
const column = array({ column: 3 }, [10, 20, 30])
const onMatrix = <L extends string>(f: (x: Matrix) => Tensor<L>) => run(f)(matrix)

test('element-wise operands: the smaller one is repeated, on either side', () => {
  close(inOrder(run((x: Matrix, y: Tensor<'column'>) => sub(x, y))(matrix, column), ['row', 'column']), [-9, -18, -27, -6, -15, -24])
  close(inOrder(run((x: Matrix, y: Tensor<'column'>) => sub(y, x))(matrix, column), ['row', 'column']), [9, 18, 27, 6, 15, 24])
  close(inOrder(onMatrix(x => min(mul(x, 2), 5)), ['row', 'column']), [2, 4, 5, 5, 5, 5])
})

test('the order in which axes are written is no part of the meaning', () => {
  const turned = array({ column: 3, row: 2 }, [1, 4, 2, 5, 3, 6])
  close(inOrder(run((x: Matrix, y: Matrix) => sub(x, y))(matrix, turned), ['row', 'column']), [0, 0, 0, 0, 0, 0])
})

test('a number takes the element type of the tensor beside it', () => {
  const ids = run((x: Tensor<'row', 'i32'>) => mod(add(x, 5), 4))(array({ row: 2 }, [1, 2], 'i32'))
  assert.is(ids.dtype, 'i32')
  close(ids.data, [2, 3])
  says(mistakeOf(() => run((x: Tensor<'row', 'i32'>) => mul(x, 0.5))(array({ row: 2 }, [1, 2], 'i32'))), 'AX010', '0.5')
})

test('the remainder has the sign of the divisor', () => {
  close(run((x: Tensor<'row'>) => mod(x, 3))(array({ row: 2 }, [-1, 4])).data, [2, 1])
})

test('outer takes the union of the axes', () => {
  const table = run((x: Tensor<'row'>, y: Tensor<'column'>) => outer('mul', x, y))(array({ row: 2 }, [1, 2]), column)
  close(inOrder(table, ['row', 'column']), [10, 20, 30, 20, 40, 60])
})

test('logic and selection', () => {
  const result = onMatrix(x => {
    const small = less(x, 3)
    const two = equal(x, 2)
    return select(or(and(small, not(two)), equal(x, 6)), x, -1)
  })
  close(inOrder(result, ['row', 'column']), [1, -1, -1, -1, -1, 6])
})

test('cast cuts towards zero', () => {
  const cut = run((x: Tensor<'row'>) => cast('i32', x))(array({ row: 3 }, [-1.7, 0.9, 2]))
  close(cut.data, [-1, 0, 2])
  assert.is(cut.dtype, 'i32')
})

test('rename swaps names without moving data', () => {
  const turned = onMatrix(x => rename(x, { row: 'column', column: 'row' }))
  close(inOrder(turned, ['row', 'column']), [1, 4, 2, 5, 3, 6])
})

test('unflatten and flatten: as written, first slowest', () => {
  const vector = array({ row: 6 }, [0, 1, 2, 3, 4, 5])
  const split = run((x: Tensor<'row'>) => unflatten(x, 'row', { a: 2, b: 3 }))(vector)
  close(inOrder(split, ['a', 'b']), [0, 1, 2, 3, 4, 5])
  const turned = run((x: Tensor<'row'>) => flatten(unflatten(x, 'row', { a: 2, b: 3 }), ['b', 'a'], 'row'))(vector)
  close(inOrder(turned, ['row']), [0, 3, 1, 4, 2, 5])
})

test('slice, at, pad, concat, stack, broadcast', () => {
  close(inOrder(onMatrix(x => slice('column', 1, 2, x)), ['row', 'column']), [2, 3, 5, 6])
  close(inOrder(onMatrix(x => at('row', 1, x)), ['column']), [4, 5, 6])
  close(inOrder(onMatrix(x => pad('row', 1, 0, x, 9)), ['row', 'column']), [9, 9, 9, 1, 2, 3, 4, 5, 6])
  close(inOrder(onMatrix(x => concat('row', [x, slice('row', 0, 1, x)])), ['row', 'column']), [1, 2, 3, 4, 5, 6, 1, 2, 3])
  close(inOrder(onMatrix(x => stack('case', [at('row', 0, x), at('row', 1, x)])), ['column', 'case']), [1, 4, 2, 5, 3, 6])
  close(inOrder(onMatrix(x => broadcast(at('row', 0, x), { copy: 2 })), ['copy', 'column']), [1, 2, 3, 1, 2, 3])
})

test('reductions, over one axis, several, or all', () => {
  close(inOrder(onMatrix(x => sum('row', x)), ['column']), [5, 7, 9])
  close(onMatrix(x => mean(['row', 'column'], x)).data, [3.5])
  close(inOrder(onMatrix(x => maximum('column', x)), ['row']), [3, 6])
  close(onMatrix(x => sumAll(x)).data, [21])
})

test('argmax is the first of equals; topK is best first', () => {
  const x = array({ row: 2, column: 3 }, [1, 7, 7, 9, 2, 3])
  close(inOrder(run((y: Matrix) => argmax('column', y))(x), ['row']), [1, 0])
  const best = run((y: Matrix) => topK('column', { best: 2 }, y))(x)
  close(inOrder(best.index, ['row', 'best']), [1, 2, 0, 2])
  close(inOrder(best.value, ['row', 'best']), [7, 7, 9, 3])
})

test('dot contracts what it names, aligns what both have, keeps the rest', () => {
  const y = array({ row: 2, unit: 2 }, [1, 2, 3, 4])
  close(inOrder(run((a: Matrix, b: Tensor<'row' | 'unit'>) => dot('row', a, b))(matrix, y), ['column', 'unit']), [13, 18, 17, 24, 21, 30])
  close(inOrder(run((a: Matrix, b: Matrix) => dot('column', a, b))(matrix, matrix), ['row']), [14, 77])
  close(run((a: Matrix, b: Matrix) => dot(['row', 'column'], a, b))(matrix, matrix).data, [91])
})

test('gather: chosen rows; shared axes aligned; ids may bring the gathered axis back', () => {
  const ids = (sizes: { readonly pick: number }, values: readonly number[]) => array(sizes, values, 'i32')
  close(inOrder(run((x: Matrix, i: Tensor<'pick', 'i32'>) => gather('column', x, i))(matrix, ids({ pick: 2 }, [2, 0])), ['row', 'pick']), [3, 1, 6, 4])
  close(inOrder(run((x: Matrix, i: Tensor<'row', 'i32'>) => gather('column', x, i))(matrix, array({ row: 2 }, [2, 0], 'i32')), ['row']), [3, 4])
  close(inOrder(run((x: Matrix, i: Tensor<'row', 'i32'>) => gather('row', x, i))(matrix, array({ row: 3 }, [1, 1, 0], 'i32')), ['row', 'column']), [4, 5, 6, 4, 5, 6, 1, 2, 3])
})

test('scatterAdd sums rows where gather would look them up', () => {
  const added = run((x: Tensor<'pick' | 'column'>, i: Tensor<'pick', 'i32'>) => scatterAdd({ row: 3 }, 'pick', i, x))(array({ pick: 3, column: 2 }, [1, 2, 3, 4, 5, 6]), array({ pick: 3 }, [2, 0, 2], 'i32'))
  close(inOrder(added, ['row', 'column']), [3, 4, 0, 0, 6, 8])
})

test('write puts rows at a place', () => {
  const written = run((x: Matrix, start: Tensor<never, 'i32'>) => write('row', x, start, slice('row', 0, 1, mul(x, 10))))(matrix, array({}, [1], 'i32'))
  close(inOrder(written, ['row', 'column']), [1, 2, 3, 10, 20, 30])
})

test('position, oneHot, constant, scalar, sizes', () => {
  close(run((x: Matrix) => position('column', x))(matrix).data, [0, 1, 2])
  close(inOrder(run((i: Tensor<'row', 'i32'>) => oneHot(i, { word: 3 }))(array({ row: 2 }, [2, 0], 'i32')), ['row', 'word']), [0, 0, 1, 1, 0, 0])
  close(inOrder(run(() => constant({ row: 2, column: 2 }, [1, 2, 3, 4]))(), ['column', 'row']), [1, 3, 2, 4])
  close(run(() => cos(scalar(1)))().data, [Math.cos(1)])
  close(onMatrix(x => scalar(sizeAlong('column', x))).data, [3])
})

// Mistakes found while tracing; types find those that they can see before.

const leaf = (axes: Readonly<Record<string, number>>, dtype: 'f32' | 'i32' | 'bool' = 'f32'): Leaf => u.broadcast(u.literal(1, dtype), axes)

test('neither operand contains the other', () => {
  says(mistakeOf(() => u.add(leaf({ a: 2, c: 2 }), leaf({ b: 2, c: 2 }))), 'AX002', "only the left operand has 'a'", "only the right one 'b'", 'outer')
  says(mistakeOf(() => u.select(leaf({ a: 2 }, 'bool'), leaf({ b: 2 }), leaf({ a: 2 }))), 'AX002', 'select', "'a' 'b'")
  says(mistakeOf(() => u.write('a', leaf({ a: 2, b: 2 }), u.literal(0, 'i32'), leaf({ a: 1 }))), 'AX002', 'write', "'a' 'b'")
})

test('an axis that is not there', () => {
  const x = leaf({ token: 2, hidden: 3 })
  const uses: readonly (readonly [operation: string, use: () => unknown])[] = [
    ['mean', () => u.mean('head', x)], ['sum', () => u.sum('head', x)], ['maximum', () => u.maximum('head', x)], ['argmax', () => u.argmax('head', x)], ['topK', () => u.topIndex('head', 'best', 1, x)],
    ['dot', () => u.dot('head', x, x)], ['gather', () => u.gather('head', x, leaf({ pick: 1 }, 'i32'))], ['rename', () => u.rename(x, { head: 'key' })], ['unflatten', () => u.unflatten(x, 'head', { a: 1 })],
    ['flatten', () => u.flatten(x, ['head'], 'a')], ['slice', () => u.slice('head', 0, 1, x)], ['pad', () => u.pad('head', 0, 1, x)], ['concat', () => u.concat('head', [x, x])],
    ['position', () => u.position('head', x)], ['sizeAlong', () => u.sizeAlong('head', x)], ['write', () => u.write('head', x, u.literal(0, 'i32'), x)],
  ]
  for (const [operation, use] of uses) says(mistakeOf(use), 'AX001', `${operation} over 'head'`, "'token' 'hidden'")
})

test('an axis that is there already', () => {
  const x = leaf({ token: 2, hidden: 4 })
  const uses: readonly (readonly [operation: string, use: () => unknown])[] = [
    ['rename', () => u.rename(x, { token: 'hidden' })], ['unflatten', () => u.unflatten(x, 'hidden', { token: 2, feature: 2 })], ['flatten', () => u.flatten(leaf({ a: 1, hidden: 1 }), ['a'], 'hidden')],
    ['broadcast', () => u.broadcast(x, { token: 1 })], ['broadcast', () => u.stack('token', [x, x])], ['topK', () => u.topIndex('hidden', 'token', 1, x)],
  ]
  for (const [operation, use] of uses) says(mistakeOf(use), 'AX003', operation, 'already has')
})

test('names that no axis can have', () => {
  for (const name of ['', '3', '^batch']) {
    says(mistakeOf(() => u.broadcast(u.literal(1), { [name]: 2 })), 'AX005', `'${name}'`)
    says(mistakeOf(() => u.rename(leaf({ a: 2 }), { a: name })), 'AX005', `'${name}'`)
    says(mistakeOf(() => u.flatten(leaf({ a: 2 }), ['a'], name)), 'AX005', `'${name}'`)
    says(mistakeOf(() => u.unflatten(leaf({ a: 2 }), 'a', { [name]: 2 })), 'AX005', `'${name}'`)
  }
})

test('element types', () => {
  const [numbers, integers, flags] = [leaf({ a: 2 }), leaf({ a: 2 }, 'i32'), leaf({ a: 2 }, 'bool')]
  says(mistakeOf(() => u.add(numbers, integers)), 'AX010', 'add of f32 and i32', 'cast')
  says(mistakeOf(() => u.mul(flags, flags)), 'AX010', 'mul of a tensor of bool')
  says(mistakeOf(() => u.exp(integers)), 'AX010', 'exp of a tensor of i32')
  says(mistakeOf(() => u.dot('a', integers, numbers)), 'AX010', 'dot of i32 and f32')
  says(mistakeOf(() => u.gather('a', numbers, leaf({ b: 2 }))), 'AX010', 'gather by a tensor of f32')
  says(mistakeOf(() => u.select(numbers, numbers, numbers)), 'AX010', 'select by a tensor of f32')
  says(mistakeOf(() => u.concat('a', [numbers, integers])), 'AX010', 'concat of f32 and i32')
})

test('no parts, and what is no tensor at all', () => {
  says(mistakeOf(() => u.concat('a', [])), 'AX013', "'a'")
  const missing: Readonly<Record<string, Leaf>> = {}
  says(mistakeOf(() => Reflect.apply(u.add, undefined, [missing['weight'], 1])), 'AX012', 'nothing (undefined)')
})

test.run()
