// expect 8:34 hidden embed batch
import { dot, vmap, type Tensor } from '../../../compiler/language/index.ts'

const project = (tokens: Tensor<'token' | 'hidden'>, weight: Tensor<'hidden' | 'embed'>) => dot('hidden', tokens, weight)

/** The weight has no 'batch' axis; it should be captured. */
export const features = (tokens: Tensor<'batch' | 'token' | 'hidden'>, weight: Tensor<'hidden' | 'embed'>) =>
  vmap('batch', project)(tokens, weight)
// says AX001 8:34-8:40 vmap over 'batch': weight has 'hidden' 'embed'; every argument carries the axis, and what is the same for all is captured, not passed
// see 7:72 weight is a parameter with 'hidden' 'embed' here
