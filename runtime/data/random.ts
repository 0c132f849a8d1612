/**
 * Counter-based random numbers for data: the numbers of an example are a function of (seed, step, row), so they do not
 * depend on which worker makes the example nor on what was drawn before.
 *
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011): Threefry-2x32 with 20 rounds.
 */

/** Two 32-bit words that choose one stream of random numbers. */
export type Key = readonly [number, number]

/** Draws the next number of a stream, in [0, 1). */
export type Random = () => number

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const
const PARITY = 0x1bd11bda

/** One block of Threefry-2x32-20: the counter (a, b) encrypted with `key`. */
export const threefry = (key: Key, a: number, b: number): Key => {
  const schedule = [key[0], key[1], (key[0] ^ key[1] ^ PARITY) >>> 0] as const
  let x = (a + schedule[0]) | 0
  let y = (b + schedule[1]) | 0
  for (let round = 0; round < 20; round++) {
    const turn = ROTATIONS[round % 8] ?? 0
    x = (x + y) | 0
    y = ((y << turn) | (y >>> (32 - turn))) ^ x
    if (round % 4 === 3) {
      const injection = (round + 1) / 4
      x = (x + (schedule[injection % 3] ?? 0)) | 0
      y = (y + (schedule[(injection + 1) % 3] ?? 0) + injection) | 0
    }
  }
  return [x >>> 0, y >>> 0]
}

/** The key of a run. `seed` is a whole number from 0 to 2^53. */
export const keyOf = (seed: number): Key => [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0]

/** A key derived from `key` for the part of the work numbered (a, b). */
export const fold = (key: Key, a: number, b = 0): Key => threefry(key, a >>> 0, b >>> 0)

/** The stream of numbers of a key, from its beginning. */
export const draws = (key: Key): Random => {
  let count = 0
  return () => threefry(key, count++, 0)[0] / 2 ** 32
}

/** A whole number from 0 to `count` - 1. */
export const below = (random: Random, count: number): number => Math.floor(random() * count)

/** The numbers 0 to `count` - 1 in a random order (Fisher–Yates). */
export const permutation = (key: Key, count: number): Int32Array => {
  const random = draws(key)
  const order = Int32Array.from({ length: count }, (_, index) => index)
  for (let last = count - 1; last > 0; last--) {
    const other = below(random, last + 1)
    const kept = order[last] ?? 0
    order[last] = order[other] ?? 0
    order[other] = kept
  }
  return order
}
