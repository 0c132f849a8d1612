// expect 4:135 scatterAdd tokens token
import { scatterAdd, type Tensor } from '../../../compiler/language/index.ts'

export const counts = (ids: Tensor<'batch' | 'token', 'i32'>, ones: Tensor<'batch' | 'token'>) => scatterAdd({ word: 100 }, 'tokens', ids, ones)
