// expect 6:131 batch token key
import type { Tensor } from '../../../compiler/language/index.ts'
import { attention, type Attention } from '../../../models/layers/attention.ts'
import { noDropout } from '../../../models/layers/dropout.ts'

export const attended = (p: Attention, x: Tensor<'token' | 'hidden'>, mask: Tensor<'batch'>) => attention(p, 64, noDropout)(x, x, mask)
// says AX041 6:131-6:135 attention wants 'token' 'key' for mask, but mask has 'batch'
// see 6:71 mask is a parameter with 'batch' here
// see models/layers/attention.ts 'token' 'key' is declared here
