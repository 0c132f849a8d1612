// expect 4:94 topK candidate image text
import { topK, type Tensor } from '../../../compiler/language/index.ts'

export const best = (similarity: Tensor<'image' | 'text'>) => topK('candidate', { rank: 5 }, similarity).index
// says AX001 4:94-4:104 topK over 'candidate': similarity has 'image' 'text'
// see 4:22 similarity is a parameter with 'image' 'text' here
