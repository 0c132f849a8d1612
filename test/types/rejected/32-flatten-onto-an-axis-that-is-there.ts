// expect 4:111 flatten hidden
import { flatten, type Tensor } from '../../../compiler/language/index.ts'

export const merged = (x: Tensor<'token' | 'head' | 'feature' | 'hidden'>) => flatten(x, ['head', 'feature'], 'hidden')
