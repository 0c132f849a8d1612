// expect 8:120 linear inner hidden
import { gelu, type Tensor } from '../../../compiler/language/index.ts'
import { linear, type Linear } from '../../../models/layers/linear.ts'

interface FeedForward { readonly expand: Linear<'hidden', 'inner'>; readonly contract: Linear<'inner', 'hidden'> }

/** The two maps the wrong way about. */
export const feedForward = (p: FeedForward, x: Tensor<'token' | 'hidden'>) => linear(p.expand, gelu(linear(p.contract, x)))
// says AX001 8:120-8:121 linear over 'inner': x has 'hidden' 'token'
// see 8:45 x is a parameter with 'hidden' 'token' here
// see 5:69 p.contract, whose weight has 'inner', is declared here
