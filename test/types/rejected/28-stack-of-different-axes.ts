// expect 5:36 stack batch slot
import { stack, type Tensor } from '../../../compiler/language/index.ts'

export const cases = (own: Tensor<'batch' | 'embed'>, queue: Tensor<'slot' | 'embed'>) => {
  const both = stack('case', [own, queue])
  return both
}
