import {
  add, buffer, clamp, cast, concat, defineTask, div, erase, filled, fold, input, outer, param, rename, stopGradient, sum, untyped as u, valueAndGradWithAux, write,
  type Definition, type Job, type Key, type Of, type Tensor,
} from '../../compiler/language/index.ts'
import { dropoutAt } from '../layers/dropout.ts'
import { asHard, drawNegatives, type Clock, type Negatives, type Similarities } from './choices.ts'
import { base as pretraining, emoji as emojiPretraining, tiny as tinyPretraining, type Albef } from './config.ts'
import { contrastiveLoss } from './contrast.ts'
import { mapsOf } from './gradcam.ts'
import { matchingLoss } from './matching.ts'
import { retrievalNames } from './official-tasks.ts'
import { matchingParams, queueState, towerParams, towersOf, type Towers } from './parameters.ts'
import { encodeCaptions, encodePictures, matchPairs } from './retrieval.ts'
import { encode, masksOf, queuesAfter } from './step.ts'
import {
  baseTuning, clockOf, configured, emojiTuning, encoderParts, followed, normalized, official, optimized, pictures, positions, scheduled, startFrom, tinyTuning, tuningJob, tuningState,
  type Given, type Tuning, type TuningChoices,
} from './tuning.ts'

/** Fine-tuning for retrieval: contrast against a queue that knows whose features it holds, and matching. */
export interface Retrieval extends Tuning, Pick<Albef, 'embed' | 'queue' | 'negatives'> {
  /** The temperature is held between `low` and `high` as in pre-training; officially it is free here. */
  readonly temperature: Albef['temperature'] & { readonly free: boolean }
  /** Candidates of each query that the matching head ranks again. */
  readonly candidates: number
}

export const retrievalParams = (config: Retrieval) => ({ ...towerParams(config), matching: matchingParams(config), temperature: param({}, filled(config.temperature.first)) })

const noPicture = -100

export const retrievalState = (config: Retrieval) => ({
  ...tuningState(config, () => retrievalParams(config), () => towerParams(config)),
  // The queues are made of the teacher's features, with distillation or without.
  teacher: towerParams(config),
  queues: { ...queueState(config), identity: buffer({ slot: config.queue }, 'i32', (_key, sizes) => u.broadcast(u.literal(noPicture, 'i32'), sizes)) },
})

type State = Of<ReturnType<typeof retrievalState>>
type Student = State['student']
type Queues = State['queues']

/** Normalised pictures with the number of each, and captions as word ids. */
export interface Captioned {
  readonly image: Tensor<'batch' | 'row' | 'column' | 'channel'>
  readonly ids: Tensor<'batch' | 'token', 'i32'>
  readonly identity: Tensor<'batch', 'i32'>
}

/** Schedules, and hard negatives: pairs of one picture (`own`) are none. */
export interface RetrievalChoices extends TuningChoices {
  readonly negatives: (key: Key, similarities: Similarities, own: Tensor<'batch' | 'candidate', 'bool'>, clock: Clock) => Negatives
}

interface RetrievalGiven extends Given<Towers> {
  readonly teacher: Towers
  readonly queues: Queues
}

const temperatureOf = ({ temperature: { low, high, free } }: Retrieval, value: Tensor): Tensor => (free ? value : clamp(value, low, high))

/** The student as it enters a step: its temperature held. */
export const studentOf = (config: Retrieval, { student }: State): Student => ({ ...student, temperature: temperatureOf(config, student.temperature) })

/** Contrast with every caption of the same picture as a right one, and matching; added with weight one. */
export const retrievalLoss = (config: Retrieval, choices: RetrievalChoices, { teacher, queues, key, clock }: RetrievalGiven, batch: Captioned) => (student: Student) => {
  const sizes = { ...config, anchors: config.batch }
  const [online, target] = [encode(student, sizes, batch, fold(key, 'student')), encode(teacher, sizes, batch, fold(key, 'teacher'))]
  const ownIdentity = rename(batch.identity, { batch: 'candidate' })
  const identities = concat('candidate', [ownIdentity, rename(queues.identity, { slot: 'candidate' })])
  const same = cast('f32', outer('equal', batch.identity, identities))
  // axle-allow AX056: the captions of this very batch are among the candidates, so that every row has a positive
  const positives = div(same, sum('candidate', same))
  const alpha = choices.alpha(clock)
  const contrast = contrastiveLoss(online.features, target.features, queues, student.temperature, alpha, positives)
  const own = outer('equal', batch.identity, ownIdentity)
  const similarities = { imageToText: stopGradient(contrast.imageToText.inBatch), textToImage: stopGradient(contrast.textToImage.inBatch) }
  const negatives = choices.negatives(fold(key, 'negatives'), similarities, own, clock)
  const mask = masksOf(config, batch.ids)
  const matching = matchingLoss(student, config, dropoutAt(fold(key, 'matching'), config.text.dropout), online.captions, online.images, mask, negatives)
  const metrics = { lossContrast: contrast.loss, lossMatching: matching.loss, matchingAccuracy: matching.accuracy, alpha }
  return [add(contrast.loss, matching.loss), { features: target.features, metrics, inside: { online, target, contrast, matching, negatives, mask, same, own, identities } }] as const
}

