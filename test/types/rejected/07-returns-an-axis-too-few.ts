// expect 7:3 token key
import { softmax, sum, mul, type Tensor } from '../../../compiler/language/index.ts'

/** Promises the weights for each position, but sums the positions away. */
export const attend = (scores: Tensor<'token' | 'key'>, values: Tensor<'key'>): Tensor<'token' | 'key'> => {
  const weights = softmax('key', scores)
  return sum('key', mul(weights, values))
}
// says AX041 7:10-7:42 attend returns 'token', but promises 'token' 'key'
// see 7:10 'key' goes here: sum makes 'token' of 'token' 'key'
// see 5:81 'token' 'key' is declared here
