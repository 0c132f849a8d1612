import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { philox4x32, uniformRow } from '../../../compiler/primitives/philox.ts'
import type { PhiloxKey } from '../../../compiler/primitives/philox.ts'
import { tensor } from '../../../compiler/targets/tensorflow/graphdef.ts'
import type { NodeDef, TfType } from '../../../compiler/targets/tensorflow/graphdef.ts'
import { savedModelArtifact } from '../../../compiler/targets/tensorflow/savedmodel.ts'
import type { HostArray } from '../../../runtime/backends/backend.ts'
import { tensorflow } from '../../../runtime/backends/tensorflow.ts'

const SEED = Number(process.env['AXLE_SEED'] ?? 20240607)
console.log(`seed ${SEED} (AXLE_SEED)`)

/** A key of 64 bits from the seed, both halves in use. */
const KEY: PhiloxKey = [(SEED * 0x9e3779b1) >>> 0, (SEED ^ 0xdeadbeef) >>> 0]
const PHILOX = 1
const join64 = ([low, high]: readonly [number, number]): bigint => (BigInt(high) << 32n) | BigInt(low)

const constant = (name: string, value: ReturnType<typeof tensor.f32>): NodeDef => ({
  name,
  op: 'Const',
  inputs: [],
  attrs: { dtype: { type: value.dtype }, value: { tensor: value } },
})

/** Draws by TensorFlow with a counter of 128 bits; integers come back as 32-bit halves, the lower one first. */
const draw = async (op: string, type: TfType, shape: readonly number[], counter: readonly [bigint, bigint]): Promise<HostArray> => {
  const wide = type === 'u64'
  const size = shape.reduce((product, n) => product * n, wide ? 2 : 1)
  const result: NodeDef =
    type === 'f32'
      ? { name: 'result', op: 'Identity', inputs: ['draw'], attrs: { T: { type: 'f32' } } }
      : { name: 'result', op: 'Bitcast', inputs: ['draw'], attrs: { T: { type }, type: { type: 'i32' } } }
  const nodes: readonly NodeDef[] = [
    constant('shape', tensor.i32([shape.length], shape)),
    constant('key', tensor.u64([1], [join64(KEY)])),
    constant('counter', tensor.u64([2], counter)),
    constant('algorithm', tensor.i32([], [PHILOX])),
    { name: 'draw', op, inputs: ['shape', 'key', 'counter', 'algorithm'], attrs: { dtype: { type }, Tshape: { type: 'i32' } } },
    result,
  ]
  const output = { name: 'values', dtype: type === 'f32' ? 'f32' : 'i32', axes: [{ name: 'element', size }], node: 'result' } as const
  const session = await tensorflow.load(savedModelArtifact({ nodes, functions: [], producer: 1087 }, { draw: { inputs: [], outputs: [output] } }))()
  if (E.isLeft(session)) throw session.left
  const values = session.right.run('draw')['values']
  session.right.close()
  assert.ok(values !== undefined)
  return values
}

const firstDifference = (a: HostArray, b: HostArray): string => {
  const at = a.findIndex((value, i) => value !== b[i])
  return a.length === b.length && at < 0 ? 'none' : `element ${at}: ${a[at]} and ${b[at]} (lengths ${a.length} and ${b.length})`
}

/** All words of the blocks from a counter on, as signed numbers. */
const words = (count: number, counter: readonly [bigint, bigint]): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => {
    const at = ((counter[1] << 64n) | counter[0]) + BigInt(Math.floor(i / 4))
    const part = (shift: bigint): number => Number((at >> shift) & 0xffffffffn)
    return (philox4x32(KEY, [part(0n), part(32n), part(64n), part(96n)])[i % 4] ?? 0) | 0
  })

for (const shape of [[1], [4], [7], [3, 5], [100, 1000], [250_001]]) {
  const count = shape.reduce((product, n) => product * n, 1)
  test(`uniform numbers of shape [${shape.join(', ')}] are TensorFlow’s, bit for bit`, async () => {
    for (const start of [0, 1, 12_345, 2 ** 32 - 2]) {
      const found = await draw('StatelessRandomUniformV2', 'f32', shape, [BigInt(start), 0n])
      assert.is(firstDifference(found, uniformRow(KEY, start, count)), 'none', `start block ${start}`)
    }
  })
}

test('whole words are TensorFlow’s, in the order of the block', async () => {
  for (const count of [1, 6, 100_003]) {
    const found = await draw('StatelessRandomUniformFullIntV2', 'u32', [count], [9n, 0n])
    assert.is(firstDifference(found, words(count, [9n, 0n])), 'none', `${count} elements`)
  }
})

test('a 64-bit word is two 32-bit words, the lower half first', async () => {
  for (const count of [1, 3, 50_001]) {
    const found = await draw('StatelessRandomUniformFullIntV2', 'u64', [count], [9n, 0n])
    assert.is(firstDifference(found, words(2 * count, [9n, 0n])), 'none', `${count} elements`)
  }
})

test('all 128 bits of the counter count', async () => {
  const counter = [2n ** 64n - 1n, 77n] as const
  const found = await draw('StatelessRandomUniformFullIntV2', 'u32', [8], counter)
  assert.is(firstDifference(found, words(8, counter)), 'none')
})

test.run()
