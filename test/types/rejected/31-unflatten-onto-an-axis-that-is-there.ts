// expect 4:89 unflatten head
import { unflatten, type Tensor } from '../../../compiler/language/index.ts'

export const split = (q: Tensor<'token' | 'hidden' | 'head'>) => unflatten(q, 'hidden', { head: 12, feature: 64 })
