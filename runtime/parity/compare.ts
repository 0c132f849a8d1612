import type { HostArray } from '../backends/backend.ts'

/** How far one tensor is from what was recorded, as a share of what is allowed: 1 and below is equal. */
export interface Comparison {
  readonly name: string
  readonly ratio: number
  readonly difference: number
  readonly allowed: number
}

/** The largest magnitude; 0 of nothing, and not a number where anything is not. */
export const largest = (data: ArrayLike<number>): number => {
  let most = 0
  for (let i = 0; i < data.length; i++) most = Math.max(most, Math.abs(data[i] ?? Number.NaN))
  return most
}

/** The largest difference of two arrays of one length. */
export const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => largest(Array.from(a, (x, i) => x - (b[i] ?? Number.NaN)))

/** Square root of the sum of squares. */
export const norm = (data: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += (data[i] ?? Number.NaN) ** 2
  return Math.sqrt(sum)
}

/** Allowed difference of a tensor: ten times its rounding noise, or 2e-6 of its largest magnitude, whichever is more. */
export const tolerance = (recorded: ArrayLike<number>, noise: number | undefined): number => Math.max(10 * (noise ?? 0), 2e-6 * largest(recorded))

const ratioOf = (difference: number, limit: number): number => {
  const ratio = difference === 0 ? 0 : difference / limit
  return Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio
}

/**
 * Compares element by element. `extra` allows more at single elements: after an optimiser step, where a gradient is lost in its noise.
 * Anything that is not a number is out.
 */
export const compare = (name: string, found: HostArray | undefined, recorded: HostArray, allowed: number, extra: (i: number) => number = () => 0): Comparison => {
  if (found?.length !== recorded.length) return { name: `${name} (${found === undefined ? 'there is none here' : `${found.length} elements here`}, ${recorded.length} recorded)`, ratio: Number.POSITIVE_INFINITY, difference: Number.NaN, allowed }
  let worst: Comparison = { name, ratio: 0, difference: 0, allowed }
  for (let i = 0; i < recorded.length; i++) {
    const difference = Math.abs((found[i] ?? Number.NaN) - (recorded[i] ?? Number.NaN))
    const limit = allowed + extra(i)
    const ratio = ratioOf(difference, limit)
    if (ratio > worst.ratio) worst = { name, ratio, difference, allowed: limit }
  }
  return worst
}

/** Compares two numbers. */
export const compareNumbers = (name: string, found: number, recorded: number, allowed: number): Comparison => {
  const difference = Math.abs(found - recorded)
  return { name, ratio: ratioOf(difference, allowed), difference, allowed }
}

/** What became of one kind of recorded tensors. */
export interface Group {
  readonly group: string
  readonly compared: number
  /** Those beyond their tolerance, the worst first. */
  readonly out: readonly Comparison[]
  readonly worst: Comparison | undefined
}

/** The worst of several, and those that are out. */
export const summary = (group: string, all: readonly Comparison[]): Group => {
  const sorted = [...all].sort((a, b) => b.ratio - a.ratio)
  return { group, compared: all.length, out: sorted.filter(({ ratio }) => !(ratio <= 1)), worst: sorted[0] }
}
