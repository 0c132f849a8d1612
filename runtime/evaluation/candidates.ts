/** One row of scores as they are compared: what is no number puts a wrong answer first and a right one last. */
const comparable = (scores: Float32Array, row: number, columns: number, right: ReadonlySet<number>): Float32Array =>
  scores.slice(row * columns, (row + 1) * columns).map((score, column) => (!Number.isNaN(score) ? score : right.has(column) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY))

/**
 * The `count` best columns of a row of scores, best first (all of them where there are fewer). Among equal scores the `relevant`
 * ones come last, so that a model that scores everything alike has no right candidate by luck: as `rankOf` counts.
 */
export const bestColumns = (scores: Float32Array, row: number, columns: number, count: number, relevant: readonly number[]): number[] => {
  const right = new Set(relevant)
  const keys = comparable(scores, row, columns, right)
  // Sorting numbers alone is quick; only the columns that reach the last place's score are compared in full.
  const least = keys.slice().sort()[Math.max(0, columns - count)] ?? Number.NEGATIVE_INFINITY
  const reaching: number[] = []
  keys.forEach((key, column) => {
    if (key >= least) reaching.push(column)
  })
  const order = (one: number, other: number): number => {
    const [a, b] = [keys[one] ?? 0, keys[other] ?? 0]
    if (a !== b) return b - a
    return Number(right.has(one)) - Number(right.has(other)) || one - other
  }
  return reaching.sort(order).slice(0, count)
}
