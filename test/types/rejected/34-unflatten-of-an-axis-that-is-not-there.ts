// expect 4:67 unflatten inner hidden
import { unflatten, type Tensor } from '../../../compiler/language/index.ts'

export const heads = (q: Tensor<'token' | 'hidden'>) => unflatten(q, 'inner', { head: 12, feature: 64 })
// says AX001 4:67-4:68 unflatten of 'inner': q has 'token' 'hidden'
// see 4:23 q is a parameter with 'token' 'hidden' here
