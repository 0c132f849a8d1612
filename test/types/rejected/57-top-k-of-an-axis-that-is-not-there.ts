// expect 4:94 topK candidate image text
import { topK, type Tensor } from '../../../compiler/language/index.ts'

export const best = (similarity: Tensor<'image' | 'text'>) => topK('candidate', { rank: 5 }, similarity).index
