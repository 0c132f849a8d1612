// expect 4:77 broadcast token
import { broadcast, type Tensor } from '../../../compiler/language/index.ts'

export const repeated = (cls: Tensor<'token' | 'hidden'>) => broadcast(cls, { token: 1 })
// says AX003 4:79-4:87 broadcast: cls already has the axis 'token'; a new axis needs a name of its own
// see 4:26 cls is a parameter with 'token' 'hidden' here
