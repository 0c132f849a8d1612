import { repeat, type Of, type Tensor } from '../../compiler/language/index.ts'
import type { Dropout } from '../layers/dropout.ts'
import { fusionLayerParams, fusionLayers, padding, textEncoder, textParams, type Fusion } from './text.ts'
import type { Tuning } from './tuning.ts'
import { visionParams } from './vision.ts'

type Sizes = Pick<Tuning, 'vision' | 'text'>

const sideParams = ({ vision, text }: Sizes) => {
  const { crossAttention: { query, output }, ...layer } = fusionLayerParams(text, vision.hidden)
  return { ...layer, crossAttention: { query, output } }
}

const pairParams = (sizes: Sizes) => {
  const { key, value } = fusionLayerParams(sizes.text, sizes.vision.hidden).crossAttention
  return { left: sideParams(sizes), right: sideParams(sizes), shared: { key, value } }
}

/** The encoders of two images and a sentence: every layer of fusion twice, once for each image; keys and values of an image are projected alike by both. */
export const twoImageParams = (sizes: Sizes) => ({
  vision: visionParams(sizes.vision),
  text: textParams(sizes.text),
  pairs: repeat('fusionLayers', sizes.text.fusionLayers, () => pairParams(sizes)),
})

export type TwoImages = Of<ReturnType<typeof twoImageParams>>
type Pair = TwoImages['pairs'][number]

const layersOf = ({ left, right, shared }: Pair): Fusion => [left, right].map(side => ({ ...side, crossAttention: { ...side.crossAttention, ...shared } }))

type Sequence = Tensor<'token' | 'hidden'>

/** Tokens of one sentence that have looked at two images in turn (section 5 of the paper). */
export const twoImageEncoder =
  (p: Pick<TwoImages, 'text' | 'pairs'>, { text }: Sizes, drop: Dropout) =>
  (ids: Tensor<'token', 'i32'>, mask: Tensor<'token'>, left: Sequence, right: Sequence): Sequence =>
    fusionLayers(p.pairs.flatMap(layersOf), text, drop)(textEncoder(p.text, text, drop)(ids, mask), [left, right], padding(mask))

/** A layer of fusion as both layers of a pair. */
const pairFrom = (i: number): readonly (readonly [from: string, to: string])[] => [
  ...['left', 'right'].flatMap(side => [
    ...['attention', 'attentionNorm', 'feedForward', 'feedForwardNorm', 'crossAttentionNorm'].map(part => [`fusion/${i}/${part}`, `pairs/${i}/${side}/${part}`] as const),
    ...['query', 'output'].map(part => [`fusion/${i}/crossAttention/${part}`, `pairs/${i}/${side}/crossAttention/${part}`] as const),
  ]),
  ...['key', 'value'].map(part => [`fusion/${i}/crossAttention/${part}`, `pairs/${i}/shared/${part}`] as const),
]

/** Parts of a checkpoint of pre-training, or of one that has pairs already, that the encoders of two images start from. */
export const twoImageParts = ({ text }: Sizes): readonly (readonly [from: string, to: string])[] => [
  ['vision', 'vision'], ['text', 'text'], ['pairs', 'pairs'],
  ...Array.from({ length: text.fusionLayers }, (_, i) => pairFrom(i)).flat(),
]
