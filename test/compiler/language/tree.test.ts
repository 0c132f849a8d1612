import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, array, key, mapTree, mapTrees, mul, run, untyped as u, zipTrees, type Leaf, type Tensor } from '../../../compiler/language/index.ts'
import { leavesOf, mapLeaves } from '../../../compiler/language/tree.ts'
import { nodeOf } from '../../../compiler/language/leaf.ts'
import { inOrder, mistakeOf, says } from './support.ts'

interface Layer { readonly weight: Tensor<'in' | 'out'>; readonly bias: Tensor<'out'> }
interface Model { readonly layers: readonly Layer[]; readonly temperature: Tensor }
const layer = (start: number) => ({ weight: array({ in: 1, out: 2 }, [start, start + 1]), bias: array({ out: 2 }, [start + 2, start + 3]) })
const model = { layers: [layer(0), layer(10)], temperature: array({}, [100]) }
const paths = ['layers/0/weight', 'layers/0/bias', 'layers/1/weight', 'layers/1/bias', 'temperature']

test('leaves come in the order of the keys, with their paths', () => {
  const tree = { b: u.literal(1), a: [u.literal(2), { c: key(1) }], name: 'no leaf', none: undefined, f: () => 0 }
  assert.equal(leavesOf(tree).map(({ path }) => path), ['b', 'a/0', 'a/1/c'])
  assert.equal(leavesOf(u.literal(1)).map(({ path }) => path), [''])
  assert.equal(leavesOf({}), [])
})

test('mapLeaves keeps the shape and whatever is no leaf', () => {
  const f = (): number => 0
  assert.equal(mapLeaves((_node, path) => path, { a: [u.literal(1), 'text'], b: { c: 3, f, d: undefined } }), { a: ['a/0', 'text'], b: { c: 3, f, d: undefined } })
})

test('mapTree changes every tensor and knows its path', () => {
  const seen: string[] = []
  const changed = run((tree: Model) => mapTree((x, path) => { seen.push(path); return path.endsWith('bias') ? mul(x, 2) : x }, tree))(model)
  assert.equal(seen, paths)
  assert.equal(changed.layers.map(({ weight, bias }) => [inOrder(weight, ['in', 'out']), inOrder(bias, ['out'])]), [[[0, 1], [4, 6]], [[10, 11], [24, 26]]])
})

test('mapTrees walks two trees side by side', () => {
  const seen: string[] = []
  const sums = run((x: Model, y: Model) => mapTrees((a, b, path) => { seen.push(path); return add(a, b) }, x, y))(model, { ...model, temperature: array({}, [1]) })
  assert.equal(seen, paths)
  assert.equal(sums.temperature.data, [101])
  assert.equal(sums.layers[1]?.bias.data, [24, 26])
})

test('zipTrees gives several trees of the shape of the first', () => {
  const trees = [{ a: u.literal(1), b: [u.literal(2)] }, { a: u.literal(10), b: [u.literal(20)] }]
  const { total, first } = zipTrees(['total', 'first'], ([x, y], path) => (x === undefined || y === undefined ? { total: u.literal(0), first: u.literal(0) } : { total: u.add(x, y), first: path === 'a' ? x : y }), trees)
  const numbers = (tree: unknown): readonly unknown[] => leavesOf(tree).map(({ node }) => (node.op === 'literal' ? node.attributes['value'] : node.op))
  assert.equal(numbers(total), ['add', 'add'])
  assert.equal(numbers(first), [1, 20])
})

test('trees that differ are an error that names the place', () => {
  const [x, y]: readonly Readonly<Record<string, unknown>>[] = [{ a: { b: u.literal(1), c: u.literal(1) } }, { a: { b: u.literal(1) } }]
  says(mistakeOf(() => Reflect.apply(mapTrees, undefined, [(p: Leaf) => p, x, y])), 'AX014', "'a/c'")
  says(mistakeOf(() => zipTrees(['sum'], ([p]) => ({ sum: p ?? u.literal(0) }), [x, y])), 'AX014', "'a/c'")
})

test('a function on leaves must give a tensor', () => {
  says(mistakeOf(() => Reflect.apply(mapTree, undefined, [() => 3, { a: u.literal(1) }])), 'AX012', 'number 3')
  says(mistakeOf(() => nodeOf({ a: 1 })), 'AX012', 'an object')
})

test.run()
