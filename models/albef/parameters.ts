import { buffer, filled, itself, normal, param, quotient, symmetric, untyped as u, whole, zero, zerosLike, type Initializer, type Of } from '../../compiler/language/index.ts'
import { linearParams } from '../layers/linear.ts'
import type { Albef } from './config.ts'
import { fusionParams, textParams, wordHeadParams } from './text.ts'
import { visionParams } from './vision.ts'

/** PyTorch's default for a linear layer: weight and bias uniform within ±1/√inputs. */
export const torchLinear = <const I extends string, const O extends string>(from: { readonly [K in I]: number }, to: { readonly [K in O]: number }, inputs: number) => linearParams<I, O>(from, to, symmetric(1 / Math.sqrt(inputs)), symmetric(1 / Math.sqrt(inputs)))

/** The encoders and the contrastive projections. */
export const towerParams = ({ vision, text, embed }: Pick<Albef, 'vision' | 'text' | 'embed'>) => ({
  vision: visionParams(vision),
  visionProjection: torchLinear({ hidden: vision.hidden }, { embed }, vision.hidden),
  text: textParams(text),
  textProjection: torchLinear({ hidden: text.hidden }, { embed }, text.hidden),
  fusion: fusionParams(text, vision.hidden),
})

/** Sizes of a model, and its losses where it was not trained on all of them. */
export type Sizes = Pick<Albef, 'vision' | 'text' | 'embed'> & Partial<Pick<Albef, 'losses'>>

/** Whether a model has contrastive projections, a temperature and queues: without the contrastive loss nothing would train them. */
export const contrasts = ({ losses }: Pick<Sizes, 'losses'>): boolean => losses === undefined || losses.includes('contrast')

/** The encoders, with the contrastive projections where there is a contrastive loss. */
export const encodersOf = (config: Sizes) => {
  const { vision, visionProjection, text, textProjection, fusion } = towerParams(config)
  const has = contrasts(config)
  return { vision, visionProjection: has ? visionProjection : undefined, text, textProjection: has ? textProjection : undefined, fusion }
}

/** What student and teacher both have: those, and the word predictor. */
const encoderParams = (config: Albef) => ({ ...encodersOf(config), words: wordHeadParams(config.text) })

/** The head that says whether a caption matches an image. */
export const matchingParams = ({ text: { hidden } }: Pick<Albef, 'text'>) => torchLinear({ hidden }, { answer: 2 }, hidden)

/** The online model: the encoders, the matching head, and the temperature where there is a contrastive loss. */
export const studentParams = (config: Albef) => ({
  ...encoderParams(config),
  matching: matchingParams(config),
  temperature: contrasts(config) ? param({}, filled(config.temperature.first)) : undefined,
})

export type Towers = Of<ReturnType<typeof towerParams>>
export type Encoders = Of<ReturnType<typeof encoderParams>>
export type Student = Of<ReturnType<typeof studentParams>>

/** The part of the student that the teacher follows. */
export const twinOf = ({ vision, visionProjection, text, textProjection, fusion, words }: Encoders): Encoders => ({ vision, visionProjection, text, textProjection, fusion, words })

/** The same of retrieval, which always contrasts and predicts no words. */
export const towersOf = ({ vision, visionProjection, text, textProjection, fusion }: Towers): Towers => ({ vision, visionProjection, text, textProjection, fusion })

/** Rows of length one in random directions: the queues before anything has been seen. */
export const randomDirections: Initializer = (key, sizes) => {
  const rows = normal(1)(key, sizes)
  return u.div(rows, u.max(u.sqrt(u.lacking('embed', u.sum('embed', u.mul(rows, rows)))), 1e-12))
}

/** Queues of the teacher's features. */
export const queueState = ({ queue, batch, embed }: Pick<Albef, 'queue' | 'batch' | 'embed'>) => ({
  // Whole batches fill a queue, so that a write never wraps.
  image: buffer({ slot: quotient('queue', queue, 'batch', batch) * batch, embed }, 'f32', randomDirections),
  text: buffer({ slot: queue, embed }, 'f32', randomDirections),
  /** Where the next batch is written. */
  next: buffer({}, 'i32', zero),
})

/** Everything that a training step carries to the next. */
export const albefState = (config: Albef) => ({
  student: studentParams(config),
  teacher: encoderParams(config),
  moments: { first: zerosLike(studentParams(config)), second: zerosLike(studentParams(config)) },
  queues: contrasts(config) ? queueState(config) : undefined,
  key: buffer({}, 'key', itself),
  step: buffer({}, 'i32', zero),
  /** Steps that trained all losses: the count that the matching and word parts' moments have seen. */
  jointSteps: buffer({}, 'i32', zero),
  /** Steps of the whole run: what the schedule counts towards. */
  horizon: buffer({}, 'i32', whole(config.schedule.steps)),
})

export type State = Of<ReturnType<typeof albefState>>
export type Queues = NonNullable<State['queues']>
