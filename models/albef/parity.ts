import {
  cast, evaluation, fail, groupwise, input, less, not, outer, position, rename, select, valueAndGradWithAux,
  type Definition, type Of, type WithAxis,
} from '../../compiler/language/index.ts'
import type { Choices } from './choices.ts'
import { base, type Albef } from './config.ts'
import { officialNames, officialStudent } from './official.ts'
import { albefState, type State, type Student } from './parameters.ts'
import { entailmentParity } from './recorded/entailment.ts'
import { evaluationParity } from './recorded/evaluation.ts'
import { gradcamParity } from './recorded/gradcam.ts'
import { nlvrParity } from './recorded/nlvr.ts'
import { ownPairs, pairIntermediates, recordedOrder } from './recorded/pairs.ts'
import { retrievalParity } from './recorded/retrieval.ts'
import { assignmentParity } from './recorded/text-assignment.ts'
import { vqaParity } from './recorded/vqa.ts'
import { aroundOf, groupLoss, overGroups, pretrainLoss, shardOf, stepBy, studentOf, type Around, type StepLoss } from './step.ts'

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
  /** Processes that each had a batch; the mean of their gradients was applied. */
  readonly ranks?: number
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
  batch: size.batch * (size.ranks ?? 1),
  groups: size.ranks ?? 1,
  anchors: size.batch,
  momentum,
  optimizer: { ...optimizer, factors: {} },
})

/** One recorded step: normalised pictures, captions, and every choice that the official code drew. */
const recordedBatch = ({ vision, text, batch: example }: Albef) => ({
  image: input({ example, channel: 3, row: vision.image, column: vision.image }),
  ids: input({ example, token: text.tokens }, 'i32'),
  maskedIds: input({ example, token: text.tokens }, 'i32'),
  labels: input({ example, token: text.tokens }, 'i32'),
  negativeImage: input({ example }, 'i32'),
  negativeText: input({ example }, 'i32'),
  alpha: input({}),
  rate: input({}),
})

type RecordedBatch = Of<ReturnType<typeof recordedBatch>>
/** The part of a group. */
type OwnBatch = WithAxis<'example', 'batch', RecordedBatch>

/** Which array of `inputs.safetensors` feeds which input; each has a leading axis of steps. */
export const recordedInputs = { image: 'image', ids: 'input_ids', maskedIds: 'masked_input_ids', labels: 'mlm_labels', negativeImage: 'neg_image_idx', negativeText: 'neg_text_idx', alpha: 'alpha' } as const

/** The choices of the official run, through the same record that training fills by drawing. */
export const replayed = (batch: OwnBatch): Choices => ({
  mask: () => {
    const at = select(less(batch.maskedIds, 0), batch.maskedIds, position('token', batch.ids))
    const weight = cast('f32', not(less(batch.labels, 0)))
    return { ids: batch.maskedIds, at: rename(at, { token: 'masked' }), weight: rename(weight, { token: 'masked' }) }
  },
  negatives: () => ({ image: batch.negativeImage, text: batch.negativeText }),
  alpha: () => batch.alpha,
  rate: () => batch.rate,
})

/** The intermediates of a group under the official names. */
const intermediatesOf = (config: Albef, around: Around, student: Student) => (own: OwnBatch) => {
  const [total, { inside, metrics }] = pretrainLoss(config, replayed(own), { ...around, examples: own })(student)
  const { contrasted, masking } = inside
  if (contrasted === undefined) return fail('AX032', 'recorded runs train all three losses')
  const { contrast } = contrasted
  const { logits } = contrast.imageToText
  const same = outer('equal', position('batch', logits), position('candidate', logits))
  return {
    ...pairIntermediates({ ...inside, ...contrasted }, ownPairs(contrast.imageToText.inBatch)),
    sim_targets: cast('f32', same), loss_mlm: masking.loss, loss_total: total,
    'mlm_output.logits': masking.student.scores, logits_m: masking.teacher.scores,
    input_ids_masked: own.maskedIds, labels: own.labels, accuracy: metrics.matchingAccuracy,
  }
}

/** Everything that parity compares, as one definition: the step itself, its intermediates, and the gradient of every parameter. */
export const parity = (recorded: Recorded) => {
  const config = configOf(recorded)
  const state = albefState(config)
  const batch = recordedBatch(config)
  const groups = { group: config.groups }
  const loss = (given: RecordedBatch): StepLoss => around => student => overGroups(groupwise('example', groups, 'batch', given, own => groupLoss(config, replayed(own), { ...around, examples: own })(student)))
  const step = (now: State, given: RecordedBatch) => stepBy(config, loss(given), () => given.rate)(now)
  const intermediates = (now: State, given: RecordedBatch) => groupwise('example', groups, 'batch', given, intermediatesOf(config, aroundOf(config, now), studentOf(config, now)))
  const gradients = (now: State, given: RecordedBatch) => ({ student: valueAndGradWithAux(loss(given)(aroundOf(config, now)))(studentOf(config, now)).grad })
  const definition: Definition<typeof state, typeof batch, ReturnType<typeof step>[1]> = {
    state, batch, step,
    shard: shardOf(config),
    evaluate: { intermediates: evaluation(state, batch, intermediates), gradients: evaluation(state, batch, gradients) },
  }
  return { definition, inputs: recordedInputs, order: ['group', ...recordedOrder], names: officialNames(config), gradientNames: officialStudent(config), queueSize: config.queue }
}

/** Tasks whose recorded batches are replayed in the same way, by the kind of their folders. */
export const tasks = { retrieval: retrievalParity, retrieval_eval: evaluationParity, gradcam: gradcamParity, ve: entailmentParity, nlvr: nlvrParity, nlvr_ta: assignmentParity, vqa: vqaParity }
