import { squarePicture } from './images.ts'
import { type Recalls, recallOf } from './retrieval.ts'

/**
 * The floor that a model must beat: the nearest neighbour of a picture among the training pictures, by the distance of
 * 16 x 16 RGB pixels, says its name. It knows no language, so it cannot name a concept that it has not seen.
 */

const THUMBNAIL = 16
const LENGTH = THUMBNAIL * THUMBNAIL * 3
const BLOCK = 4
const BLOCKS = THUMBNAIL / BLOCK
const COARSE_LENGTH = BLOCKS * BLOCKS * 3

/** Pictures with the name of what each one shows. */
export interface NamedPictures {
  readonly pixels: Uint8Array
  readonly pictures: number
  readonly size: number
  readonly names: readonly string[]
}

/** Thumbnails, and the sums of their 4 x 4 blocks, which tell most of them apart at a sixteenth of the work. */
interface Thumbnails {
  readonly fine: Uint8Array
  readonly coarse: Int32Array
}

const thumbnailsOf = ({ pixels, pictures, size }: NamedPictures): Thumbnails => {
  const fine = new Uint8Array(pictures * LENGTH)
  const coarse = new Int32Array(pictures * COARSE_LENGTH)
  for (let picture = 0; picture < pictures; picture++)
    squarePicture({ data: pixels, offset: picture * size * size * 3, height: size, width: size }, THUMBNAIL, fine, picture * LENGTH)
  fine.forEach((value, at) => {
    const picture = Math.floor(at / LENGTH)
    const row = Math.floor((at % LENGTH) / (THUMBNAIL * 3))
    const column = Math.floor((at % (THUMBNAIL * 3)) / 3)
    const block = Math.floor(row / BLOCK) * BLOCKS + Math.floor(column / BLOCK)
    const to = picture * COARSE_LENGTH + block * 3 + (at % 3)
    coarse[to] = (coarse[to] ?? 0) + value
  })
  return { fine, coarse }
}

/** Squared distance of two parts of arrays, or some number above `limit` as soon as it is known to exceed it. */
const distance = (one: ArrayLike<number>, at: number, other: ArrayLike<number>, from: number, length: number, limit: number): number => {
  let sum = 0
  for (let start = 0; start < length && sum <= limit; start += COARSE_LENGTH)
    for (let index = start; index < start + COARSE_LENGTH; index++) {
      const difference = (one[at + index] ?? 0) - (other[from + index] ?? 0)
      sum += difference * difference
    }
  return sum
}

/** Squared distance of two thumbnails where it is at most `limit`, otherwise some number above `limit`. */
const thumbnailDistance = (one: Thumbnails, index: number, other: Thumbnails, otherIndex: number, limit: number): number => {
  // The sum of n squares is at least the square of the sum over n.
  const bound = limit * BLOCK * BLOCK
  const coarse = distance(one.coarse, index * COARSE_LENGTH, other.coarse, otherIndex * COARSE_LENGTH, COARSE_LENGTH, bound)
  if (coarse > bound) return Number.POSITIVE_INFINITY
  return distance(one.fine, index * LENGTH, other.fine, otherIndex * LENGTH, LENGTH, limit)
}

/** How many other names have a training picture at most as far as the right name's nearest one; counting stops at `most`. */
const rankByPixels = (
  queries: Thumbnails,
  query: number,
  known: Thumbnails,
  names: readonly string[],
  own: readonly number[],
  most: number,
): number => {
  if (own.length === 0) return most
  const closer = (least: number, index: number) => Math.min(least, thumbnailDistance(queries, query, known, index, least))
  const nearest = own.reduce(closer, Number.POSITIVE_INFINITY)
  const right = names[own[0] ?? 0]
  const nearer = new Set<string>()
  for (let index = 0; index < names.length && nearer.size < most; index++) {
    if (thumbnailDistance(queries, query, known, index, nearest) > nearest) continue
    const name = names[index]
    if (name !== undefined && name !== right) nearer.add(name)
  }
  return nearer.size
}

/**
 * Recall at each k of naming the pictures of `test` by their nearest neighbours in `train`, distinct names ranked. A
 * picture whose name no training picture has is not found.
 */
export const pixelFloor = (train: NamedPictures, test: NamedPictures, ks: readonly number[]): Recalls => {
  const known = thumbnailsOf(train)
  const queries = thumbnailsOf(test)
  const byName = new Map<string, number[]>()
  train.names.forEach((name, index) => {
    const list = byName.get(name)
    if (list === undefined) byName.set(name, [index])
    else list.push(index)
  })
  const most = Math.max(...ks)
  const ranks = test.names.map((name, picture) => rankByPixels(queries, picture, known, train.names, byName.get(name) ?? [], most))
  return recallOf(ranks, ks)
}
