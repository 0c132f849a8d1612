// expect 7:112 batch token hidden
import type { Tensor } from '../../../compiler/language/index.ts'
import { attention, type Attention } from '../../../models/layers/attention.ts'
import { noDropout } from '../../../models/layers/dropout.ts'

/** A layer is written for one sequence; vmap maps it over a batch. */
export const attended = (p: Attention, x: Tensor<'batch' | 'token' | 'hidden'>) => attention(p, 64, noDropout)(x, x)
// says AX041 7:112-7:113 attention wants 'token' 'hidden' for x, but x has 'batch' 'token' 'hidden'; a function of one example is mapped: vmap('batch', …)
// see 7:40 x is a parameter with 'batch' 'token' 'hidden' here
// see models/layers/attention.ts 'token' 'hidden' is declared here
