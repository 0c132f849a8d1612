import type { HostArray } from '../backends/backend.ts'

/** How far one tensor is from what was recorded, as a share of what is allowed: 1 and below is equal. */
export interface Comparison {
  readonly name: string
  readonly ratio: number
  readonly difference: number
  readonly allowed: number
}

export const largest = (data: ArrayLike<number>): number => {
  let most = 0
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(data[i] ?? Number.NaN)
    if (!(size <= most)) most = size
  }
  return most
}

/** Allowed difference of a tensor: ten times the recorded noise, or 2e-6 of its largest magnitude, whichever is more. */
export const tolerance = (recorded: ArrayLike<number>, noise: number | undefined): number => Math.max(10 * (noise ?? 0), 2e-6 * largest(recorded))

/**
 * Compares element by element. `extra` allows more at single elements: after an optimiser step, where a gradient is lost in its noise.
 * Anything that is not a number is out.
 */
export const compare = (name: string, found: HostArray, recorded: HostArray, allowed: number, extra: (i: number) => number = () => 0): Comparison => {
  if (found.length !== recorded.length) return { name: `${name} (${found.length} elements, recorded ${recorded.length})`, ratio: Number.POSITIVE_INFINITY, difference: Number.NaN, allowed }
  let worst: Comparison = { name, ratio: 0, difference: 0, allowed }
  for (let i = 0; i < recorded.length; i++) {
    const difference = Math.abs((found[i] ?? Number.NaN) - (recorded[i] ?? Number.NaN))
    const limit = allowed + extra(i)
    const ratio = difference === 0 ? 0 : Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference / limit
    if (ratio > worst.ratio) worst = { name, ratio, difference, allowed: limit }
  }
  return worst
}

/** The worst of several, and how many are out. */
export const summary = (group: string, all: readonly Comparison[]): { readonly group: string; readonly compared: number; readonly out: number; readonly worst: Comparison | undefined } => {
  const sorted = [...all].sort((a, b) => b.ratio - a.ratio)
  return { group, compared: all.length, out: all.filter(({ ratio }) => !(ratio <= 1)).length, worst: sorted[0] }
}
