// expect 6:87 vmap batch
import { mean, vmap, type Tensor } from '../../../compiler/language/index.ts'

const pool = (tokens: Tensor<'batch' | 'token' | 'hidden'>) => mean('token', tokens)

export const pooled = (tokens: Tensor<'batch' | 'token' | 'hidden'>) => vmap('batch', pool)(tokens)
// says AX006 6:87-6:91 vmap over 'batch': pool takes tokens with 'batch' itself; inside, one example has no 'batch', so declare tokens without it
// see 4:15 tokens is declared with 'batch' here
