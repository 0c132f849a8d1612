// expect 6:27 add token hidden
import { add, type Tensor } from '../../../compiler/language/index.ts'

/** A bias for each position and one for each unit, added to each other before the sequence. */
export const biased = (x: Tensor<'token' | 'hidden'>, place: Tensor<'token'>, unit: Tensor<'hidden'>) => {
  const bias = add(place, unit)
  return add(x, bias)
}
