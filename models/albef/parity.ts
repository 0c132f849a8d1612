import {
  broadcast, cast, clamp, concat, equal, evaluation, flatten, fold, gather, input, less, not, outer, position, rename, scalar, select, sizeAlong, slice, softmax, valueAndGradWithAux,
  type Definition, type Of, type Tensor,
} from '../../compiler/language/index.ts'
import type { Choices } from './choices.ts'
import { base, type Albef } from './config.ts'
import { officialNames, officialStudent } from './official.ts'
import { albefState, type State } from './parameters.ts'
import { entailmentParity } from './recorded/entailment.ts'
import { pretrainLoss, pretrainStep, teacherOf, type Surroundings } from './step.ts'

/** Sizes as the recorded folders name them. */
export interface RecordedSizes {
  readonly image: number
  readonly patch: number
  readonly vwidth: number
  readonly vdepth: number
  readonly vheads: number
  readonly thidden: number
  readonly tlayers: number
  readonly tfusion: number
  readonly theads: number
  readonly tinter: number
  readonly vocab: number
  readonly maxpos: number
  readonly embed: number
  readonly queue: number
  readonly batch: number
  readonly seq: number
}

/** What a recorded run says about itself, as far as the model depends on it. */
export interface Recorded {
  readonly size: RecordedSizes
  readonly momentum: number
  readonly mlpRatio: number
  readonly special: { readonly pad: number; readonly cls: number; readonly mask: number }
  readonly optimizer: { readonly decay: number; readonly beta1: number; readonly beta2: number; readonly epsilon: number }
}

/** Our configuration of a recorded run. */
export const configOf = ({ size, momentum, mlpRatio, special, optimizer }: Recorded): Albef => ({
  ...base,
  name: 'recorded',
  vision: { image: size.image, patch: size.patch, hidden: size.vwidth, layers: size.vdepth, heads: size.vheads, inner: size.vwidth * mlpRatio, stem: [] },
  text: { ...base.text, words: size.vocab, places: size.maxpos, hidden: size.thidden, heads: size.theads, inner: size.tinter, layers: size.tfusion, fusionLayers: size.tlayers - size.tfusion, tokens: size.seq, dropout: 0, special },
  embed: size.embed,
  queue: size.queue,
  batch: size.batch,
  anchors: size.batch,
  momentum,
  optimizer: { ...optimizer, factors: {} },
})

/** One recorded step: normalised pictures, captions, and every choice that the official code drew. */
const recordedBatch = ({ vision, text, batch }: Albef) => ({
  image: input({ batch, channel: 3, row: vision.image, column: vision.image }),
  ids: input({ batch, token: text.tokens }, 'i32'),
  maskedIds: input({ batch, token: text.tokens }, 'i32'),
  labels: input({ batch, token: text.tokens }, 'i32'),
  negativeImage: input({ batch }, 'i32'),
  negativeText: input({ batch }, 'i32'),
  alpha: input({}),
  rate: input({}),
})

type RecordedBatch = Of<ReturnType<typeof recordedBatch>>

/** Which array of `inputs.safetensors` feeds which input; each has a leading axis of steps. */
export const recordedInputs = { image: 'image', ids: 'input_ids', maskedIds: 'masked_input_ids', labels: 'mlm_labels', negativeImage: 'neg_image_idx', negativeText: 'neg_text_idx', alpha: 'alpha' } as const

/** The choices of the official run, through the same record that training fills by drawing. */
export const replayed = (batch: RecordedBatch): Choices => ({
  mask: () => {
    const at = select(less(batch.maskedIds, 0), batch.maskedIds, position('token', batch.ids))
    const weight = cast('f32', not(less(batch.labels, 0)))
    return { ids: batch.maskedIds, at: rename(at, { token: 'masked' }), weight: rename(weight, { token: 'masked' }) }
  },
  negatives: () => ({ image: batch.negativeImage, text: batch.negativeText }),
  alpha: () => batch.alpha,
  rate: () => batch.rate,
})

const surroundings = (config: Albef, state: State, batch: RecordedBatch): Surroundings => ({
  teacher: teacherOf(config, state),
  queues: state.queues,
  examples: { image: batch.image, ids: batch.ids },
  key: fold(state.key, state.step),
  clock: { step: state.step, horizon: state.horizon },
})

const studentOf = (config: Albef, { student }: State) => ({ ...student, temperature: clamp(student.temperature, config.temperature.low, config.temperature.high) })

type Pairs = Tensor<'case' | 'batch' | 'token' | 'hidden'>
const allPairs = (x: Pairs) => flatten(x, ['case', 'batch'], 'pair')

