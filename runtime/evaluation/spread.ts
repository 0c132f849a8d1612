/** Mean, standard deviation of a sample (nothing from one value), and of how many. */
export interface Spread {
  readonly mean: number
  readonly deviation: number | undefined
  readonly count: number
}

/** Of one value or more; nothing of none. */
export const spreadOf = (values: readonly number[]): Spread | undefined => {
  if (values.length === 0) return undefined
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, deviation: values.length < 2 ? undefined : Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)), count: values.length }
}
