// expect 4:123 categorical text candidate
import { categorical, fold, type Key, type Tensor } from '../../../compiler/language/index.ts'

export const negatives = (key: Key, similarity: Tensor<'batch' | 'candidate'>) => categorical(fold(key, 'image'), 'text', similarity)
