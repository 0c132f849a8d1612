import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ArraySpec, SignatureSpec } from '../../../compiler/targets/artifact.ts'
import type { HostArray, Session } from '../../../runtime/backends/backend.ts'
import type { Pairs } from '../../../runtime/data/dataset.ts'
import { feeder, rowsOf, runInBatches } from '../../../runtime/training/feeds.ts'
import { madeUp } from '../made-up.ts'
import { jobOf } from './job.ts'

const array = (name: string, dtype: ArraySpec['dtype'], ...sizes: readonly number[]) => ({ name, dtype, axes: sizes.map((size, i) => ({ name: i === 0 ? 'batch' : `axis${i}`, size })), node: name, packed: false })

type Inputs = Readonly<Record<string, HostArray>>

/** A session of one program, which notes a copy of what it is given. */
const sessionOf = (program: string, spec: SignatureSpec, run: (inputs: Inputs) => Record<string, HostArray>): { readonly session: Session; readonly given: Inputs[] } => {
  const given: Inputs[] = []
  const session = madeUp({
    signatures: { [program]: spec },
    run: (name, inputs = {}) => {
      assert.is(name, program)
      given.push(Object.fromEntries(Object.entries(inputs).map(([key, data]) => [key, data.slice()])))
      return run(inputs)
    },
  })
  return { session, given }
}

/** Captions of two tokens to features of three numbers and a length, four at a time. */
const encoder = () =>
  sessionOf('encode', { inputs: [array('ids', 'i32', 4, 2)], outputs: [array('feature', 'f32', 4, 3), array('length', 'f32', 4)] }, ({ ids = new Int32Array() }) => {
    assert.is(ids.length, 8)
    const rows = [0, 1, 2, 3].map(row => [ids[2 * row] ?? 0, ids[2 * row + 1] ?? 0] as const)
    return { feature: Float32Array.from(rows.flatMap(([a, b]) => [a, b, a + b])), length: Float32Array.from(rows, ([a, b]) => a * b) }
  })

const idsOf = (rows: number): Int32Array => Int32Array.from({ length: 2 * rows }, (_, i) => 10 + i)

for (const [rows, last] of [[8, [18, 19, 20, 21, 22, 23, 24, 25]], [10, [26, 27, 28, 29, 26, 27, 28, 29]], [9, [26, 27, 26, 27, 26, 27, 26, 27]], [1, [10, 11, 10, 11, 10, 11, 10, 11]], [7, [18, 19, 20, 21, 22, 23, 18, 19]]] as const) {
  test(`${rows} rows, four at a time: every row once, the last batch filled up with its own first rows`, () => {
    const { session, given } = encoder()
    const ids = idsOf(rows)
    const progress: number[] = []
    const outputs = runInBatches(session, 'encode', { ids }, rows, done => progress.push(done))
    const pairs = Array.from({ length: rows }, (_, row) => [10 + 2 * row, 11 + 2 * row] as const)
    assert.equal(outputs['feature'], Float32Array.from(pairs.flatMap(([a, b]) => [a, b, a + b])))
    assert.equal(outputs['length'], Float32Array.from(pairs, ([a, b]) => a * b))
    assert.is(given.length, Math.ceil(rows / 4))
    assert.equal([...(given.at(-1)?.['ids'] ?? [])], [...last])
    assert.equal(progress, [4, 8, 12].slice(0, given.length - 1).concat(rows))
    assert.equal(ids, idsOf(rows), 'what is given stays as it is')
  })
}

test('every type of array is filled up as what it is', () => {
  const inputs = [array('bytes', 'u8', 2, 2), array('numbers', 'f32', 2), array('whole', 'i32', 2)]
  const { session, given } = sessionOf('read', { inputs, outputs: [array('sum', 'f32', 2)] }, () => ({ sum: Float32Array.of(1, 2) }))
  const outputs = runInBatches(session, 'read', { bytes: Uint8Array.of(1, 2, 3, 4, 5, 6), numbers: Float32Array.of(0.5, 1.5, 2.5), whole: Int32Array.of(7, 8, 9) }, 3)
  assert.equal(outputs, { sum: Float32Array.of(1, 2, 1) })
  assert.equal(given.at(-1), { bytes: Uint8Array.of(5, 6, 5, 6), numbers: Float32Array.of(2.5, 2.5), whole: Int32Array.of(9, 9) })
})

test('a program that is not there is named', () => {
  assert.throws(() => runInBatches(encoder().session, 'decode', {}, 1), "there is no program 'decode'")
})

test('rows of a table, in the order asked for and as often', () => {
  const table = Float32Array.of(1, 2, 3, 4, 5, 6)
  assert.equal(rowsOf(table, 2, Int32Array.of(2, 0, 2)), Float32Array.of(5, 6, 1, 2, 5, 6))
  assert.equal(rowsOf(table, 3, Int32Array.of(1)), Float32Array.of(4, 5, 6))
  assert.equal(rowsOf(table, 2, new Int32Array()), new Float32Array())
})

const pairs: Pairs = {
  pictures: 2,
  size: 1,
  pixels: new Uint8Array(6),
  maxTokens: 2,
  concept: Int32Array.of(0, 1),
  concepts: ['red', 'blue'],
  captions: ['one', 'two', 'three', 'four', 'five'],
  ids: idsOf(5),
  captionStart: Int32Array.of(0, 2, 5),
  captionRows: Int32Array.of(0, 1, 2, 3, 4),
  identity: Int32Array.of(0, 1),
  files: ['red.png', 'blue.png'],
  styles: [undefined, undefined],
  summary: { pictures: 2, captions: 5, distinctCaptions: 5, skippedPictures: 0, skippedCaptions: 0 },
}

const batch = { step: 0, image: Uint8Array.of(1, 2, 3, 4, 5, 6), ids: Int32Array.of(18, 19, 10, 11), caption: Int32Array.of(4, 0), picture: Int32Array.of(1, 0) }

test('a batch becomes the inputs of a step: pictures, words, and rows of what a program makes of every caption, once', () => {
  const { session, given } = encoder()
  const job = jobOf({ inputs: { image: 'picture', ids: 'words', pooled: { captions: 'encode', output: 'feature' } } })
  const progress: (readonly [number, number])[] = []
  const feed = feeder(job, session, pairs, (done, of) => progress.push([done, of]))
  assert.is(given.length, 2)
  assert.equal(progress, [[4, 5], [5, 5]])
  const feeds = feed(batch)
  assert.equal(Object.keys(feeds), ['image', 'ids', 'pooled'])
  assert.is(feeds['image'], batch.image)
  assert.is(feeds['ids'], batch.ids)
  assert.equal(feeds['pooled'], Float32Array.of(18, 19, 37, 10, 11, 21))
  assert.equal(feed({ ...batch, caption: Int32Array.of(1, 1) })['pooled'], Float32Array.of(12, 13, 25, 12, 13, 25))
  assert.is(given.length, 2, 'the captions are not encoded again')
})

test('a job without a program over captions runs nothing beforehand', () => {
  const { session, given } = encoder()
  const feed = feeder(jobOf({ inputs: { words: 'words' } }), session, pairs)
  assert.equal(feed(batch), { words: batch.ids })
  assert.is(given.length, 0)
})

test('an output that the program over captions lacks is named', () => {
  const job = jobOf({ inputs: { pooled: { captions: 'encode', output: 'pooled' } } })
  assert.throws(() => feeder(job, encoder().session, pairs), "program 'encode' has no output 'pooled'")
})

test.run()
