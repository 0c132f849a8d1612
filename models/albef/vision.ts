import { add, broadcast, cast, concat, constant, div, flatten, gelu, mul, normal, param, quotient, rename, repeat, scope, sizeAlong, sub, symmetric, unflatten, type Of, type Tensor } from '../../compiler/language/index.ts'
import { attended, attentionParams, attentionWeights } from '../layers/attention.ts'
import { feedForward, feedForwardParams } from '../layers/feed-forward.ts'
import { layerNorm, layerNormParams } from '../layers/layer-norm.ts'
import { linear, linearParams } from '../layers/linear.ts'
import type { Albef } from './config.ts'

/** The epsilon of every layer normalisation in the vision transformer. */
const epsilon = 1e-6

const blockParams = ({ hidden, heads, inner }: Albef['vision']) => ({
  attentionNorm: layerNormParams({ hidden }),
  attention: attentionParams({ hidden, context: hidden, heads }),
  feedForwardNorm: layerNormParams({ hidden }),
  feedForward: feedForwardParams(hidden, inner),
})

/** One stage of a stem: squares of `size` to new channels, normalised. */
const stageParams = (from: number, size: number, to: number) => {
  const bound = Math.sqrt(3 / (from * size * size))
  return { map: linearParams({ channel: from, y: size, x: size }, { out: to }, symmetric(bound)), norm: layerNormParams({ out: to }) }
}

/** The side of the squares that are left for the patch embedding after the stem. */
const lastSide = ({ patch, stem }: Albef['vision']): number => stem.reduce((side, { size }) => quotient('patch', side, 'stage', size), patch)

/** Parameters of the vision transformer (ViT-B/16 layout, arXiv 2010.11929): an image of `image`² pixels is 1 + (image/patch)² tokens. */
export const visionParams = (vision: Albef['vision']) => {
  const { image, patch, hidden, layers, stem } = vision
  const [side, channel] = [lastSide(vision), stem[stem.length - 1]?.channels ?? 3]
  const bound = 1 / Math.sqrt(channel * side * side)
  return {
    stem: stem.map(({ size, channels }, i) => stageParams(stem[i - 1]?.channels ?? 3, size, channels)),
    patch: linearParams({ channel, y: side, x: side }, { hidden }, symmetric(bound), symmetric(bound)),
    cls: param({ hidden }, normal(0.02)),
    position: param({ token: 1 + quotient('image', image, 'patch', patch) ** 2, hidden }, normal(0.02)),
    blocks: repeat('layers', layers, () => blockParams(vision)),
    norm: layerNormParams({ hidden }),
  }
}

export type Vision = Of<ReturnType<typeof visionParams>>
type Block = Vision['blocks'][number]

type Tokens = Tensor<'token' | 'hidden'>

/** How the tokens of one block look at each other, from what goes into the block; a mask is added to their scores. */
export const blockWeights = (p: Block, { hidden, heads }: Albef['vision'], x: Tokens, mask?: Tensor<'key'>): Tensor<'head' | 'token' | 'key'> => {
  const normed = layerNorm('hidden', epsilon, p.attentionNorm, x)
  return attentionWeights(p.attention, hidden / heads)(normed, normed, mask)
}

/** The rest of a block, as a function of those weights. */
export const blockAfter = (p: Block, x: Tokens, weights: Tensor<'head' | 'token' | 'key'>): Tokens => {
  const seen = add(x, attended(p.attention, weights, layerNorm('hidden', epsilon, p.attentionNorm, x)))
  return add(seen, feedForward(p.feedForward, layerNorm('hidden', epsilon, p.feedForwardNorm, seen)))
}

/** Pre-norm blocks, one after the other. */
export const blocks = (some: readonly Block[], vision: Albef['vision'], x: Tokens, mask?: Tensor<'key'>): Tokens =>
  some.reduce((now, each) => blockAfter(each, now, blockWeights(each, vision, now, mask)), x)

type Picture = Tensor<'row' | 'column' | 'channel'>

/** A picture cut into squares of `side`. */
const squares = (x: Picture, side: number): Tensor<'row' | 'column' | 'y' | 'x' | 'channel'> => {
  const [rows, columns] = [sizeAlong('row', x) / side, sizeAlong('column', x) / side]
  return unflatten(unflatten(x, 'row', { row: rows, y: side }), 'column', { column: columns, x: side })
}

const stage = (p: Vision['stem'][number], x: Picture): Picture =>
  rename(gelu(layerNorm('out', epsilon, p.norm, linear(p.map, squares(x, sizeAlong('y', p.map.weight))))), { out: 'channel' })

/** One normalised picture to what the first block is given: patches with their positions, the class token first. */
export const embedPatches = (p: Vision, picture: Picture): Tokens => {
  const seen = p.stem.reduce((x, each) => stage(each, x), picture)
  const patches = flatten(squares(seen, sizeAlong('y', p.patch.weight)), ['row', 'column'], 'token')
  return add(concat('token', [broadcast(p.cls, { token: 1 }), linear(p.patch, patches)]), p.position)
}

/** The normalisation after the last block. */
export const lastNorm = (p: Vision, x: Tokens): Tokens => layerNorm('hidden', epsilon, p.norm, x)

/** One normalised picture to tokens, the class token first. No dropout. */
export const visionTransformer =
  (p: Vision, vision: Albef['vision']) =>
  (picture: Picture): Tokens =>
    lastNorm(p, blocks(p.blocks, vision, embedPatches(p, picture)))

/** Mean and deviation of each channel that ALBEF (and CLIP) normalise with. */
const channelMean = [0.48145466, 0.4578275, 0.40821073]
const channelDeviation = [0.26862954, 0.26130258, 0.27577711]

/** Bytes to normalised numbers: (byte / 255 − mean) / deviation, channel by channel. */
export const normalizePixels = (bytes: Tensor<'row' | 'column' | 'channel', 'u8'>): Tensor<'row' | 'column' | 'channel'> =>
  scope('pixels', () => div(sub(mul(cast('f32', bytes), 1 / 255), constant({ channel: 3 }, channelMean)), constant({ channel: 3 }, channelDeviation)))
