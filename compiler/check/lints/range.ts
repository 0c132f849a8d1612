/** The numbers that a value's elements can be, as far as the structure of a program tells. Bounds are those of f32, rounded outwards. */
export interface Range {
  readonly low: number
  readonly high: number
  /** Whole numbers only. */
  readonly whole: boolean
}

/** Smaller numbers count as zero: processors flush them. */
const least = 2 ** -126

const buffer = new DataView(new ArrayBuffer(4))

/** The next f32 below (−1) or above (1). */
const neighbour = (x: number, direction: -1 | 1): number => {
  if (!Number.isFinite(x)) return x
  if (x === 0) return direction * least
  buffer.setFloat32(0, x)
  buffer.setInt32(0, buffer.getInt32(0) + (x > 0 === direction > 0 ? 1 : -1))
  return buffer.getFloat32(0)
}

/** The f32 at or below, or at or above; bounds that small numbers leave are zero. */
const down = (x: number): number => {
  const near = Math.fround(x)
  const low = near <= x ? near : neighbour(near, -1)
  return low > 0 && low < least ? 0 : low
}
const up = (x: number): number => {
  const near = Math.fround(x)
  const high = near >= x ? near : neighbour(near, 1)
  return high < 0 && high > -least ? 0 : high
}

export const range = (low: number, high: number, whole = false): Range => ({ low: Number.isNaN(low) ? Number.NEGATIVE_INFINITY : down(low), high: Number.isNaN(high) ? Number.POSITIVE_INFINITY : up(high), whole })
export const exactly = (value: number): Range => range(value, value, Number.isInteger(value))
export const anything: Range = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, whole: false }
export const truth: Range = { low: 0, high: 1, whole: true }

export const join = (a: Range, b: Range): Range => ({ low: Math.min(a.low, b.low), high: Math.max(a.high, b.high), whole: a.whole && b.whole })
export const equalRanges = (a: Range, b: Range): boolean => a.low === b.low && a.high === b.high && a.whole === b.whole

/** A bound of a product: nothing times something unbounded is nothing. */
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b)

const hull = (values: readonly number[], whole: boolean): Range => range(Math.min(...values), Math.max(...values), whole)

export const negated = (a: Range): Range => ({ low: -a.high, high: -a.low, whole: a.whole })
export const sumOf = (a: Range, b: Range): Range => range(a.low + b.low, a.high + b.high, a.whole && b.whole)
export const productOf = (a: Range, b: Range): Range => hull([times(a.low, b.low), times(a.low, b.high), times(a.high, b.low), times(a.high, b.high)], a.whole && b.whole)
export const squareOf = (a: Range): Range => {
  const ends = [times(a.low, a.low), times(a.high, a.high)]
  return range(a.low <= 0 && a.high >= 0 ? 0 : Math.min(...ends), Math.max(...ends), a.whole)
}
/** Never zero. */
export const awayFromZero = (a: Range): boolean => a.low > 0 || a.high < 0
export const quotientOf = (a: Range, b: Range): Range => {
  const inverse = awayFromZero(b) ? range(1 / b.high, 1 / b.low) : b.low >= 0 ? range(1 / b.high, Number.POSITIVE_INFINITY) : anything
  return { ...productOf(a, inverse), whole: false }
}
export const larger = (a: Range, b: Range): Range => ({ low: Math.max(a.low, b.low), high: Math.max(a.high, b.high), whole: a.whole && b.whole })
/** A function that never falls. */
export const rising = (f: (x: number) => number, a: Range, whole = false): Range => range(f(a.low), f(a.high), whole)
/** `count` numbers of a range, added. */
export const repeated = (a: Range, count: number): Range => range(times(a.low, count), times(a.high, count), a.whole)
/** At most `count` numbers of a range, added to zero. */
export const upTo = (a: Range, count: number): Range => join(exactly(0), repeated(a, count))

const text = (bound: number): string => (Number.isFinite(bound) ? String(Number(bound.toPrecision(3))) : bound < 0 ? '−∞' : '∞')
export const rangeText = ({ low, high }: Range): string => (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY ? 'anything' : `anything from ${text(low)} to ${text(high)}`)
