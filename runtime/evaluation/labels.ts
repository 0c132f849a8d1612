/** How a choice between labels is marked. */
export interface LabelResult {
  readonly accuracy: number
  /** How many examples with label i were given label j, [i, j]. */
  readonly confusion: readonly (readonly number[])[]
}

/** The label of highest score of each row, the first of several; scores that are no number never win. */
export const bestLabels = (scores: ArrayLike<number>, labels: number): Int32Array => {
  const best = new Int32Array(scores.length / labels)
  for (let row = 0; row < best.length; row++) {
    let most = Number.NEGATIVE_INFINITY
    for (let label = 0; label < labels; label++) {
      const score = scores[row * labels + label] ?? Number.NaN
      if (score > most) {
        most = score
        best[row] = label
      }
    }
  }
  return best
}

/** Accuracy and confusion of chosen labels. */
export const labelAccuracy = (chosen: ArrayLike<number>, right: ArrayLike<number>, labels: number): LabelResult => {
  const confusion = Array.from({ length: labels }, () => Array.from({ length: labels }, () => 0))
  let hits = 0
  for (let index = 0; index < right.length; index++) {
    const [is, said] = [right[index] ?? 0, chosen[index] ?? 0]
    const row = confusion[is]
    if (row !== undefined) row[said] = (row[said] ?? 0) + 1
    if (is === said) hits++
  }
  return { accuracy: hits / Math.max(1, right.length), confusion }
}
