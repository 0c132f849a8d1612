// expect 8:37 embed never
import type { Tensor } from '../../../compiler/language/index.ts'
import { adamw, type AdamW, type Moments } from '../../../models/transforms/adamw.ts'

interface Bias { readonly bias: Tensor<'embed'> }

export const update = (hp: AdamW, grads: Bias, moments: Moments<Bias>, params: Bias, rate: Tensor<'embed'>) =>
  adamw(hp)(grads, moments, params, rate)
