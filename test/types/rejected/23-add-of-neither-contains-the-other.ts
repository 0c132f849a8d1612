// expect 6:27 add token hidden
import { add, type Tensor } from '../../../compiler/language/index.ts'

/** A bias for each position and one for each unit, added to each other before the sequence. */
export const biased = (x: Tensor<'token' | 'hidden'>, place: Tensor<'token'>, unit: Tensor<'hidden'>) => {
  const bias = add(place, unit)
  return add(x, bias)
}
// says AX002 6:27-6:31 add: only place has 'token', only unit has 'hidden'; rename one, or say outer('add', …)
// see 5:55 place is a parameter with 'token' here
// see 5:79 unit is a parameter with 'hidden' here
