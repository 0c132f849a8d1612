// expect 4:86 topK best worst
import { topK, type Tensor } from '../../../compiler/language/index.ts'

export const best = (similarity: Tensor<'batch' | 'candidate'>) => topK('candidate', { best: 5, worst: 5 }, similarity)
// says AX042 4:86-4:107 topK makes one axis: 'best' 'worst' are 2
