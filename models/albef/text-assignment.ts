import {
  add, at, cast, categoricalWithoutReplacement, crossEntropyAt, defineTask, div, dot, erase, evaluation, fold, gather, input, l2Normalize, less, mean, outer, position, rename, scalar, select, sizeAlong, stopGradient, sub, uniform,
  valueAndGradWithAux, vmap,
  type Definition, type Job, type Key, type Of, type Tensor,
} from '../../compiler/language/index.ts'
import { dropoutAt, noDropout } from '../layers/dropout.ts'
import { linear } from '../layers/linear.ts'
import { accuracy } from './classifier.ts'
import { emoji as emojiPretraining, base as pretraining, tiny as tinyPretraining, type Albef } from './config.ts'
import { assignmentNames } from './official-tasks.ts'
import { torchLinear } from './parameters.ts'
import { masksOf } from './step.ts'
import {
  baseTuning, clockOf, configured, emojiTuning, normalized, official, optimized, pictures, positions, scheduled, startFrom, tinyTuning, tuningJob, tuningState,
  type Given, type Tuning, type TuningChoices,
} from './tuning.ts'
import { twoImageEncoder, twoImageParams, twoImageParts } from './two-images.ts'
import { visionTransformer } from './vision.ts'

/** Pre-training of the encoders of two images: which of two does a caption belong to, or to neither? Without a teacher. */
export interface Assignment extends Tuning, Pick<Albef, 'embed'> {}

/** Which of two pictures a caption belongs to. */
export const labels = { first: 0, second: 1, neither: 2 } as const

/** The temperature of the softmax that similar pictures are drawn with: a constant here. */
const temperature = 0.07

export const assignmentParams = (config: Assignment) => ({ ...twoImageParams(config), head: torchLinear({ hidden: config.text.hidden }, { answer: 3 }, config.text.hidden) })

type Params = Of<ReturnType<typeof assignmentParams>>

export const assignmentState = (config: Assignment) => ({
  ...tuningState(config, () => assignmentParams(config), () => ({})),
  // It only says which pictures are alike: nothing trains it, nor may decay shrink it.
  projection: torchLinear({ hidden: config.vision.hidden }, { embed: config.embed }, config.vision.hidden),
})
type State = Of<ReturnType<typeof assignmentState>>

/** For each caption the two pictures shown, and which of them is its own: 0 the first, 1 the second, 2 neither. */
export interface Assigned {
  readonly first: Tensor<'batch', 'i32'>
  readonly second: Tensor<'batch', 'i32'>
  readonly label: Tensor<'batch', 'i32'>
}

export interface AssignmentChoices extends TuningChoices {
  readonly assign: (key: Key, similarity: Tensor<'batch' | 'candidate'>) => Assigned
}

/** Normalised pictures and their captions. */
export interface Captioned {
  readonly image: Tensor<'batch' | 'row' | 'column' | 'channel'>
  readonly ids: Tensor<'batch' | 'token', 'i32'>
}

/** Three equal classes. Other pictures are drawn by their similarity; a caption that is assigned to neither sees two of them. */
export const assign: AssignmentChoices['assign'] = (key, similarity) => {
  const own = outer('equal', position('batch', similarity), position('candidate', similarity))
  const others = categoricalWithoutReplacement(fold(key, 'others'), 'candidate', { slot: 2 }, select(own, -1e9, similarity))
  const self = position('batch', similarity)
  const [one, two] = [at('slot', 0, others), at('slot', 1, others)]
  const chance = uniform(fold(key, 'class'), { batch: sizeAlong('batch', similarity) })
  const [isFirst, isSecond] = [less(chance, 1 / 3), less(chance, 2 / 3)]
  return {
    first: select(isFirst, self, one),
    second: select(isFirst, one, select(isSecond, self, two)),
    label: sub(scalar(2, 'i32'), add(cast('i32', isFirst), cast('i32', isSecond))),
  }
}

interface AssignmentGiven extends Omit<Given<never>, 'teacher'> {
  readonly projection: State['projection']
}

export const surroundings = (state: State): AssignmentGiven => ({ projection: state.projection, key: fold(state.key, state.step), clock: clockOf(state) })

