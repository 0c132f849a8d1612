import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HostTensor } from '../../../runtime/checkpoints/element-types.ts'
import {
  forEachTensor, parseTensors, readHeader, readTensor, readTensors, writeLazyTensors, writeTensors, type TensorFile,
} from '../../../runtime/checkpoints/safetensors.ts'
import { inTemporaryFolder } from './temporary.ts'

const right = <A>(either: E.Either<string, A>): A => {
  if (E.isLeft(either)) throw new Error(either.left)
  return either.right
}

const refuses = (either: E.Either<string, unknown>, ...parts: readonly (string | RegExp)[]): void => {
  if (E.isRight(either)) throw new Error('was accepted')
  for (const part of parts) assert.match(either.left, part)
}

const bytesOf = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

const sample: TensorFile = {
  metadata: { step: '12', note: 'ä "quoted"\n' },
  tensors: new Map<string, HostTensor>([
    ['text/word', { dtype: 'f32', shape: [2, 3], data: new Float32Array([1, -2.5, 3e-39, NaN, Infinity, -0]) }],
    ['0', { dtype: 'i32', shape: [2], data: new Int32Array([-2147483648, 2147483647]) }],
    ['odd', { dtype: 'u8', shape: [3], data: new Uint8Array([0, 128, 255]) }],
    ['mask', { dtype: 'bool', shape: [2], data: new Uint8Array([1, 0]) }],
    ['scalar', { dtype: 'f32', shape: [], data: new Float32Array([7]) }],
    ['empty', { dtype: 'f32', shape: [0, 4], data: new Float32Array(0) }],
    ['__proto__', { dtype: 'i32', shape: [1], data: new Int32Array([5]) }],
  ]),
}

const same = (actual: ReadonlyMap<string, HostTensor>, expected: ReadonlyMap<string, HostTensor>): void => {
  assert.equal([...actual.keys()].sort(), [...expected.keys()].sort())
  for (const [name, tensor] of expected) {
    const found = actual.get(name)
    assert.equal([found?.dtype, found?.shape], [tensor.dtype, tensor.shape], name)
    assert.equal(bytesOf(found?.data ?? new Uint8Array(0)), bytesOf(tensor.data), name) // bytes: NaN is never equal to NaN
  }
}

