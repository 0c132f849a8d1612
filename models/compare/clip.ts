// CLIP (arXiv 2103.00020): two encoders that meet only in the dot product of their features. Differs from the paper as ALBEF's `emoji` does,
// so that only the method is compared: the same vision transformer, and MiniLM as it is in place of a text encoder trained from nothing.
import {
  add, crossEntropyAt, defineTask, dot, erase, evaluation, exp, filled, input, mean, min, mul, normal, param, position, rename, valueAndGradWithAux, vmap,
  type Definition, type Job, type Of, type Tensor,
} from '../../compiler/language/index.ts'
import { emoji as emojiSizes, tiny as tinySizes, type Albef } from '../albef/config.ts'
import { meanOfTokens, project, projectPooled } from '../albef/contrast.ts'
import { bertTextWeights } from '../albef/official.ts'
import { attentionMask, textEncoder, textParams } from '../albef/text.ts'
import { visionParams, visionTransformer } from '../albef/vision.ts'
import { noDropout } from '../layers/dropout.ts'
import { linearParams } from '../layers/linear.ts'
import { bytesOf, configured, emojiJob, examples, idsOf, moved, pairs, pixelsOf, trainingState, type Compared } from './parts.ts'

/** `scale` multiplies similarities; it is learned as its logarithm and held below `most`. */
export interface Clip extends Compared, Pick<Albef, 'embed'> {
  readonly scale: { readonly first: number; readonly most: number }
}

const clipParams = ({ vision, text, embed, scale }: Clip) => ({
  vision: visionParams(vision),
  visionProjection: linearParams({ hidden: vision.hidden }, { embed }, normal(vision.hidden ** -0.5)),
  text: textParams(text),
  textProjection: linearParams({ hidden: text.hidden }, { embed }, normal(text.hidden ** -0.5)),
  logScale: param({}, filled(Math.log(scale.first)), { decay: false }),
})
type Model = Of<ReturnType<typeof clipParams>>

const pictureFeature = (p: Model, { vision }: Clip) => (picture: Tensor<'row' | 'column' | 'channel'>): Tensor<'embed'> => project(p.visionProjection, visionTransformer(p.vision, vision)(picture))

const pooledCaption = (p: Model, { text }: Clip) => (ids: Tensor<'token', 'i32'>): Tensor<'hidden'> => {
  const present = attentionMask(ids, text.special.pad)
  return meanOfTokens(textEncoder(p.text, text, noDropout)(ids, present), present)
}

const captionFeature = (p: Model) => (pooled: Tensor<'hidden'>): Tensor<'embed'> => projectPooled(p.textProjection, pooled)

/** Pictures, and captions as word ids or, where the text encoder is frozen, its pooled output. */
const batchOf = (config: Clip) => ({
  image: bytesOf(config, config.batch),
  ids: config.text.encoder === 'cached' ? undefined : idsOf(config, config.batch),
  pooled: config.text.encoder === 'cached' ? input({ batch: config.batch, hidden: config.text.hidden }) : undefined,
})
type Batch = Of<ReturnType<typeof batchOf>>

/** Each picture finds its caption among the batch's, and each caption its picture: the mean of both cross-entropies (figure 3 of the paper). */
export const clipLoss = (image: Tensor<'batch' | 'embed'>, text: Tensor<'batch' | 'embed'>, scale: Tensor): Tensor => {
  const scores = mul(dot('embed', image, rename(text, { batch: 'candidate' })), scale)
  const found = (own: Tensor<'batch' | 'candidate'>): Tensor => mean('batch', crossEntropyAt('candidate', own, position('batch', own)))
  return mul(add(found(scores), found(rename(scores, { batch: 'candidate', candidate: 'batch' }))), 0.5)
}

const lossOf = (config: Clip, { image, ids, pooled }: Batch) => (p: Model) => {
  const captions = pooled ?? (ids === undefined ? undefined : vmap('batch', pooledCaption(p, config))(ids))
  if (captions === undefined) throw new Error('a batch has captions')
  const scale = exp(p.logScale)
  return [clipLoss(vmap('batch', pictureFeature(p, config))(pixelsOf(image)), vmap('batch', captionFeature(p))(captions), scale), { scale }] as const
}

const evaluated = (config: Clip) => {
  const read = { student: clipParams(config) }
  const feature = { batch: pairs, embed: config.embed }
  // axle-allow AX055: matching programs are given the words, too
  const scored = { ids: input({ batch: pairs, token: config.text.tokens }, 'i32'), caption: input(feature), image: input(feature) }
  return {
    pooled: evaluation(read, { ids: idsOf(config, examples) }, ({ student }, { ids }) => ({ pooled: vmap('batch', pooledCaption(student, config))(ids) })),
    pictures: evaluation(read, { image: bytesOf(config, examples) }, ({ student }, { image }) => {
      const feature = vmap('batch', pictureFeature(student, config))(pixelsOf(image))
      return { feature, tokens: feature }
    }),
    captions: evaluation(read, { ids: idsOf(config, examples) }, ({ student }, { ids }) => {
      const feature = vmap('batch', (own: Tensor<'token', 'i32'>) => captionFeature(student)(pooledCaption(student, config)(own)))(ids)
      return { feature, tokens: feature }
    }),
    // Nothing looks at a pair again: its score is the similarity.
    match: evaluation(read, scored, (_, { caption, image }) => ({ score: dot('embed', caption, image) })),
  }
}

/** CLIP as a definition. */
export const clip = (config: Clip) => {
  const state = trainingState(config, () => clipParams(config))
  const batch = batchOf(config)
  const step = (now: Of<typeof state>, given: Batch) => {
    const student = { ...now.student, logScale: min(now.student.logScale, Math.log(config.scale.most)) }
    const { value, aux, grad } = valueAndGradWithAux(lossOf(config, given))(student)
    const [after, rate] = moved(config, clipParams(config), { ...now, student }, grad)
    return [after, { loss: value, scale: aux.scale, rate }] as const
  }
  const definition: Definition<typeof state, typeof batch, ReturnType<typeof step>[1]> = { state, batch, step, shard: { batch: 'data' }, evaluate: evaluated(config) }
  return definition
}

const job = (config: Clip): Job => {
  const cached = config.text.encoder === 'cached'
  return emojiJob('clip', config, { image: 'picture', ...(cached ? { pooled: { captions: 'pooled', output: 'pooled' } } : { ids: 'words' }) }, {
    definition: erase(clip(config)),
    phases: [{ program: 'step', share: 1 }],
    ...(cached ? { weights: { source: 'minilm-l6-v2', names: bertTextWeights(config, config.text.layers), copies: [] } } : {}),
    shown: [{ name: 'loss', digits: 3 }, { name: 'scale', digits: 1 }],
    retrieval: { pictures: 'pictures', captions: 'captions', match: 'match', candidates: 10 },
  })
}

const from = ({ name, vision, text, embed, batch, optimizer, schedule }: Albef): Clip => ({
  name, vision, text, embed, batch, schedule,
  optimizer: { ...optimizer, factors: { text: text.encoder === 'trained' ? 1 : 0 } },
  scale: { first: 1 / 0.07, most: 100 },
})

/** CLIP on pictures of emoji. */
export const task = defineTask({ name: 'clip', configs: { emoji: configured(from(emojiSizes), job), tiny: configured(from(tinySizes), job) } })
