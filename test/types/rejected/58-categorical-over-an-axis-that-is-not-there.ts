// expect 4:123 categorical text candidate
import { categorical, fold, type Key, type Tensor } from '../../../compiler/language/index.ts'

export const negatives = (key: Key, similarity: Tensor<'batch' | 'candidate'>) => categorical(fold(key, 'image'), 'text', similarity)
// says AX001 4:123-4:133 categorical over 'text': similarity has 'batch' 'candidate'
// see 4:37 similarity is a parameter with 'batch' 'candidate' here
