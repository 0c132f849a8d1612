// expect 5:106 mul key head token
import { mul, type Tensor } from '../../../compiler/language/index.ts'

/** The mask of a caption lies along 'token'; scores have 'key'. */
export const maskedWeights = (weights: Tensor<'head' | 'key'>, present: Tensor<'token'>) => mul(weights, present)
