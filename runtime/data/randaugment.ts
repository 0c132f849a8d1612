import type { Random } from './random.ts'
import { below } from './random.ts'

/**
 * RandAugment as ALBEF uses it (dataset/randaugment.py): ten operations on 8-bit RGB pictures at one level, of which `n`
 * are drawn with replacement. Affine operations follow OpenCV's warpAffine with linear interpolation; its fixed-point
 * rounding and its handling of border pixels differ between versions, so single pixels may differ by one.
 */

export const OPERATIONS = [
  'identity',
  'autoContrast',
  'equalize',
  'brightness',
  'sharpness',
  'shearX',
  'shearY',
  'translateX',
  'translateY',
  'rotate',
] as const
export type Operation = (typeof OPERATIONS)[number]

/** Row-major RGB pixels of one size; an operation reads `source` and writes all of `target` (never the same memory). */
export interface Shape {
  readonly height: number
  readonly width: number
}
type Apply = (source: Uint8Array, target: Uint8Array, shape: Shape) => void

const CHANNELS = 3
const LEVELS = 256
const FILL = 128

const histogram = (source: Uint8Array, channel: number, pixels: number): Int32Array => {
  const counts = new Int32Array(LEVELS)
  for (let pixel = 0, at = channel; pixel < pixels; pixel++, at += CHANNELS) {
    const value = source[at] ?? 0
    counts[value] = (counts[value] ?? 0) + 1
  }
  return counts
}

/** Replaces the values of each channel by a table made from the channel's histogram; no table leaves a channel alone. */
const tabulated =
  (tableOf: (counts: Int32Array) => Uint8Array | undefined): Apply =>
  (source, target, { height, width }) => {
    const pixels = height * width
    for (let channel = 0; channel < CHANNELS; channel++) {
      const table = tableOf(histogram(source, channel, pixels))
      for (let pixel = 0, at = channel; pixel < pixels; pixel++, at += CHANNELS) {
        const value = source[at] ?? 0
        target[at] = table === undefined ? value : (table[value] ?? 0)
      }
    }
  }

const stretched =
  (wraps: boolean) =>
  (counts: Int32Array): Uint8Array | undefined => {
    const low = counts.findIndex((count) => count > 0)
    const high = counts.findLastIndex((count) => count > 0)
    if (high <= low) return undefined
    const scale = (LEVELS - 1) / (high - low)
    const offset = (wraps ? -low & 255 : -low) * scale
    return Uint8Array.from(counts, (_, value) => Math.min(255, Math.max(0, Math.trunc(value * scale + offset))))
  }

const equalized = (counts: Int32Array): Uint8Array | undefined => {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const last = counts.findLast((count) => count > 0) ?? 0
  const step = Math.floor((total - last) / (LEVELS - 1))
  if (step === 0) return undefined
  let before = Math.floor(step / 2)
  return Uint8Array.from(counts, (count) => {
    const value = Math.min(255, Math.floor(before / step))
    before += count
    return value
  })
}

const brightened =
  (factor: number): Apply =>
  (source, target, { height, width }) => {
    const table = Uint8Array.from({ length: LEVELS }, (_, value) => Math.min(255, Math.trunc(value * factor)))
    for (let at = 0; at < height * width * CHANNELS; at++) target[at] = table[source[at] ?? 0] ?? 0
  }

/** Blends away from a smoothed picture (3 x 3 kernel of ones with 5 in the middle); border pixels stay. */
const sharpened =
  (factor: number): Apply =>
  (source, target, { height, width }) => {
    const stride = width * CHANNELS
    target.set(source.subarray(0, height * stride))
    for (let row = 1; row < height - 1; row++)
      for (let at = row * stride + CHANNELS; at < (row + 1) * stride - CHANNELS; at++) {
        const value = source[at] ?? 0
        let sum = 4 * value
        for (let near = at - stride; near <= at + stride; near += stride)
          sum += (source[near - CHANNELS] ?? 0) + (source[near] ?? 0) + (source[near + CHANNELS] ?? 0)
        const smooth = Math.round(sum / 13)
        target[at] = Math.min(255, Math.max(0, Math.trunc(smooth + factor * (value - smooth))))
      }
  }

/** Where an output pixel comes from: input x = a·x + b·y + c, input y = d·x + e·y + f. */
type Inverse = readonly [a: number, b: number, c: number, d: number, e: number, f: number]

