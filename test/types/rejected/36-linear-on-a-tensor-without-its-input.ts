// expect 8:120 linear inner hidden
import { gelu, type Tensor } from '../../../compiler/language/index.ts'
import { linear, type Linear } from '../../../models/layers/linear.ts'

interface FeedForward { readonly expand: Linear<'hidden', 'inner'>; readonly contract: Linear<'inner', 'hidden'> }

/** The two maps the wrong way about. */
export const feedForward = (p: FeedForward, x: Tensor<'token' | 'hidden'>) => linear(p.expand, gelu(linear(p.contract, x)))
