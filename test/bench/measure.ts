import { readFileSync } from 'node:fs'

export const seconds = <R>(body: () => R): readonly [R, number] => {
  const start = performance.now()
  const result = body()
  return [result, (performance.now() - start) / 1000]
}

/** The most memory that the process ever had resident: VmHWM on Linux, the system's own account elsewhere. */
export const peakResidentBytes = (): number => {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return process.resourceUsage().maxRSS * 1024
  }
}

/** Four digits after the point, for figures in seconds and ratios. */
export const rounded = (value: number): number => Number(value.toFixed(4))

/** The middle of some values, or the mean of the two in the middle. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? Number.NaN, sorted[sorted.length >> 1] ?? Number.NaN]
  return (low + high) / 2
}
