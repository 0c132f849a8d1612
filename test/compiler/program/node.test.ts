import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, exp, input, neg } from '../../../compiler/primitives/index.ts'
import { lift, plain, quote, sizeWithOrigin, unionAxes, visible } from '../../../compiler/program/axes.ts'
import { currentContext, elements, from, isNode, sizeOf, within, without } from '../../../compiler/program/node.ts'
import { nodesOf, reachable } from '../../../compiler/program/program.ts'
import { describeDeclaration, describeSite, frameOf, nowhere } from '../../../compiler/program/site.ts'
import { mistakeOf, placesIn, says } from '../language/support.ts'

const place = placesIn(import.meta.url)
const x = input([], { path: 'state/text/layer.0/weight', axes: { row: 2, column: 3 }, dtype: 'f32', kind: 'param' }) // the input

test('a node knows the place that made it', () => {
  const node = exp([x], {}) // the node
  assert.ok(describeSite(node.site).startsWith(place('the node')), describeSite(node.site))
  assert.ok(describeDeclaration(x.site).startsWith(place('the input')), describeDeclaration(x.site))
})

test('a place in a layer gives way to the place of its caller; alone it stays', () => {
  const layer = { file: 'file:///project/models/layers/linear.ts', line: 9, column: 1 }
  const model = { file: 'file:///project/models/text.ts', line: 4, column: 2 }
  assert.is(frameOf({ frames: [layer, model] }), model)
  assert.is(frameOf({ frames: [layer] }), layer)
  assert.is(describeSite(nowhere), '(unknown place)')
})

test('a scope is what is named, else the folder of the first parameter', () => {
  assert.is(exp([x], {}).scope, 'text/layer.0')
  assert.is(within({ scopes: ['vision', 'block'] }, () => exp([x], {})).scope, 'vision/block')
  const origin = { site: x.site, scope: 'elsewhere' }
  assert.is(within({ scopes: ['vision'] }, () => from(origin, () => exp([x], {}))).scope, 'elsewhere')
})

test('the context is restored, whatever happens', () => {
  const before = currentContext()
  assert.throws(() => within({ scopes: ['a'] }, () => { throw new Error('stop') }), 'stop')
  assert.is(currentContext(), before)
})

test('reachable nodes come once, inputs before their users', () => {
  const a = exp([x], {})
  const b = add([a, neg([a], {})], {})
  const nodes = reachable([b, a, b])
  assert.equal(nodes.map(({ op }) => op), ['input', 'exp', 'neg', 'add'])
  assert.equal(nodesOf({ name: 'p', inputs: [], outputs: [{ name: 'a', node: a }], updates: [{ name: 'b', node: b }] }), nodes)
})

test('names of lifted axes', () => {
  assert.equal([lift('batch'), plain(lift('batch')), plain(lift(lift('batch'))), plain('batch')], ['^batch', 'batch', 'batch', 'batch'])
  assert.equal(visible({ ...x, axes: { '^batch': 2, row: 3 } }), ['row'])
  assert.equal([quote([]), quote(['a', '^b'])], ['no axes', "'a' 'b'"])
})

test('sizes', () => {
  assert.equal([elements({}), elements({ a: 2, b: 3 }), sizeOf(x, 'column')], [1, 6, 3])
  assert.equal(without({ a: 1, b: 2 }, ['a', 'c']), { b: 2 })
  assert.throws(() => sizeOf(x, 'depth'), /internal/)
})

test('the union of axes, and two sizes for one', () => {
  const wide = { ...x, axes: { column: 3, depth: 4 } }
  assert.equal(unionAxes('add', [x, wide]), { row: 2, column: 3, depth: 4 })
  says(mistakeOf(() => unionAxes('add', [x, { ...wide, axes: { column: 5 } }])), 'AX021', "add over 'column'", `3 in state/text/layer.0/weight (${place('the input')}`)
})

test('a size is followed back to where it was given', () => {
  const text = sizeWithOrigin(neg([exp([x], {})], {}), 'row')
  assert.ok(text.startsWith(`2 in state/text/layer.0/weight (${place('the input')}`), text)
})

test('nodes are known from other objects', () => {
  assert.ok(isNode(x))
  for (const other of [undefined, null, 3, {}, { op: 'exp' }]) assert.not.ok(isNode(other))
})

test.run()
