import { add, at, cast, dot, equal, gather, gelu, mul, normal, not, param, rename, repeat, select, sizeAlong, slice, stopGradient, sub, zeros, type Of, type Tensor } from '../../compiler/language/index.ts'
import { attended, attention, attentionParams, attentionWeights } from '../layers/attention.ts'
import { inside, noDropout, type Dropout } from '../layers/dropout.ts'
import { feedForward, feedForwardParams } from '../layers/feed-forward.ts'
import { layerNorm, layerNormParams } from '../layers/layer-norm.ts'
import { linear, linearParams } from '../layers/linear.ts'
import type { Albef } from './config.ts'

/** The epsilon of every layer normalisation in BERT. */
const epsilon = 1e-12

type Sequence = Tensor<'token' | 'hidden'>

const layerParams = ({ hidden, heads, inner }: Albef['text']) => ({
  attention: attentionParams({ hidden, context: hidden, heads }),
  attentionNorm: layerNormParams({ hidden }),
  feedForward: feedForwardParams(hidden, inner),
  feedForwardNorm: layerNormParams({ hidden }),
})

/** BERT's embeddings (arXiv 1810.04805). */
export const embeddingParams = ({ words, places, hidden }: Albef['text']) => ({
  word: param({ word: words, hidden }, normal(0.02)),
  kind: param({ kind: 2, hidden }, normal(0.02)),
  place: param({ place: places, hidden }, normal(0.02)),
  norm: layerNormParams({ hidden }),
})

/** Parameters of the text encoder: embeddings, and the layers that read text alone. */
export const textParams = (text: Albef['text']) => ({ ...embeddingParams(text), layers: repeat('layers', text.layers, () => layerParams(text)) })

/** A BERT layer with a cross-attention, to a context of another width, between self-attention and feed-forward. */
export const fusionLayerParams = (text: Albef['text'], context: number) => ({
  ...layerParams(text),
  crossAttention: attentionParams({ hidden: text.hidden, context, heads: text.heads }),
  crossAttentionNorm: layerNormParams({ hidden: text.hidden }),
})

/** Parameters of the multimodal encoder. */
export const fusionParams = (text: Albef['text'], context: number) => repeat('fusionLayers', text.fusionLayers, () => fusionLayerParams(text, context))

/** Parameters of the word predictor; its decoder is the word table of the embeddings. */
export const wordHeadParams = ({ words, hidden }: Albef['text']) => ({
  dense: linearParams({ hidden }, { inner: hidden }, normal(0.02)),
  norm: layerNormParams({ hidden }),
  bias: param({ word: words }, zeros, { decay: false }),
})

export type Text = Of<ReturnType<typeof textParams>>
export type Fusion = Of<ReturnType<typeof fusionParams>>
export type WordHead = Of<ReturnType<typeof wordHeadParams>>

/** 1 where a caption has a token, 0 at padding. */
export const attentionMask = (ids: Tensor<'token', 'i32'>, pad: number): Tensor<'token'> => cast('f32', not(equal(ids, pad)))

/** What BERT adds to the scores of padded positions. */
export const padding = (mask: Tensor<'token'>): Tensor<'key'> => mul(sub(rename(mask, { token: 'key' }), 1), 10_000)

/** Embeddings of one caption: word + kind 0 + place, normalised. The row of [PAD] gets no gradient from being looked up. */
export const embed = (p: Omit<Text, 'layers'>, ids: Tensor<'token', 'i32'>, pad: number, drop: Dropout): Sequence => {
  const found = gather('word', p.word, ids)
  const words = select(equal(ids, pad), stopGradient(found), found)
  const places = rename(slice('place', 0, sizeAlong('token', ids), p.place), { place: 'token' })
  return drop('embeddings', layerNorm('hidden', epsilon, p.norm, add(add(words, at('kind', 0, p.kind)), places)))
}

type Layer = Text['layers'][number]

const attend = <M extends 'token' | 'key'>(p: Layer, features: number, mask: Tensor<M>, drop: Dropout, x: Sequence): Sequence =>
  layerNorm('hidden', epsilon, p.attentionNorm, add(drop('attention/output', attention(p.attention, features, inside(drop, 'attention'))(x, x, mask)), x))

const expand = (p: Layer, drop: Dropout, x: Sequence): Sequence => layerNorm('hidden', epsilon, p.feedForwardNorm, add(drop('feedForward', feedForward(p.feedForward, x)), x))

/** One caption and its mask to tokens, by the layers that read text alone (post-norm, as in BERT). */
export const textEncoder =
  (p: Text, { hidden, heads, special }: Albef['text'], drop: Dropout) =>
  (ids: Tensor<'token', 'i32'>, present: Tensor<'token'>): Sequence => {
    const mask = padding(present)
    return p.layers.reduce((x, layer, i) => {
      const here = inside(drop, `layer.${i}`)
      return expand(layer, here, attend(layer, hidden / heads, mask, here, x))
    }, embed(p, ids, special.pad, drop))
  }

type FusionLayer = Fusion[number]
type Weights = Tensor<'head' | 'token' | 'key'>

/** A fusion layer up to its cross-attention: tokens after self-attention, and how they look at the image. */
export const lookAt = (p: FusionLayer, { hidden, heads }: Albef['text'], mask: Tensor<'token'>, text: Sequence, image: Sequence): { readonly own: Sequence; readonly weights: Weights } => {
  const own = attend(p, hidden / heads, padding(mask), noDropout, text)
  return { own, weights: attentionWeights(p.crossAttention, hidden / heads)(own, image) }
}

/** The rest of the layer, as a function of those weights. */
export const lookedAt = (p: FusionLayer, own: Sequence, weights: Weights, image: Sequence): Sequence =>
  expand(p, noDropout, layerNorm('hidden', epsilon, p.crossAttentionNorm, add(attended(p.crossAttention, weights, image), own)))

/**
 * Layers of self-attention, cross-attention and feed-forward, post-norm. Layer i looks at context i modulo their number. The masks are
 * added to the scores of self-attention, and of cross-attention.
 */
export const fusionLayers =
  (p: Fusion, { hidden, heads }: Albef['text'], drop: Dropout) =>
  <M extends 'token' | 'key'>(text: Sequence, contexts: readonly [Sequence, ...Sequence[]], mask: Tensor<M>, contextMask?: Tensor<'key'>): Sequence =>
    p.reduce((x, layer, i) => {
      const here = inside(drop, `fusion.${i}`)
      const own = attend(layer, hidden / heads, mask, here, x)
      const seen = attention(layer.crossAttention, hidden / heads, inside(here, 'crossAttention'))(own, contexts[i % contexts.length] ?? contexts[0], contextMask)
      return expand(layer, here, layerNorm('hidden', epsilon, layer.crossAttentionNorm, add(here('crossAttention/output', seen), own)))
    }, text)

/** Tokens of a caption that have looked at the tokens of an image. */
export const multimodalEncoder =
  (p: Fusion, text: Albef['text'], drop: Dropout) =>
  (caption: Sequence, image: Sequence, mask: Tensor<'token'>): Sequence =>
    fusionLayers(p, text, drop)(caption, [image], padding(mask))

/** Scores of every word at the given positions: dense, gelu, normalisation, then the word table itself as the decoder. */
export const predictWords = (p: WordHead, table: Tensor<'word' | 'hidden'>, x: Tensor<'masked' | 'hidden'>): Tensor<'masked' | 'word'> => {
  const features = layerNorm('hidden', epsilon, p.norm, rename(gelu(linear(p.dense, x)), { inner: 'hidden' }))
  return add(dot('hidden', features, table), p.bias)
}
