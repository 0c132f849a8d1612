import { add, broadcast, cast, concat, constant, div, flatten, mul, normal, param, scope, sub, symmetric, unflatten, type Of, type Tensor } from '../../compiler/language/index.ts'
import { attention, attentionParams } from '../layers/attention.ts'
import { noDropout } from '../layers/dropout.ts'
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

/** Parameters of the vision transformer (ViT-B/16 layout, arXiv 2010.11929): an image of `image`² pixels is 1 + (image/patch)² tokens. */
export const visionParams = (vision: Albef['vision']) => {
  const { image, patch, hidden, layers } = vision
  const bound = 1 / Math.sqrt(3 * patch * patch)
  return {
    patch: linearParams({ channel: 3, y: patch, x: patch }, { hidden }, symmetric(bound), symmetric(bound)),
    cls: param({ hidden }, normal(0.02)),
    position: param({ token: 1 + (image / patch) ** 2, hidden }, normal(0.02)),
    blocks: Array.from({ length: layers }, () => blockParams(vision)),
    norm: layerNormParams({ hidden }),
  }
}

export type Vision = Of<ReturnType<typeof visionParams>>
type Block = Vision['blocks'][number]

const block = (p: Block, features: number, x: Tensor<'token' | 'hidden'>): Tensor<'token' | 'hidden'> => {
  const normed = layerNorm('hidden', epsilon, p.attentionNorm, x)
  const attended = add(x, attention(p.attention, features, noDropout)(normed, normed))
  return add(attended, feedForward(p.feedForward, layerNorm('hidden', epsilon, p.feedForwardNorm, attended)))
}

/** One normalised picture to tokens, the class token first. Pre-norm blocks; no dropout. */
export const visionTransformer =
  (p: Vision, { image, patch, hidden, heads }: Albef['vision']) =>
  (picture: Tensor<'row' | 'column' | 'channel'>): Tensor<'token' | 'hidden'> => {
    const side = image / patch
    const rows = unflatten(picture, 'row', { patchRow: side, y: patch })
    const patches = flatten(unflatten(rows, 'column', { patchColumn: side, x: patch }), ['patchRow', 'patchColumn'], 'token')
    const tokens = concat('token', [broadcast(p.cls, { token: 1 }), linear(p.patch, patches)])
    const last = p.blocks.reduce((x, each) => block(each, hidden / heads, x), add(tokens, p.position))
    return layerNorm('hidden', epsilon, p.norm, last)
  }

/** Mean and deviation of each channel that ALBEF (and CLIP) normalise with. */
const channelMean = [0.48145466, 0.4578275, 0.40821073]
const channelDeviation = [0.26862954, 0.26130258, 0.27577711]

/** Bytes to normalised numbers: (byte / 255 − mean) / deviation, channel by channel. */
export const normalizePixels = (bytes: Tensor<'row' | 'column' | 'channel', 'u8'>): Tensor<'row' | 'column' | 'channel'> =>
  scope('pixels', () => div(sub(mul(cast('f32', bytes), 1 / 255), constant({ channel: 3 }, channelMean)), constant({ channel: 3 }, channelDeviation)))
