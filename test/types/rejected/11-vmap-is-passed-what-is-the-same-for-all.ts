// expect 8:34 hidden embed batch
import { dot, vmap, type Tensor } from '../../../compiler/language/index.ts'

const project = (tokens: Tensor<'token' | 'hidden'>, weight: Tensor<'hidden' | 'embed'>) => dot('hidden', tokens, weight)

/** The weight has no 'batch' axis; it should be captured. */
export const features = (tokens: Tensor<'batch' | 'token' | 'hidden'>, weight: Tensor<'hidden' | 'embed'>) =>
  vmap('batch', project)(tokens, weight)
