// expect 7:37 undefined number
import { broadcast, concat, type Tensor } from '../../../compiler/language/index.ts'

interface Sizes { readonly token?: number }

export const withClass = (cls: Tensor<'hidden'>, patches: Tensor<'token' | 'hidden'>, sizes: Sizes) =>
  concat('token', [broadcast(cls, { token: sizes.token }), patches])
// says AX022 7:44-7:55 broadcast: the size of 'token' may be undefined (sizes.token), wanted a whole number above zero
