/**
 * Bicubic resizing with antialiasing of 8-bit RGB pictures, bit for bit as Pillow's `Image.resize(..., BICUBIC)`:
 * Keys' kernel with a = -0.5, stretched when shrinking, rows before columns, 22-bit fixed-point weights, rounding to
 * 8 bits between the two passes. Source: Pillow, src/libImaging/Resample.c.
 */

const CHANNELS = 3
const PRECISION = 22
const HALF = 1 << (PRECISION - 1)
const SUPPORT = 2

/** For every output position: where its input samples start, how many there are, and their weights (`taps` a position). */
interface Weights {
  readonly taps: number
  readonly first: Int32Array
  readonly count: Int32Array
  readonly weight: Int32Array
}

const keys = (x: number): number => {
  const distance = Math.abs(x)
  if (distance < 1) return (1.5 * distance - 2.5) * distance * distance + 1
  if (distance < 2) return ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
  return 0
}

const weightsFor = (from: number, to: number): Weights => {
  const scale = from / to
  const stretch = Math.max(scale, 1)
  const support = SUPPORT * stretch
  const taps = Math.ceil(support) * 2 + 1
  const first = new Int32Array(to)
  const count = new Int32Array(to)
  const weight = new Int32Array(to * taps)
  for (let position = 0; position < to; position++) {
    const center = (position + 0.5) * scale
    const start = Math.max(0, Math.trunc(center - support + 0.5))
    const end = Math.min(from, Math.trunc(center + support + 0.5))
    const samples = Array.from({ length: end - start }, (_, tap) => keys((tap + start - center + 0.5) / stretch))
    const total = samples.reduce((sum, value) => sum + value, 0)
    first[position] = start
    count[position] = end - start
    samples.forEach((value, tap) => {
      const scaled = (value / total) * (1 << PRECISION)
      weight[position * taps + tap] = Math.trunc(scaled + (scaled < 0 ? -0.5 : 0.5))
    })
  }
  return { taps, first, count, weight }
}

const MOST_CACHED = 2048
const cache = new Map<string, Weights>()

const cachedWeights = (from: number, to: number): Weights => {
  const name = `${from} ${to}`
  const known = cache.get(name)
  if (known !== undefined) return known
  if (cache.size >= MOST_CACHED) cache.clear()
  const made = weightsFor(from, to)
  cache.set(name, made)
  return made
}

/** A rectangle of pixels inside a picture. */
export interface Box {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/** A row-major picture of `height` x `width` RGB pixels that starts at byte `offset` of `data`. */
export interface Picture {
  readonly data: Uint8Array
  readonly offset: number
  readonly height: number
  readonly width: number
}

const clampByte = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value)

const resizeRows = (source: Picture, box: Box, width: number, target: Uint8Array): void => {
  const { taps, first, count, weight } = cachedWeights(box.width, width)
  const stride = source.width * CHANNELS
  for (let row = 0; row < box.height; row++) {
    const start = source.offset + (box.top + row) * stride + box.left * CHANNELS
    for (let column = 0; column < width; column++) {
      let from = start + (first[column] ?? 0) * CHANNELS
      const tap = column * taps
      const end = tap + (count[column] ?? 0)
      let red = HALF
      let green = HALF
      let blue = HALF
      for (let at = tap; at < end; at++, from += CHANNELS) {
        const w = weight[at] ?? 0
        red += Math.imul(w, source.data[from] ?? 0)
        green += Math.imul(w, source.data[from + 1] ?? 0)
        blue += Math.imul(w, source.data[from + 2] ?? 0)
      }
      const to = (row * width + column) * CHANNELS
      target[to] = clampByte(red >> PRECISION)
      target[to + 1] = clampByte(green >> PRECISION)
      target[to + 2] = clampByte(blue >> PRECISION)
    }
  }
}

const resizeColumns = (source: Uint8Array, from: number, height: number, width: number, target: Uint8Array, offset: number): void => {
  const { taps, first, count, weight } = cachedWeights(from, height)
  const stride = width * CHANNELS
  for (let row = 0; row < height; row++) {
    const start = (first[row] ?? 0) * stride
    const tap = row * taps
    const end = tap + (count[row] ?? 0)
    for (let at = 0; at < stride; at++) {
      let sum = HALF
      let read = start + at
      for (let k = tap; k < end; k++, read += stride) sum += Math.imul(weight[k] ?? 0, source[read] ?? 0)
      target[offset + row * stride + at] = clampByte(sum >> PRECISION)
    }
  }
}

const copyBox = (source: Picture, box: Box, target: Uint8Array, offset: number): void => {
  for (let row = 0; row < box.height; row++) {
    const start = source.offset + ((box.top + row) * source.width + box.left) * CHANNELS
    target.set(source.data.subarray(start, start + box.width * CHANNELS), offset + row * box.width * CHANNELS)
  }
}

/** Bytes of scratch memory that `resize` needs for boxes of up to `height` rows and results `width` wide. */
export const scratchSize = (height: number, width: number): number => height * width * CHANNELS

/**
 * Writes the part `box` of `source`, resized to `height` x `width`, into `target` from byte `offset` on.
 * `scratch` holds at least `scratchSize(box.height, width)` bytes; hot loops pass their own.
 */
export const resize = (
  source: Picture,
  box: Box,
  target: Picture,
  scratch: Uint8Array = new Uint8Array(scratchSize(box.height, target.width)),
): void => {
  if (box.height === target.height && box.width === target.width) return copyBox(source, box, target.data, target.offset)
  resizeRows(source, box, target.width, scratch)
  resizeColumns(scratch, box.height, target.height, target.width, target.data, target.offset)
}
