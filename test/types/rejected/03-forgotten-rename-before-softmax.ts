// expect 9:25 softmax key token head
import { dot, mul, softmax, type Tensor } from '../../../compiler/language/index.ts'

type Heads = Tensor<'token' | 'head' | 'feature'>

/** Keys keep the name 'token', so it is aligned with the queries' own and no 'key' axis comes out. */
export const weights = (q: Heads, k: Heads) => {
  const scores = mul(dot('feature', q, k), 64 ** -0.5)
  return softmax('key', scores)
}
// says AX001 9:25-9:31 softmax over 'key': scores has 'token' 'head'
// see 8:22 dot gives 'token' 'head' here
// see 7:25 q is a parameter with 'token' 'head' 'feature' here
// see 7:35 k is a parameter with 'token' 'head' 'feature' here
