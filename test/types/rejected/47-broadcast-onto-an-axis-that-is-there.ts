// expect 4:77 broadcast token
import { broadcast, type Tensor } from '../../../compiler/language/index.ts'

export const repeated = (cls: Tensor<'token' | 'hidden'>) => broadcast(cls, { token: 1 })
