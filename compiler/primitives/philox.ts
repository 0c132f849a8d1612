/**
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 * A block of four numbers is a function of a key and a counter alone, so any block can be drawn by anyone, in any order.
 */
export type PhiloxKey = readonly [number, number]
export type PhiloxBlock = [number, number, number, number]

const ROUNDS = 10
const MULTIPLIER_0 = 0xd2511f53
const MULTIPLIER_1 = 0xcd9e8d57
const KEY_STEP_0 = 0x9e3779b9
const KEY_STEP_1 = 0xbb67ae85
const TWO_32 = 2 ** 32

/** The upper 32 bits of a 64-bit product, by halves that stay exact in a double. */
const multiplyHigh = (a: number, b: number): number => {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff]
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const carry = aLow * bHigh + (middle & 0xffff)
  return aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)
}

/** Four random words of 32 bits, each as a number of 0 to 2^32 - 1. Words of key and counter: least significant first. */
export const philox4x32 = (key: PhiloxKey, counter: readonly [number, number, number, number]): PhiloxBlock => {
  let [k0, k1] = key
  let [c0, c1, c2, c3] = counter
  for (let round = 0; round < ROUNDS; round++) {
    const [high0, low0] = [multiplyHigh(MULTIPLIER_0, c0), Math.imul(MULTIPLIER_0, c0)]
    const [high1, low1] = [multiplyHigh(MULTIPLIER_1, c2), Math.imul(MULTIPLIER_1, c2)]
    ;[c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1 >>> 0, (high0 ^ c3 ^ k1) >>> 0, low0 >>> 0]
    k0 = (k0 + KEY_STEP_0) >>> 0
    k1 = (k1 + KEY_STEP_1) >>> 0
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0]
}

/** The low 23 bits of a word as a number in [0, 1), exact in f32. */
export const uniformOf = (word: number): number => (word & 0x7fffff) / 0x800000

/**
 * `count` uniform numbers in [0, 1): element i is word i mod 4 of the block whose counter is `startBlock` + floor(i / 4).
 * What TensorFlow's StatelessRandomUniformV2 gives for the Philox algorithm, this key and the counter [startBlock, 0].
 */
export const uniformRow = (key: PhiloxKey, startBlock: number, count: number): Float32Array => {
  const row = new Float32Array(count)
  for (let at = 0; at < count; at += 4) {
    const block = startBlock + at / 4
    const words = philox4x32(key, [block >>> 0, Math.floor(block / TWO_32) >>> 0, 0, 0])
    words.slice(0, count - at).forEach((word, lane) => {
      row[at + lane] = uniformOf(word)
    })
  }
  return row
}
