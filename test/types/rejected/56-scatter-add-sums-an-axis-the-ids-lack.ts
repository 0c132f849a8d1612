// expect 4:135 scatterAdd tokens token
import { scatterAdd, type Tensor } from '../../../compiler/language/index.ts'

export const counts = (ids: Tensor<'batch' | 'token', 'i32'>, ones: Tensor<'batch' | 'token'>) => scatterAdd({ word: 100 }, 'tokens', ids, ones)
// says AX001 4:135-4:138 scatterAdd over 'tokens': ids has 'batch' 'token', ones has 'batch' 'token'; did you mean 'token'?
// see 4:24 ids is a parameter with 'batch' 'token' here
// see 4:63 ones is a parameter with 'batch' 'token' here
