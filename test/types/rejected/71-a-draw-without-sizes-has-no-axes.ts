// expect 5:53 token
import { uniform, type Key, type Tensor } from '../../../compiler/language/index.ts'

/** Promises a draw for each token, and draws one number. */
export const noise = (key: Key): Tensor<'token'> => uniform(key)
// says AX041 5:53-5:65 noise returns a tensor without axes, but promises 'token'
// see 5:53 uniform gives no axes here
// see 5:34 'token' is declared here
