import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ArraySpec } from '../../../compiler/targets/artifact.ts'
import type { HostTensor } from '../../../runtime/checkpoints/element-types.ts'
import { fromForeign, toForeign, type ForeignTensor } from '../../../runtime/checkpoints/official.ts'

// Two weights of ours, [hidden, out], lie one after the other in one of theirs, [out, hidden].
const names: readonly ForeignTensor[] = [
  { name: 'both.weight', shape: [4, 3], parts: [{ path: 'first', order: ['out', 'hidden'] }, { path: 'second', order: ['out', 'hidden'] }] },
  { name: 'count', shape: [1], parts: [{ path: 'next', order: [] }] },
]
const matrix = [{ name: 'hidden', size: 3 }, { name: 'out', size: 2 }]
const specs: ReadonlyMap<string, ArraySpec> = new Map([
  ['first', { name: 'first', dtype: 'f32', axes: matrix }],
  ['second', { name: 'second', dtype: 'f32', axes: matrix }],
  ['next', { name: 'next', dtype: 'i32', axes: [] }],
])
const weight: HostTensor = { dtype: 'f32', shape: [4, 3], data: Float32Array.from({ length: 12 }, (_, i) => i) }
const count: HostTensor = { dtype: 'i32', shape: [1], data: Int32Array.of(5) }
const tensors: ReadonlyMap<string, HostTensor> = new Map<string, HostTensor>([['both.weight', weight], ['count', count]])

const read = (given = tensors, partial?: (name: string) => boolean) => fromForeign('file', names, given, specs, partial)
const sentence = (result: ReturnType<typeof read>): string => (E.isLeft(result) ? result.left : 'no error')

test('a fused tensor is taken apart and transposed', () => {
  const leaves = read()
  if (E.isLeft(leaves)) throw new Error(leaves.left)
  assert.equal(leaves.right.get('first'), Float32Array.of(0, 3, 1, 4, 2, 5))
  assert.equal(leaves.right.get('second'), Float32Array.of(6, 9, 7, 10, 8, 11))
  assert.equal(leaves.right.get('next'), Int32Array.of(5))
})

test('there and back is the same', () => {
  const leaves = read()
  if (E.isLeft(leaves)) throw new Error(leaves.left)
  const states = new Map([...leaves.right].map(([path, data]) => [path, { axes: specs.get(path)?.axes ?? [], dtype: specs.get(path)?.dtype ?? 'f32', data }] as const))
  const back = toForeign(names, states)
  assert.equal(back.get('both.weight'), { shape: [4, 3], data: weight.data })
  assert.equal(back.get('count'), { shape: [1], data: count.data })
})

test('a tensor some of whose parts are not given is left out', () => {
  const found = toForeign(names, new Map([['first', { axes: matrix, dtype: 'f32', data: new Float32Array(6) }]]))
  assert.equal([...found.keys()], [])
})

test('what is missing or of another shape is named', () => {
  assert.is(sentence(read(new Map<string, HostTensor>([['count', count]]))), "file: there is no tensor 'both.weight' (wanted for first, second)")
  assert.is(sentence(read(new Map<string, HostTensor>([...tensors, ['both.weight', { ...weight, shape: [3, 4] }]]))), "file: tensor 'both.weight' is [3, 4], wanted [4, 3]")
  assert.is(sentence(read(new Map<string, HostTensor>([...tensors, ['count', { ...count, shape: [] }]]))), "file: tensor 'count' is [], wanted [1]")
})

test('a missing tensor is passed over where that is allowed', () => {
  const found = read(new Map<string, HostTensor>([['count', count]]), name => name === 'both.weight')
  if (E.isLeft(found)) throw new Error(found.left)
  assert.equal([...found.right.keys()], ['next'])
})

test('a leaf that the model lacks is named', () => {
  const found = fromForeign('file', names, tensors, new Map([...specs].filter(([path]) => path !== 'second')))
  assert.ok(E.isLeft(found) && found.left.includes("'second'") && found.left.includes("'both.weight'"))
})

test.run()
