import { defineTask, div, dot, erase, evaluation, fold, gather, input, valueAndGradWithAux, vmap, type Definition, type Job, type Of, type Tensor } from '../../compiler/language/index.ts'
import { dropoutAt, inside, noDropout, type Dropout } from '../layers/dropout.ts'
import { answerLoss, decode, decoderParams, rankAnswers, type Answering, type Decoder } from './answers.ts'
import { decoderNames, encoderNames } from './official-tasks.ts'
import { masksOf } from './step.ts'
import { fusionParams, multimodalEncoder, textEncoder, textParams } from './text.ts'
import {
  baseTuning, clockOf, configured, emojiTuning, keptTeacher, encoderParts, normalized, official, optimized, pictures, positions, scheduled, startFrom, teacherAfter, tinyTuning, tuningJob, tuningState,
  type Given, type Tuning, type TuningChoices,
} from './tuning.ts'
import { visionParams, visionTransformer } from './vision.ts'

/** Visual question answering as generation: questions with several weighted answers. */
export interface Vqa extends Tuning, Omit<Answering, 'text'> {
  /** Rows of answers in a batch, and words of each, [CLS] and [SEP] included. Rows too many have weight 0. */
  readonly answers: { readonly rows: number; readonly tokens: number }
  /** Candidates in the list that is ranked at test. */
  readonly list: number
}

export const vqaParams = (config: Vqa) => ({
  vision: visionParams(config.vision),
  text: textParams(config.text),
  fusion: fusionParams(config.text, config.vision.hidden),
  decoder: decoderParams(config),
})

type Params = Of<ReturnType<typeof vqaParams>>

export const vqaState = (config: Vqa) => tuningState(config, () => vqaParams(config), () => vqaParams(config))
type State = Of<ReturnType<typeof vqaState>>

type Tokens = Tensor<'batch' | 'token' | 'hidden'>
type Asked = Tensor<'batch' | 'token'>

/** Normalised pictures and questions as word ids. */
export interface Questions {
  readonly image: Tensor<'batch' | 'row' | 'column' | 'channel'>
  readonly ids: Tensor<'batch' | 'token', 'i32'>
}

/** The same with rows of answers: which question each is of, and its weight among that question's answers. */
export interface Answered extends Questions {
  readonly answers: Tensor<'answer' | 'token', 'i32'>
  readonly answerOf: Tensor<'answer', 'i32'>
  readonly answerWeight: Tensor<'answer'>
}

/** A picture, and its question after looking at it. */
export const readQuestions = (p: Params, config: Vqa, drop: Dropout, { image, ids }: Questions) =>
  vmap('batch', (picture: Tensor<'row' | 'column' | 'channel'>, words: Tensor<'token', 'i32'>, mask: Tensor<'token'>) => {
    const images = visionTransformer(p.vision, config.vision)(picture)
    return { images, states: multimodalEncoder(p.fusion, config.text, drop)(textEncoder(p.text, config.text, drop)(words, mask), images, mask) }
  })(image, ids, masksOf(config, ids))

type Scores = Tensor<'answer' | 'token' | 'word'>

const decodeAll = (p: Decoder, config: Vqa, drop: Dropout, { answers, answerOf }: Answered, states: Tokens, asked: Asked): Scores =>
  vmap('answer', decode(p, config, drop))(answers, gather('batch', states, answerOf), gather('batch', asked, answerOf))

/** The weighted sum of the answers' losses, by the number of questions. The second part is for metrics and parity. */
export const vqaLoss = (config: Vqa, choices: TuningChoices, { teacher, key, clock }: Given<Params>, batch: Answered) => (student: Params) => {
  const asked = masksOf(config, batch.ids)
  const answer = (p: Params, name: string) => {
    const drop = dropoutAt(fold(key, name), config.text.dropout)
    const read = readQuestions(p, config, drop, batch)
    return { ...read, scores: decodeAll(p.decoder, config, inside(drop, 'decoder'), batch, read.states, asked) }
  }
  const own = answer(student, 'student')
  const target = teacher === undefined ? undefined : answer(teacher, 'teacher')
  const alpha = choices.alpha(clock)
  const { pad } = config.text.special
  type One = Tensor<'token' | 'word'>
  const losses = target === undefined
    ? vmap('answer', (ids: Tensor<'token', 'i32'>, scores: One) => answerLoss(ids, scores, undefined, pad, alpha))(batch.answers, own.scores)
    : vmap('answer', (ids: Tensor<'token', 'i32'>, scores: One, soft: One) => answerLoss(ids, scores, soft, pad, alpha))(batch.answers, own.scores, target.scores)
  return [div(dot('answer', losses, batch.answerWeight), config.batch), { metrics: { alpha }, own, target }] as const
}

export const surroundings = (config: Vqa, state: State): Given<Params> => ({ teacher: teacherAfter(config, state.teacher, state.student), key: fold(state.key, state.step), clock: clockOf(state) })

/** One training step of question answering. */
export const vqaStep = (config: Vqa, choices: TuningChoices) => (state: State, batch: Answered) => {
  const given = surroundings(config, state)
  const { value, aux, grad } = valueAndGradWithAux(vqaLoss(config, choices, given, batch))(state.student)
  const rate = choices.rate(given.clock)
  return [{ ...state, teacher: keptTeacher(config, state.teacher, given.teacher), ...optimized(config, vqaParams(config), state, grad, rate) }, { loss: value, ...aux.metrics, rate }] as const
}

