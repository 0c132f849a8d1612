// expect 6:73 stack batch
import { stack, type Tensor } from '../../../compiler/language/index.ts'

type Captions = Tensor<'batch' | 'token' | 'hidden'>

export const cases = (own: Captions, hard: Captions) => stack('batch', [own, hard])
// says AX003 6:73-6:76 stack: own already has the axis 'batch'; a new axis needs a name of its own
// see 6:23 own is a parameter with 'batch' 'token' 'hidden' here
