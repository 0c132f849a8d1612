import { availableParallelism } from 'node:os'
import * as E from 'fp-ts/Either'
import { decodePicture, squarePicture } from './images.ts'
import { type DecodedPictures, type Failure, sharedPixels } from './pixel-cache.ts'
import { forEachLimited, type Progress } from './work.ts'

/** Moves the pixels of the pictures that could be decoded together. */
const withoutFailures = (pixels: Uint8Array, bytes: number, failures: readonly Failure[]): Uint8Array => {
  const failed = new Set(failures.map(({ index }) => index))
  const count = pixels.length / bytes
  const kept = sharedPixels((count - failed.size) * bytes)
  let row = 0
  for (let index = 0; index < count; index++)
    if (!failed.has(index)) kept.set(pixels.subarray(index * bytes, (index + 1) * bytes), row++ * bytes)
  return kept
}

/** Decodes picture files to `size` x `size` pixels each, as many at a time as there are cores. */
export const decodePictures = async (
  files: readonly string[],
  size: number,
  onProgress?: (progress: Progress) => void,
): Promise<DecodedPictures> => {
  const bytes = size * size * 3
  const pixels = sharedPixels(files.length * bytes)
  const failures: Failure[] = []
  const decode = async (index: number) => {
    const picture = await decodePicture(files[index] ?? '')()
    if (E.isLeft(picture)) failures.push({ index, reason: picture.left })
    else squarePicture(picture.right, size, pixels, index * bytes)
  }
  await forEachLimited(files.length, Math.max(2, availableParallelism()), decode, onProgress)
  if (failures.length === 0) return { pixels, failures }
  return { pixels: withoutFailures(pixels, bytes, failures), failures: failures.sort((one, other) => one.index - other.index) }
}
