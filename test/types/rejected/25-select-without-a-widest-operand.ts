// expect 5:10 select batch slot candidate
import { select, type Tensor } from '../../../compiler/language/index.ts'

export const withoutOwn = (own: Tensor<'batch', 'bool'>, similarity: Tensor<'batch' | 'candidate'>, fallback: Tensor<'slot'>) =>
  select(own, fallback, similarity)
// says AX002 5:10-5:13 select: no operand has all of 'batch' 'candidate' 'slot': own has 'batch', fallback has 'slot', similarity has 'batch' 'candidate'
// see 4:28 own is a parameter with 'batch' here
// see 4:101 fallback is a parameter with 'slot' here
// see 4:58 similarity is a parameter with 'batch' 'candidate' here