/** Ranks candidate answers for each question of a batch. */
export const answerQuestions = (p: Params, config: Vqa, batch: Questions, candidates: Tensor<'candidate' | 'token', 'i32'>) => {
  const { states } = readQuestions(p, config, noDropout, batch)
  return vmap('batch', rankAnswers(p.decoder, config, candidates))(states, masksOf(config, batch.ids))
}

const questions = (config: Vqa) => ({ image: pictures(config, config.batch), ids: input({ batch: config.batch, token: config.text.tokens }, 'i32') })

const vqa = (config: Vqa) => {
  const { answers: { rows, tokens } } = config
  const state = vqaState(config)
  const batch = { ...questions(config), answers: input({ answer: rows, token: tokens }, 'i32'), answerOf: input({ answer: rows }, 'i32'), answerWeight: input({ answer: rows }) }
  const list = { ...questions(config), list: input({ candidate: config.list, token: tokens }, 'i32') }
  const step = (now: State, given: Of<typeof batch>) => vqaStep(config, scheduled(config))(now, { ...given, image: normalized(given.image) })
  const definition: Definition<typeof state, typeof batch, ReturnType<typeof step>[1]> = {
    state, batch, step,
    shard: { batch: 'data', answer: 'data' },
    initialize: fresh => ({ ...fresh, teacher: fresh.teacher === undefined ? undefined : fresh.student }),
    evaluate: {
      rank: evaluation(state, list, ({ student }, { image, ids, list: candidates }) => {
        const { answers, probabilities } = answerQuestions(student, config, { image: normalized(image), ids }, candidates)
        return { best: answers, probabilities }
      }),
      positions: positions(state, config),
    },
  }
  return definition
}

/** Names in the official checkpoint of this task. */
export const officialVqaStudent = (config: Vqa) => [...encoderNames('', 'student', config), ...decoderNames('', 'student/decoder', config, config.decoderLayers)]
export const officialVqa = (config: Vqa) => [...officialVqaStudent(config), ...(config.distillation.teacher === 'none' ? [] : [...encoderNames('_m', 'teacher', config), ...decoderNames('_m', 'teacher/decoder', config, config.decoderLayers)])]

/** The decoder starts from the layers of fusion; where pictures are of another width than words, keys and values start anew. */
const decoderParts = ({ vision, text, decoderLayers }: Vqa): readonly (readonly [from: string, to: string])[] => [
  ...['word', 'kind', 'place', 'norm'].map(part => [`text/${part}`, `decoder/embeddings/${part}`] as const),
  ...Array.from({ length: decoderLayers }, (_, i) => {
    const crossAttention = vision.hidden === text.hidden ? ['crossAttention'] : ['crossAttention/query', 'crossAttention/output']
    return ['attention', 'attentionNorm', 'feedForward', 'feedForwardNorm', 'crossAttentionNorm', ...crossAttention].map(part => [`fusion/${i}/${part}`, `decoder/layers/${i}/${part}`] as const)
  }).flat(),
  ['words', 'decoder/words'],
]

const job = (config: Vqa): Job => {
  const common = tuningJob('vqa', config)
  const inputs = { image: 'picture', ids: 'words' } as const
  return {
    ...common,
    definition: erase(vqa(config)),
    data: { ...common.data, examples: { kind: 'questions', ...config.answers }, inputs: { ...inputs, answers: 'answers', answerOf: 'answerOf', answerWeight: 'answerWeight' } },
    start: startFrom(config, [...encoderParts, ...decoderParts(config)]),
    names: officialVqa(config),
    shown: [{ name: 'loss', digits: 3 }],
    measure: { kind: 'answers', program: 'rank', inputs, list: { input: 'list', size: config.list, tokens: config.answers.tokens }, best: 'best', probabilities: 'probabilities' },
  }
}

/** The official configuration: about a million questions of VQA and Visual Genome, 25 words a question, alpha rising over the first epoch. */
export const base: Vqa = {
  ...baseTuning,
  text: { ...baseTuning.text, tokens: 25 },
  decoderLayers: 6, answers: { rows: 192, tokens: 10 }, list: 3128, candidates: 128, firstWord: 'once',
  distillation: { ...baseTuning.distillation, ramp: 4000 },
  schedule: official(2e-5, 1e-6, 4, 8, 1_024_000),
}
const emoji: Vqa = { ...emojiTuning, text: { ...emojiTuning.text, tokens: 12 }, decoderLayers: 2, answers: { rows: 48, tokens: 5 }, list: 223, candidates: 16, firstWord: 'once' }
export const tiny: Vqa = { ...tinyTuning, decoderLayers: 2, answers: { rows: 8, tokens: 5 }, list: 14, candidates: 5, firstWord: 'once' }

/** Visual question answering: answers are generated in training, and ranked from a list at test. */
export const task = defineTask({ name: 'question answering', configs: { base: configured(base, job), emoji: configured(emoji, job), tiny: configured(tiny, job) } })
