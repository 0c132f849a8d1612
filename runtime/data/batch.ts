import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import { type Augmentation, createAugmenter } from './augment.ts'
import type { PairTable } from './dataset.ts'
import { draws, fold, keyOf } from './random.ts'
import { type BatchRows, createSampler, type Sampler, type SamplerOptions } from './sampler.ts'

/** The examples of one training step. */
export interface Batch {
  readonly step: number
  /** RGB bytes, [example, row, column, channel]; of several views [view, example, row, column, channel]. */
  readonly image: Uint8Array
  /** Tokens, [example, token], padded with the id of [PAD]. */
  readonly ids: Int32Array
  /** Row of each caption among the distinct captions, and of each picture, [example]. */
  readonly caption: Int32Array
  readonly picture: Int32Array
}

export interface BatchOptions extends SamplerOptions {
  readonly augment: Augmentation
  /** Height and width of the examples; the stored size of the pictures where it is not given. */
  readonly size?: number
}

/** The part of the pairs that making pictures needs (tokens are looked up afterwards). */
export type PictureTable = Omit<PairTable, 'ids' | 'maxTokens'>

/** Draws and augments the pictures of a step into memory of the caller. */
export interface Batcher extends Pick<Sampler, 'stepsPerEpoch'> {
  readonly imageBytes: number
  readonly fill: (step: number, image: Uint8Array) => BatchRows
}

const AUGMENT_STREAM = 3

/** The pictures of each step, a function of (seed, step) alone. Left: the set cannot fill one batch. */
export const createBatcher = (table: PictureTable, options: BatchOptions): E.Either<string, Batcher> =>
  pipe(
    createSampler(table, options),
    E.map(({ stepsPerEpoch, indicesOf }) => {
      const size = options.size ?? table.size
      const example = size * size * 3
      const stored = table.size * table.size * 3
      const views = table.views?.count ?? 1
      const augment = createAugmenter(table.size, size, options.augment)
      const key = fold(keyOf(options.seed), AUGMENT_STREAM)
      const fill = (step: number, image: Uint8Array): BatchRows => {
        const rows = indicesOf(step)
        rows.picture.forEach((picture, row) => {
          for (let view = 0; view < views; view++) {
            const at = view * options.batch + row
            const pixels = table.views?.rows[picture * views + view] ?? picture
            const source = { data: table.pixels, offset: pixels * stored, height: table.size, width: table.size }
            augment(source, image.subarray(at * example, (at + 1) * example), draws(fold(key, step, at)))
          }
        })
        return rows
      }
      return { stepsPerEpoch, imageBytes: views * options.batch * example, fill }
    }),
  )

/** Tokens of the given captions, [caption, token]. */
export const tokensOf = ({ ids, maxTokens }: Pick<PairTable, 'ids' | 'maxTokens'>, captions: Int32Array): Int32Array => {
  const tokens = new Int32Array(captions.length * maxTokens)
  captions.forEach((caption, row) => tokens.set(ids.subarray(caption * maxTokens, (caption + 1) * maxTokens), row * maxTokens))
  return tokens
}

/** Makes the batch of any step on the calling thread. Left: the set cannot fill one batch. */
export const createBatches = (pairs: PairTable, options: BatchOptions): E.Either<string, (step: number) => Batch> =>
  pipe(
    createBatcher(pairs, options),
    E.map(({ imageBytes, fill }) => (step: number) => {
      const image = new Uint8Array(imageBytes)
      const { picture, caption } = fill(step, image)
      return { step, image, ids: tokensOf(pairs, caption), caption, picture }
    }),
  )
