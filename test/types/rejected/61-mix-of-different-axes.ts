// expect 5:19 mix candidate slot
import { mix, softmax, type Tensor } from '../../../compiler/language/index.ts'

export const targets = (alpha: Tensor, own: Tensor<'batch' | 'candidate'>, teacher: Tensor<'batch' | 'slot'>) =>
  mix(alpha, own, softmax('slot', teacher))
