// expect 8:16 valueAndGrad batch
import { crossEntropy, dot, valueAndGrad, type Tensor } from '../../../compiler/language/index.ts'

interface Head { readonly weight: Tensor<'hidden' | 'answer'> }

/** One loss for each example: the mean is missing. */
export const step = (x: Tensor<'batch' | 'hidden'>, targets: Tensor<'batch' | 'answer'>) =>
  valueAndGrad((p: Head) => crossEntropy('answer', dot('hidden', x, p.weight), targets))
// says AX016 8:16-8:88 valueAndGrad: the loss still has 'batch', wanted a number; take the mean or the sum first
// see 8:29 the result of crossEntropy has 'batch'
