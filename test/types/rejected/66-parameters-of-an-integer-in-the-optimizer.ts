// expect 7:116 step i32 NotDifferentiable
import type { Tensor } from '../../../compiler/language/index.ts'
import { adamw, type AdamW, type Moments } from '../../../models/transforms/adamw.ts'

interface State { readonly weight: Tensor<'hidden' | 'embed'>; readonly step: Tensor<never, 'i32'> }

export const update = (hp: AdamW, grads: State, moments: Moments<State>, params: State, rate: Tensor) => adamw(hp)(grads, moments, params, rate)
// says AX010 7:116-7:121 no gradient with respect to a leaf of i32 ('step'): what is differentiated is a tree of f32; give the rest beside it
// see 5:64 'step' is declared here
