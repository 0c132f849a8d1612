// expect 4:91 slice example batch
import { slice, type Tensor } from '../../../compiler/language/index.ts'

export const anchors = (logits: Tensor<'batch' | 'candidate'>) => slice('example', 0, 16, logits)
// says AX001 4:91-4:97 slice over 'example': logits has 'batch' 'candidate'
// see 4:25 logits is a parameter with 'batch' 'candidate' here
