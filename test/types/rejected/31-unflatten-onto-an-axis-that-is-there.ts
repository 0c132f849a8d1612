// expect 4:89 unflatten head
import { unflatten, type Tensor } from '../../../compiler/language/index.ts'

export const split = (q: Tensor<'token' | 'hidden' | 'head'>) => unflatten(q, 'hidden', { head: 12, feature: 64 })
// says AX003 4:91-4:99 unflatten: q already has the axis 'head'; a new axis needs a name of its own
// see 4:23 q is a parameter with 'token' 'hidden' 'head' here
