/** A tensor of a checkpoint, as its file describes it. */
export interface StoredTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: string
}
