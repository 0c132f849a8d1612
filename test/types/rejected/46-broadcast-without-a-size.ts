// expect 7:37 undefined number
import { broadcast, concat, type Tensor } from '../../../compiler/language/index.ts'

interface Sizes { readonly token?: number }

export const withClass = (cls: Tensor<'hidden'>, patches: Tensor<'token' | 'hidden'>, sizes: Sizes) =>
  concat('token', [broadcast(cls, { token: sizes.token }), patches])
