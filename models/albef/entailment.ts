import { defineTask, erase, evaluation, fold, input, valueAndGradWithAux, vmap, type Definition, type Job, type Of, type Tensor } from '../../compiler/language/index.ts'
import { dropoutAt, noDropout, type Dropout } from '../layers/dropout.ts'
import { accuracy, classificationLoss, classifierParams, classify } from './classifier.ts'
import { classifierNames, encoderNames } from './official-tasks.ts'
import { masksOf } from './step.ts'
import { fusionParams, multimodalEncoder, textEncoder, textParams } from './text.ts'
import {
  baseTuning, clockOf, configured, emojiTuning, keptTeacher, encoderParts, normalized, official, optimized, pictures, positions, scheduled, startFrom, teacherAfter, tinyTuning, tuningJob, tuningState,
  type Given, type Tuning, type TuningChoices,
} from './tuning.ts'
import { visionParams, visionTransformer } from './vision.ts'

/** The official labels of SNLI-VE. */
export const labels = { contradiction: 0, neutral: 1, entailment: 2 } as const
const answers = Object.keys(labels).length

export const entailmentParams = ({ vision, text }: Tuning) => ({
  vision: visionParams(vision),
  text: textParams(text),
  fusion: fusionParams(text, vision.hidden),
  head: classifierParams(text.hidden, answers),
})

type Params = Of<ReturnType<typeof entailmentParams>>

export const entailmentState = (config: Tuning) => tuningState(config, () => entailmentParams(config), () => entailmentParams(config))
type State = Of<ReturnType<typeof entailmentState>>

/** Normalised pictures, sentences as word ids, and what the one says about the other. */
export interface Statements {
  readonly image: Tensor<'batch' | 'row' | 'column' | 'channel'>
  readonly ids: Tensor<'batch' | 'token', 'i32'>
  readonly label: Tensor<'batch', 'i32'>
}

/** What the model makes of a picture and a sentence. */
export const judge = (p: Params, config: Tuning, drop: Dropout, { image, ids }: Omit<Statements, 'label'>) =>
  vmap('batch', (picture: Tensor<'row' | 'column' | 'channel'>, words: Tensor<'token', 'i32'>, mask: Tensor<'token'>) => {
    const seen = visionTransformer(p.vision, config.vision)(picture)
    const tokens = multimodalEncoder(p.fusion, config.text, drop)(textEncoder(p.text, config.text, drop)(words, mask), seen, mask)
    return { images: seen, tokens, scores: classify(p.head, tokens) }
  })(image, ids, masksOf(config, ids))

/** The loss of a batch. The second part is for metrics and parity. */
export const entailmentLoss = (config: Tuning, choices: TuningChoices, { teacher, key, clock }: Given<Params>, batch: Statements) => (student: Params) => {
  const own = judge(student, config, dropoutAt(fold(key, 'student'), config.text.dropout), batch)
  const target = teacher === undefined ? undefined : judge(teacher, config, dropoutAt(fold(key, 'teacher'), config.text.dropout), batch)
  const alpha = choices.alpha(clock)
  return [classificationLoss(own.scores, batch.label, target?.scores, alpha), { metrics: { accuracy: accuracy(own.scores, batch.label), alpha }, own, target }] as const
}

export const surroundings = (config: Tuning, state: State): Given<Params> => ({ teacher: teacherAfter(config, state.teacher, state.student), key: fold(state.key, state.step), clock: clockOf(state) })

/** One training step of visual entailment. */
export const entailmentStep = (config: Tuning, choices: TuningChoices) => (state: State, batch: Statements) => {
  const given = surroundings(config, state)
  const { value, aux, grad } = valueAndGradWithAux(entailmentLoss(config, choices, given, batch))(state.student)
  const rate = choices.rate(given.clock)
  return [{ ...state, teacher: keptTeacher(config, state.teacher, given.teacher), ...optimized(config, entailmentParams(config), state, grad, rate) }, { loss: value, ...aux.metrics, rate }] as const
}

const statements = (config: Tuning, batch: number) => ({ image: pictures(config, batch), ids: input({ batch, token: config.text.tokens }, 'i32') })

const entailment = (config: Tuning) => {
  const state = entailmentState(config)
  const batch = { ...statements(config, config.batch), label: input({ batch: config.batch }, 'i32') }
  const step = (now: State, given: Of<typeof batch>) => entailmentStep(config, scheduled(config))(now, { ...given, image: normalized(given.image) })
  const definition: Definition<typeof state, typeof batch, ReturnType<typeof step>[1]> = {
    state, batch, step,
    shard: { batch: 'data' },
    initialize: fresh => ({ ...fresh, teacher: fresh.teacher === undefined ? undefined : fresh.student }),
    evaluate: {
      predict: evaluation(state, statements(config, config.batch), ({ student }, given) => ({ scores: judge(student, config, noDropout, { ...given, image: normalized(given.image) }).scores })),
      positions: positions(state, config),
    },
  }
  return definition
}

/** Names in the official checkpoint of this task. */
export const officialEntailment = (config: Tuning) => [...officialEntailmentStudent(config), ...(config.distillation.teacher === 'none' ? [] : [...encoderNames('_m', 'teacher', config), ...classifierNames('cls_head_m', 'teacher/head', config, answers)])]
export const officialEntailmentStudent = (config: Tuning) => [...encoderNames('', 'student', config), ...classifierNames('cls_head', 'student/head', config, answers)]

const job = (config: Tuning): Job => {
  const common = tuningJob('entailment', config)
  return {
    ...common,
    definition: erase(entailment(config)),
    data: { ...common.data, examples: { kind: 'labelled', pictures: 1, labels }, inputs: { image: 'picture', ids: 'words', label: 'label' } },
    start: startFrom(config, encoderParts),
    names: officialEntailment(config),
    shown: [{ name: 'loss', digits: 3 }, { name: 'accuracy', digits: 3 }],
    measure: { kind: 'labels', program: 'predict', inputs: { image: 'picture', ids: 'words' }, scores: 'scores' },
  }
}

/** The official configuration: SNLI-VE's 529,527 training sentences, alpha from the first step. */
const base: Tuning = { ...baseTuning, schedule: official(2e-5, 1e-6, 1, 5, 529_527) }

/** Visual entailment (SNLI-VE): does the picture entail the sentence, contradict it, or neither? */
export const task = defineTask({ name: 'visual entailment', configs: { base: configured(base, job), emoji: configured({ ...emojiTuning, text: { ...emojiTuning.text, tokens: 12 } }, job), tiny: configured(tinyTuning, job) } })
