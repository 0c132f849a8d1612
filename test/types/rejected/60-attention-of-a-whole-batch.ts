// expect 7:112 batch token hidden
import type { Tensor } from '../../../compiler/language/index.ts'
import { attention, type Attention } from '../../../models/layers/attention.ts'
import { noDropout } from '../../../models/layers/dropout.ts'

/** A layer is written for one sequence; vmap maps it over a batch. */
export const attended = (p: Attention, x: Tensor<'batch' | 'token' | 'hidden'>) => attention(p, 64, noDropout)(x, x)
