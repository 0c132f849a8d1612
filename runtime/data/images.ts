import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import sharp from 'sharp'
import { describeError } from './errors.ts'
import { type Picture, resize } from './resize.ts'

// One picture one thread: many small pictures are decoded at once, and a cached picture could be an outdated one.
sharp.concurrency(1)
sharp.cache(false)

/**
 * Decodes a picture file to 8-bit RGB. Transparency is dropped and the orientation tag ignored, as Pillow's
 * `convert('RGB')` does. Left: why the file cannot be read, beginning with its path; a truncated file is an error.
 */
export const decodePicture = (file: string): TE.TaskEither<string, Picture> =>
  pipe(
    TE.tryCatch(
      () => {
        const rgb = sharp(file, { failOn: 'truncated' }).toColourspace('srgb').removeAlpha()
        return rgb.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
      },
      (cause) => `${file}: ${describeError(cause)}`,
    ),
    TE.filterOrElse(
      ({ info }) => info.channels === 3,
      ({ info }) => `${file}: has ${info.channels} colour channels instead of 3`,
    ),
    TE.map(({ data, info }) => ({ data, offset: 0, height: info.height, width: info.width })),
  )

/** ALBEF's test transform: the whole picture resized to `size` x `size`, whatever its aspect ratio. */
export const squarePicture = (
  picture: Picture,
  size: number,
  target: Uint8Array = new Uint8Array(size * size * 3),
  offset = 0,
): Uint8Array => {
  const whole = { top: 0, left: 0, height: picture.height, width: picture.width }
  resize(picture, whole, { data: target, offset, height: size, width: size })
  return target
}
