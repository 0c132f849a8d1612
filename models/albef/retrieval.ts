import { at, evaluation, input, vmap, type Tensor } from '../../compiler/language/index.ts'
import { noDropout } from '../layers/dropout.ts'
import { project, projectPooled } from './contrast.ts'
import { match } from './matching.ts'
import { encodersOf, matchingParams, type Sizes } from './parameters.ts'
import { masksOf, poolTokens } from './step.ts'
import { textEncoder } from './text.ts'
import { normalizePixels, visionTransformer } from './vision.ts'

/** Examples that one call of an evaluation program takes, and pairs that one call of the matching program takes. */
const examples = 64
const pairs = 256

/** The part of a state that these programs read: pre-training and retrieval both have it. */
const read = (config: Sizes) => ({ student: { ...encodersOf(config), matching: matchingParams(config) } })

const captionInputs = ({ text }: Sizes, batch: number) => ({ ids: input({ batch, token: text.tokens }, 'i32') })

/** Pooled outputs of the text encoder, before the projection: what a frozen encoder gives once and for all. */
export const pooledCaptions = (config: Sizes) =>
  evaluation(read(config), captionInputs(config, examples), ({ student }, { ids }): { readonly pooled: Tensor<'batch' | 'hidden'> } => {
    const mask = masksOf(config, ids)
    const tokens = vmap('batch', textEncoder(student.text, config.text, noDropout))(ids, mask)
    return { pooled: vmap('batch', (own: Tensor<'token' | 'hidden'>, present: Tensor<'token'>) => poolTokens(config, own, present))(tokens, mask) }
  })

interface Encoded {
  /** None where the model has no contrastive loss. */
  readonly feature: Tensor<'batch' | 'embed'> | undefined
  readonly tokens: Tensor<'batch' | 'token' | 'hidden'>
}

/** Contrastive features and tokens of captions. */
export const encodeCaptions = (config: Sizes) =>
  evaluation(read(config), captionInputs(config, examples), ({ student }, { ids }): Encoded => {
    const mask = masksOf(config, ids)
    const tokens = vmap('batch', textEncoder(student.text, config.text, noDropout))(ids, mask)
    const { textProjection } = student
    if (textProjection === undefined) return { feature: undefined, tokens }
    const feature = vmap('batch', (own: Tensor<'token' | 'hidden'>, present: Tensor<'token'>) => projectPooled(textProjection, poolTokens(config, own, present)))(tokens, mask)
    return { feature, tokens }
  })

/** Contrastive features and tokens of pictures. */
export const encodePictures = (config: Sizes) => {
  const { image } = config.vision
  return evaluation(read(config), { image: input({ batch: examples, row: image, column: image, channel: 3 }, 'u8') }, ({ student }, given): Encoded => {
    const tokens = vmap('batch', (bytes: Tensor<'row' | 'column' | 'channel', 'u8'>) => visionTransformer(student.vision, config.vision)(normalizePixels(bytes)))(given.image)
    const { visionProjection } = student
    return { feature: visionProjection === undefined ? undefined : vmap('batch', (own: Tensor<'token' | 'hidden'>) => project(visionProjection, own))(tokens), tokens }
  })
}

/** The matching score of pairs, from tokens computed before: the raw score of "matches", as the official evaluation ranks by. */
export const matchPairs = (config: Sizes) => {
  const { text, vision } = config
  const inputs = {
    ids: input({ batch: pairs, token: text.tokens }, 'i32'),
    caption: input({ batch: pairs, token: text.tokens, hidden: text.hidden }),
    image: input({ batch: pairs, token: 1 + (vision.image / vision.patch) ** 2, hidden: vision.hidden }),
  }
  return evaluation(read(config), inputs, ({ student }, given): { readonly score: Tensor<'batch'> } => {
    const { scores } = vmap('batch', match(student, text, noDropout))(given.caption, given.image, masksOf(config, given.ids))
    return { score: at('answer', 1, scores) }
  })
}
