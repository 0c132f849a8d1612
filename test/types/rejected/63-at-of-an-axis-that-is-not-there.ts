// expect 5:75 at token hidden
import { at, mean, type Tensor } from '../../../compiler/language/index.ts'

/** The class token of tokens that were already averaged. */
export const cls = (tokens: Tensor<'token' | 'hidden'>) => at('token', 0, mean('token', tokens))
// says AX001 5:75-5:96 at over 'token': mean('token', tokens) has 'hidden'
// see 5:75 'token' goes here: mean makes 'hidden' of 'token' 'hidden'
