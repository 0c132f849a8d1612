import { defineTask, erase, evaluation, fold, input, valueAndGradWithAux, vmap, type Definition, type Job, type Of, type Tensor } from '../../compiler/language/index.ts'
import { dropoutAt, noDropout, type Dropout } from '../layers/dropout.ts'
import { accuracy, classificationLoss, classifierParams, classify } from './classifier.ts'
import { classifierNames, twoImageNames } from './official-tasks.ts'
import { masksOf } from './step.ts'
import {
  baseTuning, clockOf, configured, emojiTuning, keptTeacher, normalized, official, optimized, pictures, positions, positionsOf, scheduled, teacherAfter, tinyTuning, tuningJob, tuningState,
  type Given, type Tuning, type TuningChoices,
} from './tuning.ts'
import { twoImageEncoder, twoImageParams, twoImageParts } from './two-images.ts'
import { visionTransformer } from './vision.ts'

/** The official labels of NLVR2. */
export const labels = { False: 0, True: 1 } as const
const answers = Object.keys(labels).length

/** Reasoning over two images. `text.fusionLayers` counts the pairs of layers. */
export interface Nlvr extends Tuning {
  /** The teacher starts as a copy of what the student starts from; officially it is copied before the checkpoint is loaded, and so starts untrained. */
  readonly teacherStart: 'checkpoint' | 'untrained'
}

export const nlvrParams = (config: Tuning) => ({ ...twoImageParams(config), head: classifierParams(config.text.hidden, answers) })

type Params = Of<ReturnType<typeof nlvrParams>>

export const nlvrState = (config: Tuning) => tuningState(config, () => nlvrParams(config), () => nlvrParams(config))
type State = Of<ReturnType<typeof nlvrState>>

type Pictures = Tensor<'batch' | 'row' | 'column' | 'channel'>

/** Two normalised pictures, a sentence about both, and whether it is true. */
export interface Comparisons {
  readonly left: Pictures
  readonly right: Pictures
  readonly ids: Tensor<'batch' | 'token', 'i32'>
  readonly label: Tensor<'batch', 'i32'>
}

/** What the model makes of two pictures and a sentence. */
export const judge = (p: Params, config: Tuning, drop: Dropout, { left, right, ids }: Omit<Comparisons, 'label'>) => {
  type Picture = Tensor<'row' | 'column' | 'channel'>
  return vmap('batch', (first: Picture, second: Picture, words: Tensor<'token', 'i32'>, mask: Tensor<'token'>) => {
    const see = visionTransformer(p.vision, config.vision)
    const images = [see(first), see(second)] as const
    const tokens = twoImageEncoder(p, config, drop)(words, mask, ...images)
    return { images, tokens, scores: classify(p.head, tokens) }
  })(left, right, ids, masksOf(config, ids))
}

/** The loss of a batch. The second part is for metrics and parity. */
export const nlvrLoss = (config: Tuning, choices: TuningChoices, { teacher, key, clock }: Given<Params>, batch: Comparisons) => (student: Params) => {
  const own = judge(student, config, dropoutAt(fold(key, 'student'), config.text.dropout), batch)
  const target = teacher === undefined ? undefined : judge(teacher, config, dropoutAt(fold(key, 'teacher'), config.text.dropout), batch)
  const alpha = choices.alpha(clock)
  return [classificationLoss(own.scores, batch.label, target?.scores, alpha), { metrics: { accuracy: accuracy(own.scores, batch.label), alpha }, own, target }] as const
}

export const surroundings = (config: Tuning, state: State): Given<Params> => ({ teacher: teacherAfter(config, state.teacher, state.student), key: fold(state.key, state.step), clock: clockOf(state) })

/** One training step of NLVR2. */
export const nlvrStep = (config: Tuning, choices: TuningChoices) => (state: State, batch: Comparisons) => {
  const given = surroundings(config, state)
  const { value, aux, grad } = valueAndGradWithAux(nlvrLoss(config, choices, given, batch))(state.student)
  const rate = choices.rate(given.clock)
  return [{ ...state, teacher: keptTeacher(config, state.teacher, given.teacher), ...optimized(config, nlvrParams(config), state, grad, rate) }, { loss: value, ...aux.metrics, rate }] as const
}

const comparisons = (config: Tuning) => ({ left: pictures(config, config.batch), right: pictures(config, config.batch), ids: input({ batch: config.batch, token: config.text.tokens }, 'i32') })

const nlvr = (config: Nlvr) => {
  const state = nlvrState(config)
  const batch = { ...comparisons(config), label: input({ batch: config.batch }, 'i32') }
  const step = (now: State, { left, right, ...rest }: Of<typeof batch>) => nlvrStep(config, scheduled(config))(now, { ...rest, left: normalized(left), right: normalized(right) })
  const definition: Definition<typeof state, typeof batch, ReturnType<typeof step>[1]> = {
    state, batch, step,
    shard: { batch: 'data' },
    initialize: fresh => ({ ...fresh, teacher: fresh.teacher === undefined ? undefined : fresh.student }),
    evaluate: {
      predict: evaluation(state, comparisons(config), ({ student }, { left, right, ids }) => ({ scores: judge(student, config, noDropout, { left: normalized(left), right: normalized(right), ids }).scores })),
      positions: positions(state, config),
    },
  }
  return definition
}

/** Names in the official checkpoint of this task. */
export const officialNlvrStudent = (config: Tuning) => [...twoImageNames('', 'student', config), ...classifierNames('cls_head', 'student/head', config, answers)]
export const officialNlvr = (config: Tuning) => [...officialNlvrStudent(config), ...(config.distillation.teacher === 'none' ? [] : [...twoImageNames('_m', 'teacher', config), ...classifierNames('cls_head_m', 'teacher/head', config, answers)])]

/** The checkpoint to start from has students: that of the text assignment has no teacher. */
const startOf = (config: Nlvr) => {
  const roots = config.distillation.teacher === 'none' || config.teacherStart === 'untrained' ? ['student'] : ['student', 'teacher']
  return { parts: roots.flatMap(root => twoImageParts(config).map(([from, to]) => [`student/${from}`, `${root}/${to}`] as const)), positions: { ...positionsOf(config), paths: roots.map(root => `${root}/vision/position`) } }
}

const job = (config: Nlvr): Job => {
  const common = tuningJob('nlvr', config)
  const inputs = { left: 'left', right: 'right', ids: 'words' } as const
  return {
    ...common,
    definition: erase(nlvr(config)),
    data: { ...common.data, examples: { kind: 'labelled', pictures: 2, labels }, inputs: { ...inputs, label: 'label' } },
    start: startOf(config),
    names: officialNlvr(config),
    shown: [{ name: 'loss', digits: 3 }, { name: 'accuracy', digits: 3 }],
    measure: { kind: 'labels', program: 'predict', inputs, scores: 'scores' },
  }
}

const withTeacher = (config: Tuning): Nlvr => ({ ...config, teacherStart: 'checkpoint' })

/** The official configuration: 86,373 sentences in batches of 8 × 16, alpha rising over the first epoch. */
const base = withTeacher({ ...baseTuning, batch: 16, distillation: { ...baseTuning.distillation, ramp: 674 }, schedule: official(2e-5, 1e-6, 1, 10, 86_373, 128) })

/** Natural language for visual reasoning (NLVR2): is a sentence about two pictures true? */
export const task = defineTask({ name: 'reasoning over two images', configs: { base: configured(base, job), emoji: configured(withTeacher(emojiTuning), job), tiny: configured(withTeacher(tinyTuning), job) } })