export const surroundings = (config: Retrieval, state: State): RetrievalGiven =>
  ({ teacher: followed<Towers>(config, state.teacher, towersOf(state.student)), queues: state.queues, key: fold(state.key, state.step), clock: clockOf(state) })

/** One training step of retrieval. */
export const retrievalStep = (config: Retrieval, choices: RetrievalChoices) => (state: State, batch: Captioned) => {
  const [given, student] = [surroundings(config, state), studentOf(config, state)]
  const { value, aux, grad } = valueAndGradWithAux(retrievalLoss(config, choices, given, batch))(student)
  const rate = choices.rate(given.clock)
  const after: State = {
    ...state,
    ...optimized(config, retrievalParams(config), { ...state, student }, grad, rate),
    teacher: { ...given.teacher, text: config.text.encoder === 'trained' ? given.teacher.text : state.teacher.text },
    queues: { ...queuesAfter(state.queues, aux.features, config), identity: write('slot', state.queues.identity, state.queues.next, rename(batch.identity, { batch: 'slot' })) },
  }
  return [after, { loss: value, ...aux.metrics, temperature: student.temperature, rate }] as const
}

/** Choices of training. A batch must show more than one picture: with one alone there is no negative. */
export const drawnForRetrieval = (config: Retrieval): RetrievalChoices => ({
  ...scheduled(config),
  negatives: (key, similarities, own, clock) => drawNegatives(key, asHard(config, similarities, clock), own),
})

/** Retrieval as a definition; `more` are further programs over its state. */
export const retrieval = (config: Retrieval, more: NonNullable<Definition<unknown, unknown, unknown>['evaluate']> = {}) => {
  const state = retrievalState(config)
  const batch = { image: pictures(config, config.batch), ids: input({ batch: config.batch, token: config.text.tokens }, 'i32'), identity: input({ batch: config.batch }, 'i32') }
  const step = (now: State, given: Of<typeof batch>) => retrievalStep(config, drawnForRetrieval(config))(now, { ...given, image: normalized(given.image) })
  const definition: Definition<typeof state, typeof batch, ReturnType<typeof step>[1]> = {
    state, batch, step,
    shard: { batch: 'data' },
    initialize: fresh => ({ ...fresh, teacher: towersOf(fresh.student) }),
    evaluate: { captions: encodeCaptions(config), pictures: encodePictures(config), match: matchPairs(config), positions: positions(state, config), ...more },
  }
  return definition
}

/** Parts of pre-training that retrieval goes on with. */
const parts = [...encoderParts, ['visionProjection', 'visionProjection'], ['textProjection', 'textProjection']] as const

export const retrievalJob = (task: string, config: Retrieval, more: Parameters<typeof retrieval>[1] = {}): Job => {
  const common = tuningJob(task, config)
  const start = startFrom({ ...config, distillation: { ...config.distillation, teacher: 'momentum' } }, parts)
  return {
    ...common,
    definition: erase(retrieval(config, more)),
    data: { ...common.data, inputs: { image: 'picture', ids: 'words', identity: 'identity' } },
    start: { ...start, parts: [...start.parts, ['student/matching', 'student/matching'], ['student/temperature', 'student/temperature']] },
    names: retrievalNames(config),
    shown: [{ name: 'lossContrast', digits: 3 }, { name: 'lossMatching', digits: 3 }, { name: 'matchingAccuracy', digits: 3 }],
    retrieval: { pictures: 'pictures', captions: 'captions', match: 'match', candidates: config.candidates },
    maps: mapsOf(config),
  }
}

const ofPretraining = ({ embed, queue, temperature, negatives }: Albef) => ({ embed, queue, negatives, temperature: { ...temperature, free: false } })

/** Flickr30k's official configuration: 145,000 captions, alpha rising over the first epoch. */
export const base: Retrieval = { ...baseTuning, ...ofPretraining(pretraining), candidates: 128, distillation: { ...baseTuning.distillation, ramp: 566 }, schedule: official(1e-5, 1e-6, 1, 10, 145_000) }
export const emoji: Retrieval = { ...emojiTuning, text: { ...emojiTuning.text, tokens: 20 }, ...ofPretraining(emojiPretraining), candidates: 8 }
export const tiny: Retrieval = { ...tinyTuning, ...ofPretraining(tinyPretraining), candidates: 4 }

const job = (config: Retrieval): Job => retrievalJob('retrieval', config)

/** Fine-tuning for image–text retrieval, evaluated by similarity and by the matching head on the best candidates. */
export const task = defineTask({ name: 'retrieval', configs: { base: configured(base, job), emoji: configured(emoji, job), tiny: configured(tiny, job) } })
