// expect 4:133 position caption image
import { outer, position, type Tensor } from '../../../compiler/language/index.ts'

export const diagonal = (similarity: Tensor<'image' | 'text'>) => outer('equal', position('image', similarity), position('caption', similarity))
