// expect 7:36 concat candidate slot
import { concat, rename, type Tensor } from '../../../compiler/language/index.ts'

/** The queue's rows keep their own name: a rename to 'candidate' is missing. */
export const bank = (features: Tensor<'batch' | 'embed'>, queue: Tensor<'slot' | 'embed'>) => {
  const own = rename(features, { batch: 'candidate' })
  return concat('candidate', [own, queue])
}
