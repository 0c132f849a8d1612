// expect 7:23 valueAndGradWithAux batch answer
import { dot, meanAll, mul, valueAndGradWithAux, type Tensor } from '../../../compiler/language/index.ts'

interface Head { readonly weight: Tensor<'hidden' | 'answer'> }

export const step = (x: Tensor<'batch' | 'hidden'>) =>
  valueAndGradWithAux((p: Head) => {
    const scores = dot('hidden', x, p.weight)
    return [mul(scores, scores), { average: meanAll(scores) }]
  })
// says AX016 7:23-10:4 valueAndGradWithAux: the loss still has 'answer' 'batch', wanted a number; take the mean or the sum first
// see 9:13 mul(scores, scores) has 'answer' 'batch'
