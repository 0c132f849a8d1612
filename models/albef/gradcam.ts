import { at, div, dot, evaluation, fail, filled, input, mean, mul, param, relu, sizeAlong, slice, unflatten, valueAndGrad, valueAndGradWithAux, vmap, type Job, type Of, type Tensor } from '../../compiler/language/index.ts'
import { noDropout } from '../layers/dropout.ts'
import { linear } from '../layers/linear.ts'
import { project, projectPooled } from './contrast.ts'
import { matchingParams, towerParams, type Sizes } from './parameters.ts'
import { masksOf, poolTokens } from './step.ts'
import { fusionLayers, lookAt, lookedAt, padding, textEncoder } from './text.ts'
import { blockAfter, blocks, blockWeights, embedPatches, lastNorm, normalizePixels, visionTransformer } from './vision.ts'

/** The part of a state that maps are made with: pre-training and retrieval both have it. */
export const mapState = (config: Sizes) => ({ student: { ...towerParams(config), matching: matchingParams(config), temperature: param({}, filled(1)) } })

type Model = Of<ReturnType<typeof mapState>>['student']
type Weights = Tensor<'head' | 'token' | 'key'>
type Picture = Tensor<'row' | 'column' | 'channel'>

/** How tokens look at patches in one layer, and the gradient of a score with respect to that. */
export interface Attention {
  readonly weights: Weights
  readonly gradient: Weights
}

/** One of some layers, counted from 0. */
const layerAt = <T>(layers: readonly T[], index: number, kind: string): T => layers[index] ?? fail('AX033', `there is no ${kind} ${index}: they are 0 … ${layers.length - 1}`)

/** The cross-attention of one fusion layer (counted from the first that looks at the image) and the gradient of the matching score. */
export const matchingAttention =
  (p: Model, { text, vision }: Sizes, layer: number) =>
  (picture: Picture, ids: Tensor<'token', 'i32'>, mask: Tensor<'token'>): Attention & { readonly scores: Tensor<'answer'> } => {
    const image = visionTransformer(p.vision, vision)(picture)
    const [lower, upper] = [fusionLayers(p.fusion.slice(0, layer), text, noDropout), fusionLayers(p.fusion.slice(layer + 1), text, noDropout)]
    const here = layerAt(p.fusion, layer, 'fusion layer')
    const { own, weights } = lookAt(here, text, mask, lower(textEncoder(p.text, text, noDropout)(ids, mask), [image], padding(mask)), image)
    // The score as a function of how this layer looks at the image.
    const score = (given: Weights) => {
      const scores = linear(p.matching, at('token', 0, upper(lookedAt(here, own, given, image), [image], padding(mask))))
      return [at('answer', 1, scores), scores] as const
    }
    const { grad, aux } = valueAndGradWithAux(score)(weights)
    return { weights, gradient: grad, scores: aux }
  }

/** The self-attention of one block of the vision transformer and the gradient of the similarity of picture and caption. */
export const similarityAttention =
  (p: Model, config: Sizes, block: number) =>
  (picture: Picture, ids: Tensor<'token', 'i32'>, mask: Tensor<'token'>): Attention & { readonly similarity: Tensor } => {
    const { vision, text } = config
    const caption = projectPooled(p.textProjection, poolTokens(config, textEncoder(p.text, text, noDropout)(ids, mask), mask))
    const here = layerAt(p.vision.blocks, block, 'block of the vision transformer')
    const below = blocks(p.vision.blocks.slice(0, block), vision, embedPatches(p.vision, picture))
    const similarity = (given: Weights): Tensor => {
      const tokens = lastNorm(p.vision, blocks(p.vision.blocks.slice(block + 1), vision, blockAfter(here, below, given)))
      // axle-allow AX056: training starts from a temperature of 0.07 and holds it above zero
      return div(dot('embed', project(p.visionProjection, tokens), caption), p.temperature)
    }
    const weights = blockWeights(here, vision, below)
    const { value, grad } = valueAndGrad(similarity)(weights)
    return { weights, gradient: grad, similarity: value }
  }

/** Weights times their gradient where it is positive, mean over the heads; the class token of the picture is left out. */
const heat = ({ weights, gradient }: Attention): Tensor<'token' | 'key'> => mean('head', slice('key', 1, sizeAlong('key', weights) - 1, mul(weights, relu(gradient))))

/** A map of the patches for each token; nothing at padding. */
export const wordMaps = (attention: Attention, mask: Tensor<'token'>, side: number): Tensor<'token' | 'row' | 'column'> => unflatten(mul(heat(attention), mask), 'key', { row: side, column: side })

/** The map of a whole caption: the mean over its tokens, padding counted as nothing, as officially. */
export const captionMap = (attention: Attention, mask: Tensor<'token'>, side: number): Tensor<'row' | 'column'> => mean('token', wordMaps(attention, mask, side))

/** The map of a picture's class token. */
export const similarityMap = (attention: Attention, side: number): Tensor<'row' | 'column'> => unflatten(at('token', 0, heat(attention)), 'key', { row: side, column: side })

/** Where the maps are taken: a fusion layer, and a block of the vision transformer, each counted from 0. */
export interface MapLayers {
  readonly layer: number
  readonly block: number
}

type Bytes = Tensor<'row' | 'column' | 'channel', 'u8'>

/** Programs that make maps of pictures and captions: of the matching score for each word and for the whole caption, and of the similarity. */
export const mapPrograms = (config: Sizes, { layer, block }: MapLayers, batch: number) => {
  const { image, patch } = config.vision
  const side = image / patch
  const state = mapState(config)
  const given = { image: input({ batch, row: image, column: image, channel: 3 }, 'u8'), ids: input({ batch, token: config.text.tokens }, 'i32') }
  type Ids = Tensor<'token', 'i32'>
  return {
    matchingMaps: evaluation(state, given, ({ student }, { image: bytes, ids }) =>
      vmap('batch', (own: Bytes, words: Ids, mask: Tensor<'token'>) => {
        const attention = matchingAttention(student, config, layer)(normalizePixels(own), words, mask)
        return { map: captionMap(attention, mask, side), words: wordMaps(attention, mask, side), score: at('answer', 1, attention.scores) }
      })(bytes, ids, masksOf(config, ids))),
    similarityMaps: evaluation(state, given, ({ student }, { image: bytes, ids }) =>
      vmap('batch', (own: Bytes, words: Ids, mask: Tensor<'token'>) => {
        const attention = similarityAttention(student, config, block)(normalizePixels(own), words, mask)
        return { map: similarityMap(attention, side), similarity: attention.similarity }
      })(bytes, ids, masksOf(config, ids))),
  }
}

/**
 * The layers whose maps are best, as in the paper: the third fusion layer and the last block. Where there are fewer layers, the one before
 * the last: what words look at in the last one cannot change the score, which is read off the class token alone.
 */
export const usualLayers = ({ text, vision }: Sizes): MapLayers => ({ layer: Math.max(0, Math.min(2, text.fusionLayers - 2)), block: vision.layers - 1 })

/** Maps of one picture at a time, for whoever wants to see them. */
export const mapsOf = (config: Sizes, layers: MapLayers = usualLayers(config)): NonNullable<Job['maps']> => ({ matching: 'matchingMaps', similarity: 'similarityMaps', programs: mapPrograms(config, layers, 1) })
