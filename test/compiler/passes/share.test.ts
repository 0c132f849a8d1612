import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, cast, key, literal, mul, rename, slice, sub, sum, tanh, uniform } from '../../../compiler/primitives/index.ts'
import { share } from '../../../compiler/passes/share.ts'
import { close, inOrder } from '../language/support.ts'
import { argument, count, number, programOf, valuesOf } from './programs.ts'

const seed = 32
const x = argument('x', { row: 3, column: 2 })
const y = argument('y', { column: 2 })

test('equal operations on equal inputs become one, whole expressions as well', () => {
  const square = () => { const t = tanh([add([x, y], {})], {}); return mul([t, t], {}) }
  const program = programOf(sum([square()], { axes: ['row'] }), sub([square(), tanh([add([x, y], {})], {})], {}))
  const shared = share(program)
  assert.equal([count(program, 'tanh'), count(program, 'add'), count(program, 'mul')], [3, 3, 2])
  assert.equal([count(shared, 'tanh'), count(shared, 'add'), count(shared, 'mul')], [1, 1, 1])
  const [before, after] = [valuesOf(program, seed), valuesOf(shared, seed)]
  before.forEach((value, i) => close(inOrder(after[i] ?? value, Object.keys(value.axes)), inOrder(value, Object.keys(value.axes)), 0, `seed ${seed}`))
})

test('other attributes, types, inputs or orders of inputs are other nodes', () => {
  const program = programOf(
    slice([x], { axis: 'row', start: 0, size: 1 }), slice([x], { axis: 'row', start: 1, size: 1 }),
    rename([x], { names: { row: 'a' } }), rename([x], { names: { row: 'b' } }),
    cast([x], { dtype: 'i32' }), cast([x], { dtype: 'bool' }),
    sub([x, y], {}), sub([y, x], {}),
    literal([], { value: 1, dtype: 'f32' }), literal([], { value: 1, dtype: 'i32' }), number(2),
  )
  assert.is(count(share(program)), count(program))
})

test('draws from one key with one set of sizes are one draw; from another key, or in another order, they are not', () => {
  const from = (seedOfKey: number) => key([literal([], { value: seedOfKey, dtype: 'i32' })], {})
  const same = programOf(uniform([from(1)], { rows: {}, sizes: { a: 2, b: 3 } }), uniform([from(1)], { rows: {}, sizes: { a: 2, b: 3 } }))
  assert.is(count(share(same), 'uniform'), 1)
  const different = programOf(
    uniform([from(1)], { rows: {}, sizes: { a: 2, b: 3 } }), uniform([from(2)], { rows: {}, sizes: { a: 2, b: 3 } }),
    uniform([from(1)], { rows: {}, sizes: { b: 3, a: 2 } }), uniform([from(1)], { rows: { a: 2 }, sizes: { b: 3 } }),
  )
  assert.is(count(share(different), 'uniform'), 4)
})

test('what nothing needs is left behind', () => {
  const unused = tanh([x], {})
  const program = programOf(add([x, y], {}))
  assert.is(count(share(program), 'tanh'), 0)
  assert.is(count(share(programOf(unused)), 'tanh'), 1)
})

test('outputs and updates share', () => {
  const shared = share({ ...programOf(tanh([x], {})), updates: [{ name: 'x', node: tanh([x], {}) }] })
  assert.is(shared.outputs[0]?.node, shared.updates[0]?.node)
})

test('a shared program is its own shared form', () => {
  const once = share(programOf(add([tanh([x], {}), tanh([x], {})], {})))
  const twice = share(once)
  assert.is(once.outputs[0]?.node, twice.outputs[0]?.node)
})

test.run()
