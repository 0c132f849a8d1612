import { parentPort, workerData } from 'node:worker_threads'
import * as E from 'fp-ts/Either'
import { type BatchOptions, createBatcher, type PictureTable } from './batch.ts'
import { markReady, nextFree, type Ring, slotOf } from './ring.ts'

/** What the loader gives each of its workers. */
export interface LoaderWork {
  readonly table: PictureTable
  readonly options: BatchOptions
  readonly ring: Ring
  readonly from: number
}

const { table, options, ring, from }: LoaderWork = workerData
const batcher = createBatcher(table, options)
if (E.isLeft(batcher)) throw new Error(batcher.left)

// Ends when the loader terminates the thread. The message wakes a main thread that waits for this batch.
for (;;) {
  const ticket = nextFree(ring)
  const slot = slotOf(ring, ticket)
  const { picture, caption } = batcher.right.fill(from + ticket, slot.image)
  slot.picture.set(picture)
  slot.caption.set(caption)
  markReady(ring, ticket)
  parentPort?.postMessage(ticket)
}
