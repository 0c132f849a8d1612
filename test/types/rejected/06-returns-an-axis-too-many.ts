// expect 8:3 token embed
import { l2Normalize, type Tensor } from '../../../compiler/language/index.ts'
import { linear, type Linear } from '../../../models/layers/linear.ts'

/** Promises one feature, returns one for each token: the class token was not picked. */
export const project = (p: Linear<'hidden', 'embed'>, tokens: Tensor<'token' | 'hidden'>): Tensor<'embed'> => {
  const features = linear(p, tokens)
  return l2Normalize('embed', features)
}
// says AX041 8:10-8:40 project returns 'embed' 'token', but promises 'embed'
// see 7:20 linear gives 'embed' 'token' here
// see 7:9 'token' is in features, made here
// see 7:30 'token' comes in here
// see 6:55 'token' comes with tokens, declared here
// see 6:92 'embed' is declared here
