// expect 6:87 vmap batch
import { mean, vmap, type Tensor } from '../../../compiler/language/index.ts'

const pool = (tokens: Tensor<'batch' | 'token' | 'hidden'>) => mean('token', tokens)

export const pooled = (tokens: Tensor<'batch' | 'token' | 'hidden'>) => vmap('batch', pool)(tokens)
