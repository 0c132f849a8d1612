import { type RandAugment, ALBEF_RANDAUGMENT, randAugment } from './randaugment.ts'
import { type Random, below } from './random.ts'
import { type Box, type Picture, resize, scratchSize } from './resize.ts'

/** What is done to a training picture, in this order. Plain data, so it can stand in a configuration file. */
export interface Augmentation {
  /** A random part of the picture: its share of the area and its aspect ratio lie in these ranges. */
  readonly crop: { readonly scale: readonly [number, number]; readonly ratio: readonly [number, number] } | 'off'
  /** Mirrors half of the pictures, left to right. */
  readonly flip: boolean
  readonly randaugment: RandAugment | 'off'
  /** Probability of losing all colour; ALBEF has none of it. */
  readonly grayscale: number
}

/** The official pre-training transform (for fine-tuning the official code crops from half of the area on). */
export const ALBEF_AUGMENTATION: Augmentation = {
  crop: { scale: [0.2, 1], ratio: [3 / 4, 4 / 3] },
  flip: true,
  randaugment: ALBEF_RANDAUGMENT,
  grayscale: 0,
}

/** Pictures are only resized. */
export const NO_AUGMENTATION: Augmentation = { crop: 'off', flip: false, randaugment: 'off', grayscale: 0 }

const ATTEMPTS = 10

/** The largest centred part of the picture whose aspect ratio is allowed. */
const centredBox = (height: number, width: number, [low, high]: readonly [number, number]): Box => {
  const ratio = width / height
  const boxWidth = ratio > high ? Math.round(height * high) : width
  const boxHeight = ratio < low ? Math.round(width / low) : height
  return { top: (height - boxHeight) >> 1, left: (width - boxWidth) >> 1, height: boxHeight, width: boxWidth }
}

/** Draws the part of a picture that is kept, by the rule of torchvision's RandomResizedCrop. */
export const randomBox = (height: number, width: number, crop: Exclude<Augmentation['crop'], 'off'>, random: Random): Box => {
  const [smallest, largest] = crop.scale
  const [low, high] = crop.ratio
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = height * width * (smallest + (largest - smallest) * random())
    const ratio = Math.exp(Math.log(low) + (Math.log(high) - Math.log(low)) * random())
    const boxWidth = Math.round(Math.sqrt(area * ratio))
    const boxHeight = Math.round(Math.sqrt(area / ratio))
    if (boxWidth > 0 && boxWidth <= width && boxHeight > 0 && boxHeight <= height)
      return { top: below(random, height - boxHeight + 1), left: below(random, width - boxWidth + 1), height: boxHeight, width: boxWidth }
  }
  return centredBox(height, width, crop.ratio)
}

/** Mirrors a picture left to right, in place. */
export const flipRows = (image: Uint8Array, height: number, width: number): void => {
  for (let row = 0; row < height; row++) {
    let left = row * width * 3
    let right = left + (width - 1) * 3
    for (; left < right; left += 3, right -= 3)
      for (let channel = 0; channel < 3; channel++) {
        const kept = image[left + channel] ?? 0
        image[left + channel] = image[right + channel] ?? 0
        image[right + channel] = kept
      }
  }
}

/** Replaces colours by their luma (ITU-R 601, as Pillow's `convert('L')`), in place. */
export const dropColour = (image: Uint8Array): void => {
  for (let at = 0; at + 2 < image.length; at += 3) {
    const luma = ((image[at] ?? 0) * 19595 + (image[at + 1] ?? 0) * 38470 + (image[at + 2] ?? 0) * 7471 + 0x8000) >> 16
    image.fill(luma, at, at + 3)
  }
}

/** Makes training examples of `size` x `size` pixels; keeps its working memory between pictures of `stored` x `stored` pixels. */
export const createAugmenter = (stored: number, size: number, options: Augmentation) => {
  const scratch = new Uint8Array(Math.max(scratchSize(stored, size), scratchSize(size, size)))
  const shape = { height: size, width: size }
  const whole: Box = { top: 0, left: 0, height: stored, width: stored }

  /** Writes the augmented `source` over all of `target`, which holds `size` x `size` RGB pixels. */
  return (source: Picture, target: Uint8Array, random: Random): void => {
    const box = options.crop === 'off' ? whole : randomBox(stored, stored, options.crop, random)
    resize(source, box, { data: target, offset: 0, ...shape }, scratch)
    if (options.flip && random() < 0.5) flipRows(target, size, size)
    if (options.randaugment !== 'off') randAugment(target, scratch, shape, options.randaugment, random)
    if (options.grayscale > 0 && random() < options.grayscale) dropColour(target)
  }
}
