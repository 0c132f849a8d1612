// expect 6:32 dot hidden token inner
import { dot, type Tensor } from '../../../compiler/language/index.ts'

/** The word head projects to 'inner' first; its table still expects 'hidden'. */
export const scores = (x: Tensor<'token' | 'inner'>, table: Tensor<'word' | 'hidden'>) => {
  const logits = dot('hidden', x, table)
  return logits
}
