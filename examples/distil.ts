// A trained ALBEF teaches a model of half its layers and half its width, which is to rank the captions of a batch, and the pictures, as its teacher does.
// `npx axle train examples/distil.ts --from out/emoji-… --steps 600`; with `--config alone` and no `--from` the same model learns from the labels only.
import {
  add, clamp, crossEntropyAt, defineTask, div, dot, erase, evaluation, exp, filled, input, mean, mul, param, position, rename, scalar, valueAndGradWithAux, vmap,
  type Definition, type Job, type Of, type Tensor,
} from '../compiler/language/index.ts'
import { emoji, tiny, type Albef } from '../models/albef/config.ts'
import { meanOfTokens, project, projectPooled } from '../models/albef/contrast.ts'
import { bertTextWeights } from '../models/albef/official.ts'
import { torchLinear } from '../models/albef/parameters.ts'
import { attentionMask, textEncoder, textParams } from '../models/albef/text.ts'
import { visionParams, visionTransformer } from '../models/albef/vision.ts'
import { bytesOf, configured, emojiJob, examples, idsOf, moved, pairs, pixelsOf, trainingState, type Compared } from '../models/compare/parts.ts'
import { noDropout } from '../models/layers/dropout.ts'
import { softLoss, softTargets, withLabels } from '../models/losses/distillation.ts'
import { frozen } from '../models/transforms/teachers.ts'

type Size = Pick<Albef, 'vision' | 'embed'>

/** The student's sizes, its teacher's, the teacher's share of the loss (with 0 there is none), and the temperature that softens the rankings of both. */
interface Distil extends Compared, Size {
  readonly teacher: Size & Pick<Albef, 'temperature'>
  readonly share: number
  readonly softness: number
}

/** What has two sizes; the frozen text encoder is one for both. */
const towers = ({ vision, embed }: Size, { text }: Distil) => ({
  vision: visionParams(vision),
  visionProjection: torchLinear({ hidden: vision.hidden }, { embed }, vision.hidden),
  textProjection: torchLinear({ hidden: text.hidden }, { embed }, text.hidden),
})
type Towers = Of<ReturnType<typeof towers>>

const studentOf = (config: Distil) => ({ ...towers(config, config), logScale: param({}, filled(Math.log(1 / 0.07))) })
type Student = Of<ReturnType<typeof studentOf>>

/** A teacher is no part of what is trained, so checkpoints do not repeat it: a run keeps it once. */
const stateOf = (config: Distil) => ({
  ...trainingState(config, () => studentOf(config)),
  text: textParams(config.text),
  teacher: config.share > 0 ? { ...towers(config.teacher, config), temperature: param({}, filled(config.teacher.temperature.first)) } : undefined,
})
const batchOf = (config: Distil) => ({ image: bytesOf(config, config.batch), pooled: input({ batch: config.batch, hidden: config.text.hidden }) })
type State = Of<ReturnType<typeof stateOf>>
type Batch = Of<ReturnType<typeof batchOf>>

const pictureFeature = (p: Towers, { vision }: Size) => (picture: Tensor<'row' | 'column' | 'channel'>): Tensor<'embed'> => project(p.visionProjection, visionTransformer(p.vision, vision)(picture))
const captionFeature = (p: Towers) => (pooled: Tensor<'hidden'>): Tensor<'embed'> => projectPooled(p.textProjection, pooled)

type Scores = Tensor<'batch' | 'candidate'>

/** How each picture ranks the captions of the batch, and each caption its pictures. */
const rankings = (p: Towers, size: Size, { image, pooled }: Batch, scale: Tensor): readonly [Scores, Scores] => {
  const [pictures, captions] = [vmap('batch', pictureFeature(p, size))(pixelsOf(image)), vmap('batch', captionFeature(p))(pooled)]
  const scores = mul(dot('embed', pictures, rename(captions, { batch: 'candidate' })), scale)
  return [scores, rename(scores, { batch: 'candidate', candidate: 'batch' })]
}

/** The labels: each finds its own. */
const found = (scores: Scores): Tensor => mean('batch', crossEntropyAt('candidate', scores, position('batch', scores)))

