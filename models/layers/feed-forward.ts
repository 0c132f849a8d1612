import { gelu, normal, type Of, type Tensor } from '../../compiler/language/index.ts'
import { linear, linearParams } from './linear.ts'

export const feedForwardParams = (hidden: number, inner: number) => ({
  expand: linearParams({ hidden }, { inner }, normal(0.02)),
  contract: linearParams({ inner }, { hidden }, normal(0.02)),
})

export type FeedForward = Of<ReturnType<typeof feedForwardParams>>

/** Two linear maps with the exact gelu between them. */
export const feedForward = (p: FeedForward, x: Tensor<'token' | 'hidden'>): Tensor<'token' | 'hidden'> => linear(p.contract, gelu(linear(p.expand, x)))
