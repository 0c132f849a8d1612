import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ALBEF_AUGMENTATION } from '../../../runtime/data/augment.ts'
import { type Batch, type BatchOptions, createBatches } from '../../../runtime/data/batch.ts'
import type { PairTable } from '../../../runtime/data/dataset.ts'
import { type Loader, type LoaderOptions, openLoader } from '../../../runtime/data/loader.ts'
import { draws, keyOf } from '../../../runtime/data/random.ts'

const SIZE = 16
const PICTURES = 30

const random = draws(keyOf(1))
const pairs: PairTable = {
  pictures: PICTURES,
  size: SIZE,
  pixels: Uint8Array.from({ length: PICTURES * SIZE * SIZE * 3 }, () => Math.floor(random() * 256)),
  concept: Int32Array.from({ length: PICTURES }, (_, picture) => picture % 12),
  captionStart: Int32Array.from({ length: PICTURES + 1 }, (_, picture) => 2 * picture),
  captionRows: Int32Array.from({ length: 2 * PICTURES }, (_, row) => row),
  ids: Int32Array.from({ length: 2 * PICTURES * 5 }, (_, at) => at),
  maxTokens: 5,
}
const options: BatchOptions = { batch: 6, seed: 17, augment: ALBEF_AUGMENTATION, distinct: 'concept' }

const rightOf = <A>(result: E.Either<string, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left)
  return result.right
}

const withLoader = async <A>(more: Partial<LoaderOptions>, use: (loader: Loader) => Promise<A>): Promise<A> => {
  const loader = rightOf(openLoader({ pairs, ...options, ...more }))
  try {
    return await use(loader)
  } finally {
    await loader.close()
  }
}

const take = (count: number) => async (loader: Loader): Promise<Batch[]> => {
  const batches: Batch[] = []
  for (let index = 0; index < count; index++) {
    const { waited, ...batch } = await loader.next()
    assert.ok(waited >= 0)
    batches.push(batch)
  }
  return batches
}

const batchOf = rightOf(createBatches(pairs, options))
const expected = Array.from({ length: 14 }, (_, step) => batchOf(step))

test('a batch holds what its row numbers say', () => {
  const { step, image, ids, caption, picture } = batchOf(3)
  assert.is(step, 3)
  assert.equal([image.length, ids.length, caption.length, picture.length], [6 * SIZE * SIZE * 3, 30, 6, 6])
  caption.forEach((row, example) => {
    assert.is(Math.floor(row / 2), picture[example])
    assert.equal([...ids.subarray(example * 5, example * 5 + 5)], [0, 1, 2, 3, 4].map((token) => row * 5 + token))
  })
  assert.is(new Set(Array.from(picture, (index) => index % 12)).size, 6)
})

for (const workers of [1, 3])
  test(`${workers} worker threads give the bytes that the calling thread gives`, async () => {
    const batches = await withLoader({ workers, prefetch: 2 }, take(14))
    assert.equal(batches, expected)
    for (const { image } of batches) assert.not.ok(image.buffer instanceof SharedArrayBuffer)
  })

test('a loader that starts at a step goes on exactly', async () => {
  assert.equal(await withLoader({ from: 9, prefetch: 1 }, take(5)), expected.slice(9))
})

test('batches are made ahead while the main thread is busy', async () => {
  await withLoader({ prefetch: 4 }, async (loader) => {
    await loader.next()
    // Never lets the event loop turn, as a training step does not; gives up only where nothing comes.
    for (let pause = 0; loader.ready() < 4 && pause < 2000; pause++) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    assert.is(loader.ready(), 4)
    const batches = await take(6)(loader)
    assert.equal(batches, expected.slice(1, 7))
  })
})

test('several calls without waiting in between are answered in order', async () => {
  await withLoader({}, async (loader) => {
    const batches = await Promise.all([loader.next(), loader.next(), loader.next()])
    assert.equal(batches.map(({ step }) => step), [0, 1, 2])
  })
})

test('another size than the stored one', async () => {
  const [batch] = await withLoader({ size: 8 }, take(1))
  assert.is(batch?.image.length, 6 * 8 * 8 * 3)
  assert.equal(batch, rightOf(createBatches(pairs, { ...options, size: 8 }))(0))
})

test('a closed loader refuses', async () => {
  const loader = rightOf(openLoader({ pairs, ...options }))
  await loader.close()
  let message = ''
  await loader.next().catch((cause: unknown) => {
    message = String(cause)
  })
  assert.match(message, 'data loader: it has been closed')
})

test('a batch larger than the data is refused before any thread starts', () => {
  assert.equal(openLoader({ pairs, ...options, batch: 13 }), E.left('a batch of 13 is larger than the data: 12 concepts'))
})

test.run()