/** Linear interpolation; what lies outside of the picture is grey (128). */
const warped =
  (inverseOf: (shape: Shape) => Inverse): Apply =>
  (source, target, shape) => {
    const { height, width } = shape
    const [a, b, c, d, e, f] = inverseOf(shape)
    const stride = width * CHANNELS
    let to = 0
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++, to += CHANNELS) {
        const fromX = a * x + b * y + c
        const fromY = d * x + e * y + f
        const left = Math.floor(fromX)
        const top = Math.floor(fromY)
        const right = fromX - left
        const down = fromY - top
        const at = top * stride + left * CHANNELS
        const inside = left >= 0 && top >= 0 && left < width - 1 && top < height - 1
        for (let channel = 0; channel < CHANNELS; channel++) {
          const p = at + channel
          const nw = inside || (left >= 0 && top >= 0 && left < width && top < height) ? (source[p] ?? FILL) : FILL
          const ne = inside || (left >= -1 && top >= 0 && left < width - 1 && top < height) ? (source[p + CHANNELS] ?? FILL) : FILL
          const sw = inside || (left >= 0 && top >= -1 && left < width && top < height - 1) ? (source[p + stride] ?? FILL) : FILL
          const se =
            inside || (left >= -1 && top >= -1 && left < width - 1 && top < height - 1) ? (source[p + stride + CHANNELS] ?? FILL) : FILL
          const upper = nw + (ne - nw) * right
          const lower = sw + (se - sw) * right
          target[to + channel] = Math.round(upper + (lower - upper) * down)
        }
      }
  }

const turned = (degrees: number): Apply =>
  warped(({ height, width }) => {
    const angle = (degrees * Math.PI) / 180
    const cos = Math.cos(angle)
    const sin = Math.sin(angle)
    const [x, y] = [width / 2, height / 2]
    return [cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y]
  })

/** How strong each operation is. `level` runs from 0 to 10; translations are given in pixels at level 10. */
export interface Strength {
  readonly level: number
  readonly translate: number
  /**
   * The official autoContrast negates a channel's lowest value in 8 bits, so a channel without zeros turns white.
   * True repeats that, false (the default) stretches every channel as meant.
   */
  readonly wrapAutoContrast?: boolean
}

/** The operation at a strength. `positive` chooses the sign of the ones that have one. */
export const operation = (name: Operation, { level, translate, wrapAutoContrast = false }: Strength, positive: boolean): Apply => {
  const share = level / 10
  const sign = positive ? 1 : -1
  switch (name) {
    case 'identity':
      return (source, target, { height, width }) => target.set(source.subarray(0, height * width * CHANNELS))
    case 'autoContrast':
      return tabulated(stretched(wrapAutoContrast))
    case 'equalize':
      return tabulated(equalized)
    case 'brightness':
      return brightened(share * 1.8 + 0.1)
    case 'sharpness':
      return sharpened(share * 1.8 + 0.1)
    case 'shearX':
      return warped(() => [1, -sign * share * 0.3, 0, 0, 1, 0])
    case 'shearY':
      return warped(() => [1, 0, 0, -sign * share * 0.3, 1, 0])
    case 'translateX':
      return warped(() => [1, 0, sign * share * translate, 0, 1, 0])
    case 'translateY':
      return warped(() => [1, 0, 0, 0, 1, sign * share * translate])
    case 'rotate':
      return turned(sign * share * 30)
  }
}

/** What is done to a picture: `n` operations drawn with replacement, each applied with `probability`, at one level. */
export interface RandAugment extends Strength {
  readonly n: number
  readonly probability: number
}

/** The official setting, made for pictures of 256 pixels; `translate` is in pixels, so smaller pictures want less. */
export const ALBEF_RANDAUGMENT: RandAugment = { n: 2, level: 7, probability: 0.5, translate: 10, wrapAutoContrast: true }

/** The operations drawn for one picture, in order. Operations that are drawn but not applied are left out. */
export const drawOperations = (random: Random, options: RandAugment): { name: Operation; positive: boolean }[] => {
  const drawn = Array.from({ length: options.n }, () => OPERATIONS[below(random, OPERATIONS.length)] ?? 'identity')
  return drawn.flatMap((name) => {
    if (random() > options.probability) return []
    return [{ name, positive: random() <= 0.5 }]
  })
}

/** Augments `image` in place; `scratch` is another buffer of the same size. */
export const randAugment = (image: Uint8Array, scratch: Uint8Array, shape: Shape, options: RandAugment, random: Random): void => {
  for (const { name, positive } of drawOperations(random, options)) {
    if (name === 'identity') continue
    operation(name, options, positive)(image, scratch, shape)
    image.set(scratch.subarray(0, shape.height * shape.width * CHANNELS))
  }
}
