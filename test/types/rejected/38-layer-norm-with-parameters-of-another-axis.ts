// expect 5:110 LayerNorm inner hidden
import type { Tensor } from '../../../compiler/language/index.ts'
import { layerNorm, type LayerNorm } from '../../../models/layers/layer-norm.ts'

export const normed = (norm: LayerNorm<'inner'>, x: Tensor<'token' | 'hidden'>) => layerNorm('hidden', 1e-6, norm, x)
// says AX014 5:110-5:114 layerNorm: norm has 'inner' at 'scale', wanted 'hidden'
// see models/layers/layer-norm.ts 'hidden' is declared here
