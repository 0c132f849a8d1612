// expect 5:117 layerNorm hidden token
import { mean, type Tensor } from '../../../compiler/language/index.ts'
import { layerNorm, type LayerNorm } from '../../../models/layers/layer-norm.ts'

export const pooled = (norm: LayerNorm<'hidden'>, x: Tensor<'token' | 'hidden'>) => layerNorm('hidden', 1e-6, norm, mean('hidden', x))
// says AX001 5:117-5:134 layerNorm over 'hidden': mean('hidden', x) has 'token'
// see 5:117 'hidden' goes here: mean makes 'token' of 'hidden' 'token'
// see 5:24 norm, whose scale has 'hidden', is declared here
