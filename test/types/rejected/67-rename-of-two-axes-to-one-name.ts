// expect 4:93 rename key
import { rename, type Tensor } from '../../../compiler/language/index.ts'

export const pairs = (similarity: Tensor<'image' | 'text' | 'batch'>) => rename(similarity, { image: 'key', text: 'key' })
