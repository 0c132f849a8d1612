import { add, concat, crossEntropy, crossEntropyAt, dropout, fold, gelu, l2Normalize, mean, mix, normal, ones, param, rename, slice, untyped as u, vmap, type Carries, type Key, type Leaf, type Of, type Tensor } from '../../../compiler/language/index.ts'
import { attention, attentionParams, type Attention } from '../../../models/layers/attention.ts'
import { dropoutAt, inside, noDropout } from '../../../models/layers/dropout.ts'
import { feedForward, type FeedForward } from '../../../models/layers/feed-forward.ts'
import { layerNorm, layerNormParams, type LayerNorm } from '../../../models/layers/layer-norm.ts'
import { linear, linearParams } from '../../../models/layers/linear.ts'

type Sequence = Tensor<'token' | 'hidden'>
declare const x: Sequence
declare const batch: Tensor<'batch' | 'token' | 'hidden'>
declare const key: Key

/** A layer that is generic in its axes: one checked signature over an untyped body. */
export function rmsNorm<const A extends string, L extends string>(axis: A, scale: Tensor<NoInfer<A>>, given: Tensor<L> & Carries<'rmsNorm', NoInfer<A>, L>): Tensor<L>
export function rmsNorm(axis: string, scale: Leaf, given: Leaf): Leaf {
  return u.mul(u.mul(given, u.rsqrt(u.add(u.mean(axis, u.mul(given, given)), 1e-6))), scale)
}

const norm = layerNormParams({ hidden: 8 })
declare const normParams: Of<typeof norm>
export const asInterface: LayerNorm<'hidden'> = normParams
export const normed: typeof batch = layerNorm('hidden', 1e-6, normParams, batch)
export const rms: Tensor<'batch'> = mean(['token', 'hidden'], rmsNorm('hidden', normParams.scale, batch))

const split = linearParams({ hidden: 8 }, { head: 2, feature: 4 }, normal(0.02))
declare const splitParams: Of<typeof split>
export const heads: Tensor<'token' | 'head' | 'feature'> = linear(splitParams, x)
const join = linearParams({ head: 2, feature: 4 }, { hidden: 8 }, normal(0.02))
declare const joinParams: Of<typeof join>
export const joined: Sequence = linear(joinParams, heads)

const attentionDeclarations = attentionParams({ hidden: 8, context: 6, heads: 2 })
export const declared: Of<typeof attentionDeclarations> extends Attention ? true : false = true
declare const p: Attention
declare const keyMask: Tensor<'key'>
declare const causal: Tensor<'token' | 'key'>
export const unmasked: Sequence = attention(p, 4, noDropout)(x, x)
export const keysMasked: Sequence = attention(p, 4, dropoutAt(key, 0.1))(x, x, keyMask)
export const causally: Sequence = attention(p, 4, inside(dropoutAt(key, 0.1), 'layer.0'))(x, x, causal)
declare const keyMasks: Tensor<'batch' | 'key'>
export const mapped: typeof batch = vmap('batch', (one: Sequence, mask: Tensor<'key'>) => attention(p, 4, noDropout)(one, one, mask))(batch, keyMasks)

interface Block { readonly attention: Attention; readonly feedForward: FeedForward; readonly norm: LayerNorm<'hidden'> }
/** Layers fold over a sequence; each draws from its own key. */
export const encoder = (blocks: readonly Block[]) => (start: Sequence): Sequence =>
  blocks.reduce((now, block, i) => add(now, dropout(fold(key, i), 0.1, feedForward(block.feedForward, layerNorm('hidden', 1e-6, block.norm, now)))), start)

declare const logits: Tensor<'masked' | 'word'>
declare const ids: Tensor<'masked', 'i32'>
declare const prior: Tensor<'word'>
export const soft: Tensor<'masked'> = crossEntropy('word', logits, mix(0.4, logits, logits))
export const hard: Tensor<'masked'> = crossEntropyAt('word', gelu(logits), ids)
export const oneTarget: Tensor<'masked'> = crossEntropy('word', logits, prior)
export const unit: Tensor<'word' | 'masked'> = l2Normalize('word', logits)

// Functions generic in the other axes of a tensor.
export const firstTwo = <L extends string, D extends 'f32' | 'i32'>(y: Tensor<L | 'batch', D>) => slice('batch', 0, 2, y)
export const firstOfBatch: typeof batch = firstTwo<'token' | 'hidden', 'f32'>(batch)
export const doubled = <L extends string>(y: Tensor<L | 'batch'>): Tensor<L | 'batch'> => concat('batch', [y, y])
export const half = <L extends string>(y: Tensor<L>, z: Tensor<L>): Tensor<L> => mix(0.5, y, z)
export const asKeys: Tensor<'key' | 'head' | 'feature'> = rename(heads, { token: 'key' })
export const scale = param({ hidden: 8 }, ones)
