// expect 7:36 concat candidate slot
import { concat, rename, type Tensor } from '../../../compiler/language/index.ts'

/** The queue's rows keep their own name: a rename to 'candidate' is missing. */
export const bank = (features: Tensor<'batch' | 'embed'>, queue: Tensor<'slot' | 'embed'>) => {
  const own = rename(features, { batch: 'candidate' })
  return concat('candidate', [own, queue])
}
// says AX002 7:36-7:41 concat wants the same axes: own has 'embed' 'candidate', queue has 'embed' 'slot'; rename 'slot' to 'candidate'
// see 5:59 queue is a parameter with 'embed' 'slot' here
// see 6:15 rename gives 'embed' 'candidate' here
