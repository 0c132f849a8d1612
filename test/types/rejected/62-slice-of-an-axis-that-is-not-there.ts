// expect 4:91 slice example batch
import { slice, type Tensor } from '../../../compiler/language/index.ts'

export const anchors = (logits: Tensor<'batch' | 'candidate'>) => slice('example', 0, 16, logits)
