import { add, buffer, cast, decayedPaths, evaluation, input, itself, scalar, vmap, whole, withChanges, zero, zerosLike, type Changes, type Job, type Key, type Start, type Tensor, type TreeOf } from '../../compiler/language/index.ts'
import { adamw, type Moments } from '../transforms/adamw.ts'
import { ema } from '../transforms/ema.ts'
import { alphaAt, rateAt, type Choices, type Clock } from './choices.ts'
import { base, emoji, tiny, type Albef } from './config.ts'
import { interpolatePositions } from './interpolate.ts'
import { bertTextWeights } from './official.ts'
import { normalizePixels } from './vision.ts'

/** What every task that a pre-trained model is fine-tuned for has: encoders, batch, teacher, optimiser and learning rates. */
export interface Tuning extends Pick<Albef, 'name' | 'vision' | 'text' | 'batch' | 'momentum' | 'optimizer' | 'schedule'> {
  /** A momentum teacher's share of the targets, as in pre-training; with `none` the labels alone count. */
  readonly distillation: Albef['distillation'] & { readonly teacher: 'momentum' | 'none' }
  /** Training pictures are crops of at least this share of the area; 1 leaves them whole. */
  readonly crop: number
  /** Officially pictures are mirrored in training while their sentences still say "left" and "right". */
  readonly flip: boolean
  /** Pixels a side of the pictures that the checkpoint to start from was trained on. */
  readonly pretrained: number
}

/** The shares and rates of training, which parity replays. */
export type TuningChoices = Pick<Choices, 'alpha' | 'rate'>

export const scheduled = (config: Pick<Tuning, 'distillation' | 'schedule'>): TuningChoices => ({
  alpha: clock => (config.distillation.teacher === 'none' ? scalar(0) : alphaAt(config.distillation, clock)),
  rate: clock => rateAt(config.schedule, clock),
})

/** Student, teacher (where there is one), moments and counters of a task, from the declarations of its parameters. */
export const tuningState = <S, T>(config: Tuning, student: () => S, teacher: () => T) => ({
  student: student(),
  teacher: config.distillation.teacher === 'none' ? undefined : teacher(),
  moments: { first: zerosLike(student()), second: zerosLike(student()) },
  key: buffer({}, 'key', itself),
  step: buffer({}, 'i32', zero),
  /** Steps of the whole run: what the schedule counts towards. */
  horizon: buffer({}, 'i32', whole(config.schedule.steps)),
})

/** What a loss is given beside the parameters that it is differentiated with respect to. */
export interface Given<T> {
  readonly teacher: T | undefined
  readonly key: Key
  readonly clock: Clock
}

interface Reader {
  readonly text: unknown
}

/** A teacher that has followed the parameters that the step before left; a frozen text encoder is the student's own, so that it reads a text once for both. */
export const followed = <T extends Reader>({ momentum, text }: Pick<Tuning, 'momentum' | 'text'>, teacher: T & TreeOf<T>, student: NoInfer<T>): T => {
  const moved = ema(momentum)<T>(teacher, student)
  return text.encoder === 'trained' ? moved : { ...moved, text: student.text }
}

/** The teacher of this step, where there is one. */
export const teacherAfter = <T extends Reader>(config: Tuning, teacher: (T & TreeOf<T>) | undefined, student: NoInfer<T>): T | undefined => (teacher === undefined ? undefined : followed<T>(config, teacher, student))

/** What of a step's teacher goes into the next state: a frozen text encoder stays as it was. */
export const keptTeacher = <T extends Reader>({ text }: Pick<Tuning, 'text'>, before: NoInfer<T> | undefined, teacher: T | undefined): T | undefined =>
  text.encoder === 'trained' || before === undefined || teacher === undefined ? teacher : { ...teacher, text: before.text }

interface Trained<P> {
  readonly student: P
  readonly moments: Moments<P>
  readonly step: Tensor<never, 'i32'>
  readonly horizon: Tensor<never, 'i32'>
}

export const clockOf = ({ step, horizon }: { readonly step: Tensor<never, 'i32'>; readonly horizon: Tensor<never, 'i32'> }): Clock => ({ step, horizon })

/** The part of the next state that the optimiser makes. `declarations` are those of the student. */
export const optimized = <P>({ optimizer }: Tuning, declarations: unknown, state: Trained<NoInfer<P>>, gradients: P & TreeOf<P>, rate: Tensor) => {
  const decayed = decayedPaths(declarations)
  const step = add(state.step, 1)
  const factor = (path: string): number => optimizer.factors[path.split('/')[0] ?? ''] ?? 1
  const updates = cast('f32', step)
  const [student, moments] = adamw({ ...optimizer, decays: path => decayed.has(path), factor, steps: () => updates })<P>(gradients, state.moments, state.student, rate)
  return { student, moments, step }
}

type Bytes = Tensor<'row' | 'column' | 'channel', 'u8'>

/** The input of a batch's pictures, as bytes. */
export const pictures = ({ vision: { image } }: Pick<Tuning, 'vision'>, batch: number) => input({ batch, row: image, column: image, channel: 3 }, 'u8')