/** The bytes of a file with the given header object and data. */
const fileOf = (header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array => {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return new Uint8Array(Buffer.concat([length, json, data]))
}

const one = (dtype: string, shape: readonly number[], data: Uint8Array): Uint8Array =>
  fileOf({ x: { dtype, shape, data_offsets: [0, data.length] } }, data)

test('what is written is read back, bit for bit, whole and by name', () => inTemporaryFolder(async folder => {
  const path = join(folder, 'a.safetensors')
  right(await writeTensors(path, sample)())
  const read = right(await readTensors(path)())
  assert.equal(read.metadata, sample.metadata)
  same(read.tensors, sample.tensors)
  assert.equal(right(await readTensor(path, 'odd')()), sample.tensors.get('odd'))
  assert.equal(right(await readHeader(path)()).entries.get('text/word')?.shape, [2, 3])
  same(right(parseTensors('memory', readFileSync(path))).tensors, sample.tensors)
  assert.equal(readdirSync(folder), ['a.safetensors'])
}))

test('bytes do not depend on the order of insertion, and every tensor is aligned', () => inTemporaryFolder(async folder => {
  const [a, b] = [join(folder, 'a'), join(folder, 'b')]
  right(await writeTensors(a, sample)())
  const reversed = { metadata: { note: sample.metadata['note'] ?? '', step: '12' }, tensors: new Map([...sample.tensors].reverse()) }
  right(await writeTensors(b, reversed)())
  assert.ok(readFileSync(a).equals(readFileSync(b)))
  for (const [name, entry] of right(await readHeader(a)()).entries) {
    if (entry.stored === 'F32' || entry.stored === 'I32') assert.is(entry.begin % 4, 0, name)
  }
}))

test('parsing a file in memory makes views where aligned and copies where not', () => {
  const data = bytesOf(new Float32Array([1, 2]))
  for (const pad of [0, 1, 2, 3]) {
    const header = `{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`
    const bytes = fileOf(header.padEnd(56 + pad), data)
    const tensor = right(parseTensors('memory', bytes)).tensors.get('x')
    assert.equal(tensor?.data, new Float32Array([1, 2]))
    assert.is(tensor?.data.buffer === bytes.buffer, pad === 0, `padding ${pad}`)
  }
})

test('half precision becomes f32 exactly', () => {
  const half = new Uint16Array([0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x03ff, 0x7c00, 0xfc00, 0x7e00, 0x3555])
  const expected = [0, -0, 1, -2, 65504, 2 ** -14, 2 ** -24, 1023 * 2 ** -24, Infinity, -Infinity, NaN, 0.333251953125]
  const read = right(parseTensors('memory', one('F16', [12], bytesOf(half)))).tensors.get('x')
  assert.is(read?.dtype, 'f32')
  expected.forEach((value, i) => assert.ok(Object.is(read?.data[i], value), `element ${i}: ${read?.data[i]} instead of ${value}`))
  const brain = new Uint16Array([0x3f80, 0xc000, 0x7f80, 0x0001])
  assert.equal(right(parseTensors('memory', one('BF16', [4], bytesOf(brain)))).tensors.get('x')?.data,
    new Float32Array([1, -2, Infinity, 2 ** -133]))
})

test('other integers and f64 become i32 and f32, or are refused with the element that does not fit', () => {
  const read = (dtype: string, array: ArrayBufferView & { length: number }): E.Either<string, unknown> =>
    E.map((file: TensorFile) => file.tensors.get('x')?.data)(parseTensors('m', one(dtype, [array.length], bytesOf(array))))
  assert.equal(right(read('I64', new BigInt64Array([-1n, 0n, 2147483647n, -2147483648n]))), new Int32Array([-1, 0, 2147483647, -2147483648]))
  refuses(read('I64', new BigInt64Array([0n, 2147483648n])), "tensor 'x'", '2147483648', 'element 1')
  refuses(read('I64', new BigInt64Array([-2147483649n])), '-2147483649')
  refuses(read('U64', new BigUint64Array([2n ** 64n - 1n])), '18446744073709551615')
  assert.equal(right(read('U64', new BigUint64Array([7n]))), new Int32Array([7]))
  refuses(read('U64', new BigUint64Array([2147483648n])), '2147483648')
  refuses(read('U32', new Uint32Array([1, 4294967295])), '4294967295', 'element 1')
  assert.equal(right(read('I16', new Int16Array([-3]))), new Int32Array([-3]))
  assert.equal(right(read('U16', new Uint16Array([65535]))), new Int32Array([65535]))
  assert.equal(right(read('I8', new Int8Array([-128]))), new Int32Array([-128]))
  assert.equal(right(read('F64', new Float64Array([0.1]))), new Float32Array([0.1]))
})

const f32 = (begin: number, end: number): unknown => ({ dtype: 'F32', shape: [(end - begin) / 4], data_offsets: [begin, end] })

const broken: readonly (readonly [what: string, bytes: Uint8Array, says: readonly (string | RegExp)[]])[] = [
  ['an empty file', new Uint8Array(0), [/^f: not a safetensors file/]],
  ['a header longer than the file', fileOf('{}').subarray(0, 9), ['truncated', '9 bytes']],
  ['an absurd header length', new Uint8Array(8).fill(255), ['not a safetensors file']],
  ['a header that is not JSON', fileOf('{"x"'), ['not JSON']],
  ['a header that is not an object', fileOf('[]'), ['not a JSON object']],
  ['an unknown element type', one('F8_E4M3', [1], new Uint8Array(1)), ["tensor 'x'", 'F8_E4M3']],
  ['a prototype name as element type', one('toString', [1], new Uint8Array(1)), ['toString']],
  ['a negative size', fileOf({ x: { dtype: 'F32', shape: [-1], data_offsets: [0, 0] } }), ["tensor 'x'", '[-1]']],
  ['a missing description', fileOf({ x: null }), ["tensor 'x'"]],
  ['backward offsets', fileOf({ x: { dtype: 'F32', shape: [1], data_offsets: [4, 0] } }, new Uint8Array(4)), ["tensor 'x'", 'ends at byte']],
  ['a size that is not the shape\'s', fileOf({ x: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } }, new Uint8Array(8)), ["'x'", '8 bytes', '12']],
  ['a truncated file', fileOf({ a: f32(0, 4), x: f32(4, 12) }, new Uint8Array(8)), ['truncated', "tensor 'x'"]],
  ['overlapping tensors', fileOf({ a: f32(0, 8), b: f32(4, 12) }, new Uint8Array(12)), ["tensor 'b' overlaps tensor 'a' by 4 bytes"]],
  ['a hole', fileOf({ a: f32(0, 4), b: f32(8, 12) }, new Uint8Array(12)), ["4 bytes before tensor 'b'"]],
  ['bytes at the end', fileOf({ a: f32(0, 4) }, new Uint8Array(6)), ['2 bytes at its end']],
  ['metadata that is no string', fileOf({ __metadata__: { step: 1 } }), ["'step' is not a string"]],
]

