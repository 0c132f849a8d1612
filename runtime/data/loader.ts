import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import { type Batch, type BatchOptions, createBatcher, tokensOf } from './batch.ts'
import type { PairTable } from './dataset.ts'
import type { LoaderWork } from './loader-worker.ts'
import { createRing, isReady, markTaken, slotOf } from './ring.ts'

export interface LoaderOptions extends BatchOptions {
  readonly pairs: PairTable
  /** Threads that make batches (default 1), and how many batches may lie ready (default 4). Neither changes any batch. */
  readonly workers?: number
  readonly prefetch?: number
  /** The first step (default 0): a run that goes on at step n gets the batches it would have got. */
  readonly from?: number
}

/** Batches of consecutive steps, made ahead by worker threads that run on while the main thread is blocked. */
export interface Loader {
  readonly stepsPerEpoch: number
  /**
   * The next step's batch, in memory of its own, and the milliseconds that were spent waiting for it. Lets the event loop
   * turn once, so signals and timers get their chance between steps. Rejects when a worker has died or the loader is closed.
   */
  readonly next: () => Promise<Batch & { readonly waited: number }>
  /** How many batches lie ready. */
  readonly ready: () => number
  readonly close: () => Promise<void>
}

const shared = (pixels: Uint8Array): Uint8Array => {
  if (pixels.buffer instanceof SharedArrayBuffer) return pixels
  const copy = new Uint8Array(new SharedArrayBuffer(pixels.length))
  copy.set(pixels)
  return copy
}

/** Threads that keep the process alive only while somebody waits for them, and a way to wait for their next sign of life. */
const startWorkers = (count: number, work: LoaderWork) => {
  let stopped: string | undefined
  let wake = () => {}
  const stop = (reason: string) => {
    stopped ??= reason
    wake()
  }
  const threads = Array.from({ length: count }, (_, number) => {
    // Without the main thread's flags: the worker brings its own TypeScript loader.
    const thread = new Worker(new URL('./loader-worker.mjs', import.meta.url), { workerData: work, execArgv: [] })
    thread.on('message', () => wake())
    thread.on('error', (cause) => stop(`data loader: worker ${number + 1} of ${count} failed: ${cause.message}`))
    thread.on('exit', (code) => stop(`data loader: worker ${number + 1} of ${count} ended (exit code ${code})`))
    thread.unref()
    return thread
  })
  const sign = async (): Promise<void> => {
    for (const thread of threads) thread.ref()
    await new Promise<void>((resolve) => {
      wake = resolve
    })
    for (const thread of threads) thread.unref()
  }
  return {
    waitFor: async (ready: () => boolean): Promise<void> => {
      while (!ready()) {
        if (stopped !== undefined) throw new Error(stopped)
        await sign()
      }
    },
    close: async (): Promise<void> => {
      stop('data loader: it has been closed')
      await Promise.all(threads.map((thread) => thread.terminate()))
    },
  }
}

/** Starts the workers. Left: the set cannot fill one batch. */
export const openLoader = ({ pairs, workers = 1, prefetch = 4, from = 0, ...options }: LoaderOptions): E.Either<string, Loader> =>
  pipe(
    createBatcher(pairs, options),
    E.map(({ stepsPerEpoch, imageBytes }) => {
      const ring = createRing(Math.max(1, prefetch), options.batch, imageBytes)
      const { pictures, size, pixels, captionStart, captionRows, concept, views } = pairs
      const table = { pictures, size, pixels: shared(pixels), captionStart, captionRows, concept, ...(views === undefined ? {} : { views }) }
      const threads = startWorkers(Math.max(1, workers), { table, options, ring, from })
      let ticket = 0
      const take = async () => {
        await setImmediate()
        const started = performance.now()
        await threads.waitFor(() => isReady(ring, ticket))
        const waited = performance.now() - started
        const slot = slotOf(ring, ticket)
        const image = slot.image.slice()
        const picture = slot.picture.slice()
        const caption = slot.caption.slice()
        markTaken(ring, ticket)
        const step = from + ticket++
        return { step, image, ids: tokensOf(pairs, caption), caption, picture, waited }
      }
      let last: Promise<unknown> = Promise.resolve()
      const next = () => {
        const taken = last.then(take, take)
        last = taken
        return taken
      }
      const ready = () => Array.from({ length: ring.slots }, (_, ahead) => isReady(ring, ticket + ahead)).filter(Boolean).length
      return { stepsPerEpoch, next, ready, close: threads.close }
    }),
  )
