import { add, buffer, cast, decayedPaths, input, itself, vmap, whole, withChanges, zero, zerosLike, type Changes, type Job, type Key, type Tensor, type TreeOf } from '../../compiler/language/index.ts'
import { rateAt } from '../albef/choices.ts'
import type { Albef } from '../albef/config.ts'
import { normalizePixels } from '../albef/vision.ts'
import { adamw, type Moments } from '../transforms/adamw.ts'

/** What every model of the comparison has: ALBEF's sizes, optimiser and learning rates. */
export type Compared = Pick<Albef, 'name' | 'vision' | 'text' | 'batch' | 'optimizer' | 'schedule'>

/** Everything that a step carries to the next, from the declarations of a model. */
export const trainingState = <S>({ schedule }: Compared, student: () => S) => ({
  student: student(),
  moments: { first: zerosLike(student()), second: zerosLike(student()) },
  key: buffer({}, 'key', itself),
  step: buffer({}, 'i32', zero),
  horizon: buffer({}, 'i32', whole(schedule.steps)),
})

interface Training<P> {
  readonly student: P
  readonly moments: Moments<P>
  readonly key: Key
  readonly step: Tensor<never, 'i32'>
  readonly horizon: Tensor<never, 'i32'>
}

/** The next state: AdamW at the schedule's rate. A part of the model whose factor is 0 stays as it is. */
export const moved = <P>({ optimizer, schedule }: Compared, declarations: unknown, state: Training<NoInfer<P>>, gradients: P & TreeOf<P>): readonly [Training<P>, Tensor] => {
  const [step, rate, decayed] = [add(state.step, 1), rateAt(schedule, state), decayedPaths(declarations)]
  const factor = (path: string): number => optimizer.factors[path.split('/')[0] ?? ''] ?? 1
  const updates = cast('f32', step)
  const [student, moments] = adamw({ ...optimizer, decays: path => decayed.has(path), factor, steps: () => updates })<P>(gradients, state.moments, state.student, rate)
  return [{ ...state, student, moments, step }, rate]
}

/** Examples that a call of an encoding program takes, and pairs that a call of a matching program takes. */
export const [examples, pairs] = [64, 256]

export const bytesOf = ({ vision: { image } }: Compared, batch: number) => input({ batch, row: image, column: image, channel: 3 }, 'u8')
export const idsOf = ({ text: { tokens } }: Compared, batch: number) => input({ batch, token: tokens }, 'i32')

type Bytes = Tensor<'row' | 'column' | 'channel', 'u8'>

/** A batch of pictures, normalised. */
export const pixelsOf = (image: Tensor<'batch' | 'row' | 'column' | 'channel', 'u8'>) => vmap('batch', (own: Bytes) => normalizePixels(own))(image)

/** A job on the emoji set, with ALBEF's pictures and augmentation. */
export const emojiJob = (model: string, config: Compared, inputs: Job['data']['inputs'], rest: Pick<Job, 'definition' | 'phases' | 'shown' | 'retrieval' | 'weights'>): Job => ({
  name: `${model}-${config.name}`,
  config,
  data: {
    set: 'emoji', picture: config.vision.image, tokens: config.text.tokens, words: config.text.words, batch: config.batch, distinct: 'concept',
    augmentation: { crop: { scale: [0.6, 1], ratio: [3 / 4, 4 / 3] }, flip: true, randaugment: false, grayscale: 0.1 },
    inputs,
  },
  horizon: 'horizon',
  names: [],
  ...rest,
})

/** A configuration by its name, with changes. */
export const configured = <C>(config: C, job: (config: C) => Job) => (changes: Changes = {}): Job => job(withChanges(config, changes))

/** MiniLM's word vectors for the table at a path, where it is as wide: they start there, and are all of MiniLM that a model without a text encoder has. */
export const wordVectors = ({ text }: Compared, path: string, order: readonly string[]): Pick<Job, 'weights'> =>
  text.hidden === 384 ? { weights: { source: 'minilm-l6-v2', names: [{ name: 'embeddings.word_embeddings.weight', shape: [text.words, text.hidden], parts: [{ path, order }] }], copies: [] } } : {}
