// expect 6:3 key head token
import { dot, mul, type Tensor } from '../../../compiler/language/index.ts'

/** Promises a score for each key, but the keys were not renamed; the number beside them must not bring the axis that is wanted. */
export const scores = (q: Tensor<'head' | 'token' | 'feature'>, k: Tensor<'head' | 'token' | 'feature'>): Tensor<'head' | 'token' | 'key'> =>
  mul(dot('feature', q, k), 0.125)
// says AX041 6:3-6:35 scores returns 'head' 'token', but promises 'head' 'token' 'key'
// see 6:7 dot gives 'head' 'token' here
// see 5:24 q is a parameter with 'head' 'token' 'feature' here
// see 5:65 k is a parameter with 'head' 'token' 'feature' here
// see 5:107 'head' 'token' 'key' is declared here
