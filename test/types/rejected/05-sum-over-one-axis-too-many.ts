// expect 6:33 sum head token
import { mul, sum, type Tensor } from '../../../compiler/language/index.ts'

export const pooled = (tokens: Tensor<'token' | 'hidden'>, present: Tensor<'token'>) => {
  const kept = mul(tokens, present)
  return sum(['token', 'head'], kept)
}
// says AX001 6:33-6:37 sum over 'head': kept has 'token' 'hidden'
// see 4:24 tokens is a parameter with 'token' 'hidden' here
