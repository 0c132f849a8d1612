// expect 6:36 rename candidate
import { rename, type Tensor } from '../../../compiler/language/index.ts'

/** Of similarities, whose candidates already have a name. */
export const transposed = (similarity: Tensor<'batch' | 'candidate'>) => {
  const names = rename(similarity, { batch: 'candidate' })
  return names
}
