// expect 4:111 flatten hidden
import { flatten, type Tensor } from '../../../compiler/language/index.ts'

export const merged = (x: Tensor<'token' | 'head' | 'feature' | 'hidden'>) => flatten(x, ['head', 'feature'], 'hidden')
// says AX003 4:111-4:119 flatten: x already has the axis 'hidden'; a new axis needs a name of its own
// see 4:24 x is a parameter with 'token' 'head' 'feature' 'hidden' here
