/** A small source of random numbers whose seed a test prints: `AXLE_SEED=7` repeats a run. */
export const generator = (): { readonly seed: number; readonly next: (below: number) => number; readonly shuffled: <T>(list: readonly T[]) => readonly T[] } => {
  const seed = Number(process.env['AXLE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  let state = seed
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const shuffled = <T>(list: readonly T[]): readonly T[] => list.map(each => ({ each, at: next(2 ** 31) })).sort((a, b) => a.at - b.at).map(({ each }) => each)
  return { seed, next, shuffled }
}
