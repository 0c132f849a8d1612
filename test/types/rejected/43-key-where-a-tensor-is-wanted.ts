// expect 5:77 token Key
import { dropout, type Key, type Tensor } from '../../../compiler/language/index.ts'

/** The arguments of another library: tensor first, key last. */
export const dropped = (key: Key, x: Tensor<'token' | 'hidden'>) => dropout(x, 0.1, key)
// says AX010 5:77-5:78 dropout wants a random key for key, but x has 'token' 'hidden'
// see 5:35 x is a parameter with 'token' 'hidden' here
