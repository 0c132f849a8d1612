import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, broadcast, cast, concat, constantOf, div, mul, neg, pad, pow, rename, select, less, slice, stopGradient, sub, sum, tap, topIndex } from '../../../compiler/primitives/index.ts'
import { from, type Node } from '../../../compiler/program/node.ts'
import { simplify } from '../../../compiler/passes/simplify.ts'
import { close, inOrder } from '../language/support.ts'
import { argument, count, number, programOf, valuesOf } from './programs.ts'

const seed = 31
const x = argument('x', { row: 3, column: 2 })
const y = argument('y', { column: 2 })

/** The simplified form of one node, after both forms gave the same numbers over the same axes. */
const simplified = (node: Node): Node => {
  const [before, after] = [programOf(node), simplify(programOf(node))]
  const [wanted] = valuesOf(before, seed)
  const [found] = valuesOf(after, seed)
  const [root] = after.outputs
  if (wanted === undefined || found === undefined || root === undefined) throw new Error('the output is lost')
  const order = Object.keys(wanted.axes)
  close(inOrder(found, order), inOrder(wanted, order), 1e-12, `seed ${seed}`)
  return root.node
}

test('neutral elements', () => {
  for (const node of [add([x, number(0)], {}), add([number(0), x], {}), sub([x, number(0)], {}), mul([x, number(1)], {}), mul([number(1), x], {}), div([x, number(1)], {})]) assert.is(simplified(node), x, node.op)
})

test('a neutral element that brings axes leaves a broadcast', () => {
  const wide = broadcast([number(0)], { sizes: { batch: 4 } })
  const node = simplified(add([y, wide], {}))
  assert.equal([node.op, node.inputs[0]], ['broadcast', y])
})

test('what is not neutral stays', () => {
  for (const node of [sub([number(0), x], {}), div([number(1), x], {}), add([x, number(1)], {}), mul([x, number(0)], {}), pow([number(1), y], {})]) assert.is(simplified(node), node, node.op)
})

test('a product of numbers is a number', () => {
  const node = simplified(mul([number(3), broadcast([number(0.5)], { sizes: { row: 3 } })], {}))
  assert.equal([node.op, node.axes, constantOf(node)], ['broadcast', { row: 3 }, 1.5])
})

test('renames: none that changes nothing, one for two, none for there and back', () => {
  assert.is(simplified(rename([x], { names: { row: 'row' } })), x)
  const twice = simplified(rename([rename([x], { names: { row: 'line' } })], { names: { line: 'token', column: 'unit' } }))
  assert.equal([twice.op, twice.inputs[0], twice.axes], ['rename', x, { token: 3, unit: 2 }])
  // Names that stay are not written down: two ways to the same names are one operation.
  assert.equal(simplified(rename([rename([x], { names: { row: 'line' } })], { names: { line: 'token' } })).attributes, { names: { row: 'token' } })
  assert.is(simplified(rename([rename([x], { names: { row: 'line' } })], { names: { line: 'row' } })), x)
  assert.is(simplified(rename([rename([x], { names: { row: 'column', column: 'row' } })], { names: { row: 'column', column: 'row' } })), x)
})

test('broadcasts: none along nothing, one for two, none where the operation repeats by itself', () => {
  assert.is(simplified(broadcast([x], { sizes: {} })), x)
  const twice = simplified(broadcast([broadcast([y], { sizes: { a: 2 } })], { sizes: { b: 3 } }))
  assert.equal([twice.op, twice.inputs[0], { ...twice.axes }], ['broadcast', y, { b: 3, a: 2, column: 2 }])
  assert.equal(simplified(add([x, broadcast([y], { sizes: { row: 3 } })], {})).inputs, [x, y])
  assert.equal(simplified(sub([broadcast([y], { sizes: { row: 3 } }), x], {})).inputs, [y, x])
  const condition = less([x, y], {})
  assert.equal(simplified(select([condition, broadcast([y], { sizes: { row: 3 } }), broadcast([number(2)], { sizes: { row: 3, column: 2 } })], {})).inputs.map(({ op }) => op), ['less', 'input', 'literal'])
})

test('a broadcast that brings an axis stays', () => {
  const wide = broadcast([y], { sizes: { batch: 4 } })
  assert.equal(simplified(add([y, wide], {})).inputs, [y, wide])
})

test('sums: none over nothing, one for two', () => {
  assert.is(simplified(sum([x], { axes: [] })), x)
  const twice = simplified(sum([sum([x], { axes: ['row'] })], { axes: ['column'] }))
  assert.equal([twice.op, twice.inputs[0], twice.axes], ['sum', x, {}])
})

test('parts that are the whole', () => {
  assert.is(simplified(slice([x], { axis: 'row', start: 0, size: 3 })), x)
  assert.is(simplified(pad([x], { axis: 'row', before: 0, after: 0, value: 5 })), x)
  assert.is(simplified(concat([x], { axis: 'row' })), x)
  assert.is(simplified(cast([x], { dtype: 'f32' })), x)
})

test('what matters for gradients alone is gone', () => {
  assert.is(simplified(stopGradient([tap([x], {})], {})), x)
})

test('simplifications meet: the operands of a node are simplified first', () => {
  assert.is(simplified(add([mul([rename([x], { names: {} }), number(1)], {}), sub([number(0), number(0)], {})], {})), x)
})

test('a program in which nothing can be simplified is the same nodes', () => {
  const node = neg([topIndex([x], { axis: 'row', into: 'best', size: 1 })], {})
  const program = programOf(node)
  assert.is(simplify(program).outputs[0]?.node, node)
  assert.is(count(simplify(program)), count(program))
})

test('a node made anew keeps the place and the scope of the old one', () => {
  const origin = { site: { frames: [{ file: 'file:///model.ts', line: 7, column: 3 }] }, scope: 'text/layer.0' }
  const node = from(origin, () => neg([add([x, number(0)], {})], {}))
  const after = simplified(node)
  assert.is.not(after, node)
  assert.equal([after.site, after.scope], [origin.site, origin.scope])
})

test('updates are simplified like outputs', () => {
  const program = { ...programOf(), updates: [{ name: 'x', node: add([x, number(0)], {}) }] }
  assert.is(simplify(program).updates[0]?.node, x)
})

test.run()