/** The intermediates of a step under the official names. */
const intermediates = (config: Albef) => (state: State, batch: RecordedBatch) => {
  const [total, { inside, metrics }] = pretrainLoss(config, replayed(batch), surroundings(config, state, batch))(studentOf(config, state))
  const { online, target, contrast, matching, masking, negatives, mask } = inside
  const { imageToText, textToImage } = contrast
  const own = outer('equal', position('batch', imageToText.logits), position('candidate', imageToText.logits))
  const other = (x: Tensor<'batch' | 'candidate'>) => select(outer('equal', position('batch', x), position('candidate', x)), 0, softmax('candidate', x))
  const [negativeImages, negativeTexts, negativeMask] = [gather('batch', online.images, negatives.image), gather('batch', online.captions, negatives.text), gather('batch', mask, negatives.text)]
  const labels = cast('i32', equal(position('case', matching.scores), 0))
  const wholeImages = (images: Tensor<'batch' | 'token' | 'hidden'>) => broadcast(scalar(1, 'i32'), { batch: sizeAlong('batch', images), token: sizeAlong('token', images) })
  return {
    image_embeds: online.images, image_feat: online.features.image, text_embeds: online.captions, text_feat: online.features.text,
    'text_output.last_hidden_state': online.captions, 'text_output_m.last_hidden_state': target.captions,
    image_embeds_m: target.images, image_feat_m: target.features.image, text_feat_m: target.features.text,
    image_feat_all: textToImage.bank, text_feat_all: imageToText.bank,
    sim_i2t: imageToText.logits, sim_t2i: textToImage.logits, sim_i2t_m: imageToText.teacherLogits, sim_t2i_m: textToImage.teacherLogits,
    sim_targets: cast('f32', own), sim_i2t_targets: imageToText.targets, sim_t2i_targets: textToImage.targets,
    weights_i2t: other(imageToText.inBatch), weights_t2i: other(textToImage.inBatch),
    loss_i2t: imageToText.loss, loss_t2i: textToImage.loss, loss_ita: contrast.loss, loss_itm: matching.loss, loss_mlm: masking.loss, loss_total: total,
    image_atts: wholeImages(online.images), image_atts_all: concat('batch', [wholeImages(negativeImages), wholeImages(online.images)]),
    image_embeds_neg: negativeImages, text_embeds_neg: negativeTexts, text_atts_neg: cast('i32', negativeMask),
    image_embeds_all: concat('batch', [negativeImages, online.images]), text_embeds_all: concat('batch', [online.captions, negativeTexts]), text_atts_all: cast('i32', concat('batch', [mask, negativeMask])),
    'output_pos.last_hidden_state': flatten(slice('case', 0, 1, matching.tokens), ['case', 'batch'], 'pair'), 'output_neg.last_hidden_state': allPairs(slice('case', 1, 2, matching.tokens)),
    vl_embeddings: flatten(flatten(slice('token', 0, 1, matching.tokens), ['case', 'batch'], 'pair'), ['token', 'hidden'], 'hidden'), vl_output: flatten(matching.scores, ['case', 'batch'], 'pair'),
    itm_labels: flatten(labelsOf(labels, matching.scores), ['case', 'batch'], 'pair'),
    'mlm_output.logits': masking.student.scores, logits_m: masking.teacher.scores,
    input_ids_masked: batch.maskedIds, labels: batch.labels, accuracy: metrics.matchingAccuracy,
  }
}

const labelsOf = (labels: Tensor<'case', 'i32'>, scores: Tensor<'case' | 'batch' | 'answer'>): Tensor<'case' | 'batch', 'i32'> => outer('add', labels, cast('i32', less(position('batch', scores), 0)))

/** The order in which the official code lays out the axes of its intermediates. */
export const recordedOrder = ['pair', 'case', 'batch', 'embed', 'token', 'masked', 'candidate', 'hidden', 'word', 'answer'] as const

/** Everything that parity compares, as one definition: the step itself, its intermediates, and the gradient of every parameter. */
export const parity = (recorded: Recorded) => {
  const config = configOf(recorded)
  const state = albefState(config)
  const batch = recordedBatch(config)
  const step = (now: State, given: RecordedBatch) => pretrainStep(config, replayed(given))(now, { image: given.image, ids: given.ids })
  const gradients = (now: State, given: RecordedBatch) => ({ student: valueAndGradWithAux(pretrainLoss(config, replayed(given), surroundings(config, now, given)))(studentOf(config, now)).grad })
  const definition: Definition<typeof state, typeof batch, ReturnType<typeof step>[1]> = {
    state, batch, step,
    evaluate: { intermediates: evaluation(state, batch, intermediates(config)), gradients: evaluation(state, batch, gradients) },
  }
  return { definition, inputs: recordedInputs, order: recordedOrder, names: officialNames(config), gradientNames: officialStudent(config), queueSize: config.queue }
}

/** Tasks whose recorded batches are replayed in the same way, by the kind of their folders. */
export const tasks = { ve: entailmentParity }
