// expect 5:19 mix candidate slot
import { mix, softmax, type Tensor } from '../../../compiler/language/index.ts'

export const targets = (alpha: Tensor, own: Tensor<'batch' | 'candidate'>, teacher: Tensor<'batch' | 'slot'>) =>
  mix(alpha, own, softmax('slot', teacher))
// says AX002 5:19-5:43 mix wants the same axes: own has 'batch' 'candidate', softmax('slot', teacher) has 'batch' 'slot'; rename 'slot' to 'candidate'
// see 4:76 teacher is a parameter with 'batch' 'slot' here
// see 5:35 'slot' comes in here
// see 4:40 own is a parameter with 'batch' 'candidate' here
