// expect 9:20 Moments Weights Encoder bias
import type { Tensor } from '../../../compiler/language/index.ts'
import { adamw, type AdamW, type Moments } from '../../../models/transforms/adamw.ts'

interface Encoder { readonly weight: Tensor<'hidden' | 'embed'>; readonly bias: Tensor<'embed'> }
interface Weights { readonly weight: Tensor<'hidden' | 'embed'> }

export const update = (hp: AdamW, grads: Encoder, moments: Moments<Weights>, params: Encoder, rate: Tensor) =>
  adamw(hp)(grads, moments, params, rate)
// says AX014 9:20-9:27 adamw: moments lacks 'first/bias'
// see 5:66 'embed' is declared here
