// expect 7:23 valueAndGradWithAux batch answer
import { dot, meanAll, mul, valueAndGradWithAux, type Tensor } from '../../../compiler/language/index.ts'

interface Head { readonly weight: Tensor<'hidden' | 'answer'> }

export const step = (x: Tensor<'batch' | 'hidden'>) =>
  valueAndGradWithAux((p: Head) => {
    const scores = dot('hidden', x, p.weight)
    return [mul(scores, scores), { average: meanAll(scores) }]
  })