const lossOf = (config: Distil, teacher: State['teacher'], batch: Batch) => (p: Student) => {
  const [ofPictures, ofCaptions] = rankings(p, config, batch, exp(p.logScale))
  const labels = div(add(found(ofPictures), found(ofCaptions)), 2)
  if (teacher === undefined) return [labels, { labels }] as const
  const known = frozen(teacher)
  const { low, high } = config.teacher.temperature
  const [itsPictures, itsCaptions] = rankings(known, config.teacher, batch, div(scalar(1), clamp(known.temperature, low, high)))
  const learnt = (own: Scores, its: Scores): Tensor => mean('batch', softLoss('candidate', config.softness, own, softTargets('candidate', config.softness, its)))
  const soft = div(add(learnt(ofPictures, itsPictures), learnt(ofCaptions, itsCaptions)), 2)
  return [withLabels(config.share, labels, soft), { labels, soft, teacher: div(add(found(itsPictures), found(itsCaptions)), 2) }] as const
}

/** The programs of retrieval. Nothing looks at a pair again: its score is the similarity. */
const evaluated = (config: Distil) => {
  const read = { student: studentOf(config), text: textParams(config.text) }
  const feature = { batch: pairs, embed: config.embed }
  const pooledOf = (text: State['text']) => (ids: Tensor<'token', 'i32'>): Tensor<'hidden'> => {
    const present = attentionMask(ids, config.text.special.pad)
    return meanOfTokens(textEncoder(text, config.text, noDropout)(ids, present), present)
  }
  // axle-allow AX055: matching programs are given the words, too
  const scored = { ids: input({ batch: pairs, token: config.text.tokens }, 'i32'), caption: input(feature), image: input(feature) }
  return {
    pooled: evaluation(read, { ids: idsOf(config, examples) }, ({ text }, { ids }) => ({ pooled: vmap('batch', pooledOf(text))(ids) })),
    pictures: evaluation(read, { image: bytesOf(config, examples) }, ({ student }, { image }) => {
      const found = vmap('batch', pictureFeature(student, config))(pixelsOf(image))
      return { feature: found, tokens: found }
    }),
    captions: evaluation(read, { ids: idsOf(config, examples) }, ({ student, text }, { ids }) => {
      const found = vmap('batch', captionFeature(student))(vmap('batch', pooledOf(text))(ids))
      return { feature: found, tokens: found }
    }),
    match: evaluation(read, scored, (_, { caption, image }) => ({ score: dot('embed', caption, image) })),
  }
}

const distilled = (config: Distil) => {
  const [state, batch] = [stateOf(config), batchOf(config)]
  const definition: Definition<typeof state, typeof batch, unknown> = {
    state,
    batch,
    step: (now, given) => {
      const { value, aux, grad } = valueAndGradWithAux(lossOf(config, now.teacher, given))(now.student)
      const [after, rate] = moved(config, studentOf(config), now, grad)
      return [{ ...now, ...after }, { loss: value, ...aux, rate }]
    },
    evaluate: evaluated(config),
  }
  return definition
}

const parts = ['vision', 'visionProjection', 'textProjection', 'temperature'] as const

const job = (config: Distil): Job => ({
  ...emojiJob('distil', config, { image: 'picture', pooled: { captions: 'pooled', output: 'pooled' } }, {
    definition: erase(distilled(config)),
    phases: [{ program: 'step', share: 1 }],
    ...(config.text.hidden === 384 ? { weights: { source: 'minilm-l6-v2', names: bertTextWeights(config, config.text.layers, 'text'), copies: [] } } : {}),
    shown: (config.share > 0 ? ['loss', 'labels', 'teacher'] : ['loss']).map(name => ({ name, digits: 3 })),
    retrieval: { pictures: 'pictures', captions: 'captions', match: 'match', candidates: 10 },
  }),
  ...(config.share > 0 ? { start: { parts: parts.map(part => [`student/${part}`, `teacher/${part}`] as const), needed: 'its teacher' } } : {}),
})

/** Half the layers, half the width, from an ALBEF whose text encoder is frozen. */
const halfOf = ({ name, vision, text, embed, batch, temperature, optimizer, schedule }: Albef): Distil => ({
  name, text, batch, optimizer, schedule,
  vision: { ...vision, layers: vision.layers / 2, hidden: vision.hidden / 2, heads: vision.heads / 2, inner: vision.inner / 2, stem: vision.stem.map(({ size, channels }) => ({ size, channels: channels / 2 })) },
  embed: embed / 2,
  teacher: { vision, embed, temperature },
  share: 0.5,
  softness: 2,
})

const small: Albef = { ...tiny, vision: { ...tiny.vision, heads: 4 }, text: { ...tiny.text, pool: 'mean', encoder: 'cached' } }

export const task = defineTask({
  name: 'distillation',
  configs: { emoji: configured(halfOf(emoji), job), alone: configured({ ...halfOf(emoji), name: 'alone', share: 0 }, job), tiny: configured(halfOf(small), job) },
})
