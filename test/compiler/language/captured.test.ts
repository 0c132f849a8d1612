import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { array, run, scatterAdd, slice, vmap, write, type Tensor } from '../../../compiler/language/index.ts'
import { add, broadcast, literal } from '../../../compiler/primitives/index.ts'
import { share } from '../../../compiler/passes/share.ts'
import { simplify } from '../../../compiler/passes/simplify.ts'
import { argument, count, programOf } from '../passes/programs.ts'
import { inOrder } from './support.ts'

// 1. compiler/primitives/elementwise.ts (patch: /tmp/helpers/simplify-broadcast.patch); -> passes/simplify.test.ts
test('simplify: of two operands that bring the same axis one keeps its broadcast', () => {
  const [x, y] = [argument('x', { row: 3 }), argument('y', { row: 3 })]
  const wide = (node: typeof x) => broadcast([node], { sizes: { batch: 4 } })
  assert.equal(Object.keys(simplify(programOf(add([wide(x), wide(y)], {}))).outputs[0]?.node.axes ?? {}).sort(), ['batch', 'row'])
})

// 2. compiler/passes/share.ts: JSON.stringify writes Infinity, -Infinity and NaN as null, -0 as 0; -> passes/share.test.ts
test('share: literals that JSON cannot tell apart are different', () => {
  const of = (value: number) => literal([], { value, dtype: 'f32' })
  assert.is(count(share(programOf(of(Infinity), of(-Infinity)))), 2)
})

// 3. compiler/language/untyped.ts: operands captured by vmap lack the lifted axis; broadcast it; -> vmap.test.ts
const ids = array({ batch: 2, token: 3 }, [0, 1, 1, 2, 2, 0], 'i32')
const rows = array({ token: 3, hidden: 1 }, [1, 2, 3])
const x = array({ batch: 2, token: 3, hidden: 1 }, [10, 20, 30, 40, 50, 60])
test('scatterAdd of captured rows by mapped ids', () => {
  const found = run((i: Tensor<'batch' | 'token', 'i32'>, r: Tensor<'token' | 'hidden'>) => vmap('batch', (one: Tensor<'token', 'i32'>) => scatterAdd({ word: 3 }, 'token', one, r))(i))(ids, rows)
  assert.equal(inOrder(found, ['batch', 'word', 'hidden']), [1, 5, 0, 3, 0, 3])
})
test('write of mapped rows into a captured buffer, and the other way about', () => {
  const into = run((b: Tensor<'token' | 'hidden'>, s: Tensor<never, 'i32'>, all: Tensor<'batch' | 'token' | 'hidden'>) => vmap('batch', (one: Tensor<'token' | 'hidden'>) => [write('token', b, s, slice('token', 0, 1, one)), write('token', one, s, slice('token', 0, 1, b))] as const)(all))
  const [captured, mapped] = into(rows, array({}, [1], 'i32'), x)
  assert.equal(inOrder(captured, ['batch', 'token', 'hidden']), [1, 10, 3, 1, 40, 3])
  assert.equal(inOrder(mapped, ['batch', 'token', 'hidden']), [10, 1, 30, 40, 1, 60])
})
test.run()
