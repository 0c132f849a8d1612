// expect 6:33 sum head token
import { mul, sum, type Tensor } from '../../../compiler/language/index.ts'

export const pooled = (tokens: Tensor<'token' | 'hidden'>, present: Tensor<'token'>) => {
  const kept = mul(tokens, present)
  return sum(['token', 'head'], kept)
}
