// expect 5:117 layerNorm hidden token
import { mean, type Tensor } from '../../../compiler/language/index.ts'
import { layerNorm, type LayerNorm } from '../../../models/layers/layer-norm.ts'

export const pooled = (norm: LayerNorm<'hidden'>, x: Tensor<'token' | 'hidden'>) => layerNorm('hidden', 1e-6, norm, mean('hidden', x))
