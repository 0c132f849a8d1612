// expect 4:67 unflatten inner hidden
import { unflatten, type Tensor } from '../../../compiler/language/index.ts'

export const heads = (q: Tensor<'token' | 'hidden'>) => unflatten(q, 'inner', { head: 12, feature: 64 })
