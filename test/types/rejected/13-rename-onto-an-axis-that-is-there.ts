// expect 6:36 rename candidate
import { rename, type Tensor } from '../../../compiler/language/index.ts'

/** Of similarities, whose candidates already have a name. */
export const transposed = (similarity: Tensor<'batch' | 'candidate'>) => {
  const names = rename(similarity, { batch: 'candidate' })
  return names
}
// says AX003 6:38-6:56 rename: similarity already has the axis 'candidate'; a new axis needs a name of its own
// see 5:28 similarity is a parameter with 'batch' 'candidate' here
