import { dot, mul, normal, quotient, rename, softmax, untyped as u, type Initializer, type Leaf, type Of, type Tensor } from '../../compiler/language/index.ts'
import type { Dropout } from './dropout.ts'
import { linear, linearParams } from './linear.ts'

/** Sizes of one attention: width of the sequence, width of the context it looks at, number of heads. */
export interface AttentionSizes {
  readonly hidden: number
  readonly context: number
  readonly heads: number
}

/** Query, key, value and output projections; heads × features = hidden. */
export const attentionParams = ({ hidden, context, heads }: AttentionSizes, weight: Initializer = normal(0.02)) => {
  const parts = { head: heads, feature: quotient('hidden', hidden, 'head', heads) }
  return {
    query: linearParams({ hidden }, parts, weight),
    key: linearParams({ hidden: context }, parts, weight),
    value: linearParams({ hidden: context }, parts, weight),
    output: linearParams(parts, { hidden }, weight),
  }
}

export type Attention = Of<ReturnType<typeof attentionParams>>

/** An additive mask on scores; its axes are among the scores' own. */
function masked<M extends 'token' | 'key'>(scores: Tensor<'head' | 'token' | 'key'>, mask: Tensor<M> | undefined): Tensor<'head' | 'token' | 'key'>
function masked(scores: Leaf, mask: Leaf | undefined): Leaf {
  return mask === undefined ? scores : u.add(scores, mask)
}

type Sequence = Tensor<'token' | 'hidden'>

/** How much each token looks at each position of a context: softmax(q·kᵀ/√features + mask), head by head. */
export const attentionWeights =
  (p: Pick<Attention, 'query' | 'key'>, features: number) =>
  <M extends 'token' | 'key' = never>(x: Sequence, context: Sequence, mask?: Tensor<M>): Tensor<'head' | 'token' | 'key'> => {
    const q = linear(p.query, x)
    const k = rename(linear(p.key, context), { token: 'key' })
    return softmax('key', masked(mul(dot('feature', q, k), features ** -0.5), mask))
  }

/** What the tokens take from a context that they look at with the given weights. */
export const attended = (p: Pick<Attention, 'value' | 'output'>, weights: Tensor<'head' | 'token' | 'key'>, context: Sequence): Sequence =>
  linear(p.output, dot('key', weights, rename(linear(p.value, context), { token: 'key' })))

/** Multi-head attention (arXiv 1706.03762) of one sequence to a context, softmax(q·kᵀ/√features + mask)·v, with dropout on the weights. */
export const attention =
  (p: Attention, features: number, drop: Dropout) =>
  <M extends 'token' | 'key' = never>(x: Sequence, context: Sequence, mask?: Tensor<M>): Sequence =>
    attended(p, drop('weights', attentionWeights(p, features)(x, context, mask)), context)
