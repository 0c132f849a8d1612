// expect 4:76 rename tokens token
import { rename, type Tensor } from '../../../compiler/language/index.ts'

export const keys = (k: Tensor<'token' | 'head' | 'feature'>) => rename(k, { tokens: 'key' })
