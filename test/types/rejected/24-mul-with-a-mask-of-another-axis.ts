// expect 5:106 mul key head token
import { mul, type Tensor } from '../../../compiler/language/index.ts'

/** The mask of a caption lies along 'token'; scores have 'key'. */
export const maskedWeights = (weights: Tensor<'head' | 'key'>, present: Tensor<'token'>) => mul(weights, present)
// says AX002 5:106-5:113 mul: only weights has 'head' 'key', only present has 'token'; rename one, or say outer('mul', …)
// see 5:31 weights is a parameter with 'head' 'key' here
// see 5:64 present is a parameter with 'token' here