/** The cross-entropy of the three classes. The second part is for metrics and parity. */
export const assignmentLoss = (config: Assignment, choices: AssignmentChoices, { projection, key }: AssignmentGiven, { image, ids }: Captioned) => (student: Params) => {
  const images = vmap('batch', visionTransformer(student.vision, config.vision))(image)
  const features = stopGradient(vmap('batch', (tokens: Tensor<'token' | 'hidden'>) => l2Normalize('embed', linear(projection, at('token', 0, tokens))))(images))
  const similarity = div(dot('embed', features, rename(features, { batch: 'candidate' })), temperature)
  const assigned = choices.assign(fold(key, 'assign'), similarity)
  const encode = twoImageEncoder(student, config, dropoutAt(fold(key, 'student'), config.text.dropout))
  const tokens = vmap('batch', encode)(ids, masksOf(config, ids), gather('batch', images, assigned.first), gather('batch', images, assigned.second))
  const scores = linear(student.head, at('token', 0, tokens))
  const loss = mean('batch', crossEntropyAt('answer', scores, assigned.label))
  return [loss, { metrics: { accuracy: accuracy(scores, assigned.label) }, inside: { images, features, similarity, tokens, scores } }] as const
}

/** What the model makes of captions and two pictures each. */
const judge = (p: Params, config: Assignment, { left, right, ids }: { readonly left: Captioned['image']; readonly right: Captioned['image']; readonly ids: Captioned['ids'] }) => {
  type Picture = Tensor<'row' | 'column' | 'channel'>
  const see = visionTransformer(p.vision, config.vision)
  return vmap('batch', (first: Picture, second: Picture, words: Tensor<'token', 'i32'>, mask: Tensor<'token'>) =>
    linear(p.head, at('token', 0, twoImageEncoder(p, config, noDropout)(words, mask, see(first), see(second)))))(left, right, ids, masksOf(config, ids))
}

/** One training step of the text assignment. */
export const assignmentStep = (config: Assignment, choices: AssignmentChoices) => (state: State, batch: Captioned) => {
  const given = surroundings(state)
  const { value, aux, grad } = valueAndGradWithAux(assignmentLoss(config, choices, given, batch))(state.student)
  const rate = choices.rate(given.clock)
  return [{ ...state, ...optimized(config, assignmentParams(config), state, grad, rate) }, { loss: value, ...aux.metrics, rate }] as const
}

const assignment = (config: Assignment) => {
  const state = assignmentState(config)
  const batch = { image: pictures(config, config.batch), ids: input({ batch: config.batch, token: config.text.tokens }, 'i32') }
  const step = (now: State, { image, ids }: Of<typeof batch>) => assignmentStep(config, { ...scheduled(config), assign })(now, { image: normalized(image), ids })
  const shown = { left: pictures(config, config.batch), right: pictures(config, config.batch), ids: batch.ids }
  const definition: Definition<typeof state, typeof batch, ReturnType<typeof step>[1]> = {
    state, batch, step,
    shard: { batch: 'data' },
    evaluate: {
      predict: evaluation(state, shown, ({ student }, { left, right, ids }) => ({ scores: judge(student, config, { left: normalized(left), right: normalized(right), ids }) })),
      positions: positions(state, config),
    },
  }
  return definition
}

const job = (config: Assignment): Job => {
  const common = tuningJob('text-assignment', config)
  const start = startFrom(config, twoImageParts(config))
  return {
    ...common,
    definition: erase(assignment(config)),
    data: { ...common.data, inputs: { image: 'picture', ids: 'words' } },
    start: { ...start, parts: [...start.parts, ['student/visionProjection', 'projection']] },
    names: assignmentNames(config),
    shown: [{ name: 'loss', digits: 3 }, { name: 'accuracy', digits: 3 }],
    measure: { kind: 'labels', program: 'predict', inputs: { left: 'left', right: 'right', ids: 'words' }, scores: 'scores', form: { kind: 'labelled', pictures: 2, labels } },
  }
}

const untaught = (config: Tuning, { embed }: Albef): Assignment => ({ ...config, embed, distillation: { teacher: 'none', alpha: 0, ramp: 0 } })

/** The official configuration: one epoch over the 5.1 million pairs of pre-training at its picture size, 25 tokens. */
const base = untaught({ ...baseTuning, vision: pretraining.vision, text: { ...pretraining.text, tokens: 25 }, batch: 64, schedule: official(2e-5, 1e-5, 1, 1, 5_100_000, 512) }, pretraining)

/** Text assignment: what NLVR2's encoders of two images are pre-trained with. */
export const task = defineTask({ name: 'text assignment', configs: { base: configured(base, job), emoji: configured(untaught({ ...emojiTuning, text: { ...emojiTuning.text, tokens: 20 } }, emojiPretraining), job), tiny: configured(untaught(tinyTuning, tinyPretraining), job) } })
