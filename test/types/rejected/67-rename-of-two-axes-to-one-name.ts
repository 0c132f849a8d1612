// expect 4:93 rename key
import { rename, type Tensor } from '../../../compiler/language/index.ts'

export const pairs = (similarity: Tensor<'image' | 'text' | 'batch'>) => rename(similarity, { image: 'key', text: 'key' })
// says AX003 4:93-4:122 rename: two axes would be called 'key'
// see 4:23 similarity is a parameter with 'image' 'text' 'batch' here
