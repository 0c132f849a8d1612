// expect 7:3 token key
import { softmax, sum, mul, type Tensor } from '../../../compiler/language/index.ts'

/** Promises the weights for each position, but sums the positions away. */
export const attend = (scores: Tensor<'token' | 'key'>, values: Tensor<'key'>): Tensor<'token' | 'key'> => {
  const weights = softmax('key', scores)
  return sum('key', mul(weights, values))
}
