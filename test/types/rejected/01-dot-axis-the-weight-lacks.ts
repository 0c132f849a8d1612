// expect 6:32 dot hidden token inner
import { dot, type Tensor } from '../../../compiler/language/index.ts'

/** The word head projects to 'inner' first; its table still expects 'hidden'. */
export const scores = (x: Tensor<'token' | 'inner'>, table: Tensor<'word' | 'hidden'>) => {
  const logits = dot('hidden', x, table)
  return logits
}
// says AX001 6:32-6:33 dot over 'hidden': x has 'token' 'inner', table has 'word' 'hidden'
// see 5:24 x is a parameter with 'token' 'inner' here
// see 5:54 table is a parameter with 'word' 'hidden' here
