// expect 8:37 embed never
import type { Tensor } from '../../../compiler/language/index.ts'
import { adamw, type AdamW, type Moments } from '../../../models/transforms/adamw.ts'

interface Bias { readonly bias: Tensor<'embed'> }

export const update = (hp: AdamW, grads: Bias, moments: Moments<Bias>, params: Bias, rate: Tensor<'embed'>) =>
  adamw(hp)(grads, moments, params, rate)
// says AX041 8:37-8:41 adamw wants a tensor without axes for rate, but rate has 'embed'
// see 7:86 rate is a parameter with 'embed' here
// see models/transforms/adamw.ts a tensor without axes is declared here
