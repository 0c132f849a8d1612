// expect 5:36 stack batch slot
import { stack, type Tensor } from '../../../compiler/language/index.ts'

export const cases = (own: Tensor<'batch' | 'embed'>, queue: Tensor<'slot' | 'embed'>) => {
  const both = stack('case', [own, queue])
  return both
}
// says AX002 5:36-5:41 stack wants the same axes: own has 'batch' 'embed', queue has 'embed' 'slot'; rename 'slot' to 'batch'
// see 4:55 queue is a parameter with 'embed' 'slot' here
// see 4:23 own is a parameter with 'batch' 'embed' here
