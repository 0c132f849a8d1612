// expect 4:133 position caption image
import { outer, position, type Tensor } from '../../../compiler/language/index.ts'

export const diagonal = (similarity: Tensor<'image' | 'text'>) => outer('equal', position('image', similarity), position('caption', similarity))
// says AX001 4:133-4:143 position over 'caption': similarity has 'image' 'text'
// see 4:26 similarity is a parameter with 'image' 'text' here
