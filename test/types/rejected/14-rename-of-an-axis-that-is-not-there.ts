// expect 4:76 rename tokens token
import { rename, type Tensor } from '../../../compiler/language/index.ts'

export const keys = (k: Tensor<'token' | 'head' | 'feature'>) => rename(k, { tokens: 'key' })
// says AX001 4:78-4:91 rename of 'tokens': k has 'token' 'head' 'feature'; did you mean 'token'?
// see 4:22 k is a parameter with 'token' 'head' 'feature' here