/** A batch of pictures, normalised. */
export const normalized = (bytes: Tensor<'batch' | 'row' | 'column' | 'channel', 'u8'>) => vmap('batch', (one: Bytes) => normalizePixels(one))(bytes)

/** Position embeddings for this task's pictures from those of the checkpoint's. */
export const positions = <S>(state: S, { vision: { image, patch, hidden }, pretrained }: Tuning) => {
  const side = pretrained / patch
  return evaluation(state, { positions: input({ token: 1 + side ** 2, hidden }) }, (_state, given) => ({ positions: interpolatePositions(given.positions, side, image / patch) }))
}

/** Learning rates of the official configurations: a warm-up of `warmup` × 100 steps, then a cosine by the epoch of `examples` in batches of 256 (8 × 32). */
export const official = (peak: number, last: number, warmup: number, epochs: number, examples: number, batch = 256): Albef['schedule'] => {
  const epoch = Math.floor(examples / batch)
  return { kind: 'staircase', first: 1e-5, peak, last, warmup: warmup * 100, steps: epochs * epoch, epoch }
}

/** The position embeddings of student and teacher, resized by the program `positions`. */
export const positionsOf = ({ distillation }: Pick<Tuning, 'distillation'>): NonNullable<Start['positions']> =>
  ({ program: 'positions', input: 'positions', output: 'positions', paths: (distillation.teacher === 'none' ? ['student'] : ['student', 'teacher']).map(root => `${root}/vision/position`) })

/** Parts of a pre-training checkpoint that a task starts from, `[from, to]`. A teacher starts from the teacher; where the checkpoint has none of a part, from the student. */
export const startFrom = (config: Tuning, parts: readonly (readonly [string, string])[]): Start => {
  const roots = [['student', 'student'], ...(config.distillation.teacher === 'none' ? [] : [['student', 'teacher'], ['teacher', 'teacher']])]
  return { parts: roots.flatMap(([source, root]) => parts.map(([from, to]) => [`${source}/${from}`, `${root}/${to}`] as const)), positions: positionsOf(config) }
}

/** The parts that every task has as they were pre-trained. */
export const encoderParts = [['vision', 'vision'], ['text', 'text'], ['fusion', 'fusion']] as const

/** What the jobs of all tasks have in common; a run is called by task and configuration. */
export const tuningJob = (task: string, config: Tuning): Pick<Job, 'name' | 'config' | 'phases' | 'horizon' | 'weights'> & { readonly data: Pick<Job['data'], 'set' | 'picture' | 'tokens' | 'batch' | 'distinct' | 'augmentation'> } => ({
  name: `${task}-${config.name}`,
  config,
  phases: [{ program: 'step', share: 1 }],
  horizon: 'horizon',
  ...(config.text.hidden === 384 ? { weights: { source: 'minilm-l6-v2', names: bertTextWeights(config, 6), copies: [['student/text', 'teacher/text']] } } : {}),
  data: {
    ...(config.name === emoji.name ? { set: 'scenes' as const } : {}),
    picture: config.vision.image,
    tokens: config.text.tokens,
    batch: config.batch,
    distinct: 'picture',
    // Scenes are asked for left and right and for numbers of things, which a mirrored or cut picture would belie.
    augmentation: { crop: config.crop === 1 ? 'off' : { scale: [config.crop, 1], ratio: [3 / 4, 4 / 3] }, flip: config.flip, randaugment: config.name === base.name, grayscale: 0 },
  },
})

/** A configuration by its name, with changes. */
export const configured = <C>(config: C, job: (config: C) => Job) => (changes: Changes = {}): Job => job(withChanges(config, changes))

/** The paper's sizes at 384 px, with the teacher. */
export const baseTuning: Omit<Tuning, 'schedule'> = {
  ...base,
  vision: { ...base.vision, image: 384 },
  batch: 32,
  distillation: { teacher: 'momentum', alpha: 0.4, ramp: 0 },
  crop: 0.5,
  flip: false,
  pretrained: base.vision.image,
}

/** The sizes of the recorded reference numbers. */
export const tinyTuning: Tuning = {
  ...baseTuning,
  name: tiny.name, vision: tiny.vision, text: tiny.text, batch: tiny.batch,
  schedule: tiny.schedule,
  pretrained: tiny.vision.image,
}

/** The small model of emoji, on whole scenes of twice the side; its text layers stay as they are. */
export const emojiTuning: Tuning = {
  ...baseTuning,
  name: emoji.name,
  vision: { ...emoji.vision, image: 128 },
  text: { ...emoji.text, encoder: 'frozen' },
  batch: 32,
  momentum: 0.99,
  optimizer: { ...emoji.optimizer, factors: { text: 0 } },
  schedule: { kind: 'linear', first: 1e-6, peak: 3e-4, last: 1e-6, warmup: 50, steps: 1500, epoch: 1 },
  crop: 1,
  pretrained: emoji.vision.image,
}