for (const [what, bytes, says] of broken) {
  test(`refuses ${what}, in memory and on disk`, () => inTemporaryFolder(async folder => {
    refuses(parseTensors('f', bytes), ...says)
    const path = join(folder, 'broken')
    writeFileSync(path, bytes)
    const read = await readTensors(path)()
    refuses(read, ...says.map(part => typeof part === 'string' ? part : new RegExp(part.source.replace('^f', `^${path}`))))
    assert.is(E.isLeft(read) && read.left.includes('\n'), false)
  }))
}

test('names the file and the tensor that is missing', () => inTemporaryFolder(async folder => {
  const path = join(folder, 'a')
  right(await writeTensors(path, sample)())
  refuses(await readTensor(path, 'text/none')(), path, "'text/none'")
  refuses(await readTensors(join(folder, 'none'))(), join(folder, 'none'), 'cannot be read')
}))

test('a failed write leaves the old file and no temporary one', () => inTemporaryFolder(async folder => {
  const path = join(folder, 'a')
  right(await writeTensors(path, sample)())
  const before = readFileSync(path)
  const lazily = (read: () => HostTensor['data']): ReturnType<typeof writeLazyTensors> =>
    writeLazyTensors(path, {}, new Map([['big', { dtype: 'f32' as const, shape: [4], read }]]))
  refuses(await lazily(() => new Float32Array(3))(), path, "'big'", '12 bytes instead of 16')
  refuses(await lazily(() => new Int32Array(4))(), "'big'", 'Int32Array')
  refuses(await lazily(() => { throw new Error('device lost') })(), 'device lost')
  refuses(await writeTensors(path, { metadata: {}, tensors: new Map([['__metadata__', { dtype: 'u8', shape: [0], data: new Uint8Array(0) }]]) })())
  assert.ok(readFileSync(path).equals(before))
  assert.not(existsSync(`${path}.tmp`))
}))

test('lazy tensors are read one at a time, and visited one at a time', () => inTemporaryFolder(async folder => {
  const path = join(folder, 'a')
  const order: string[] = []
  const tensor = (name: string) => [name, { dtype: 'f32' as const, shape: [1], read: async () => { order.push(name); return new Float32Array(1) } }] as const
  right(await writeLazyTensors(path, {}, new Map([tensor('b'), tensor('a')]))())
  assert.equal(order, ['a', 'b'])
  const seen: string[] = []
  refuses(await forEachTensor(path, name => { seen.push(name); return E.left(`stop at ${name}`) })(), 'stop at a')
  assert.equal(seen, ['a'])
}))

test.run()
