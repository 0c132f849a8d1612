import {
  add, bernoulli, cast, categorical, categoricalWithoutReplacement, cos, div, equal, floor, fold, gather, less, max, min, mul, not, or, and, outer, position, randomInteger, rename, scalar, select, sizeAlong, sub, sum,
  type Key, type Tensor,
} from '../../compiler/language/index.ts'
import type { Albef, Schedule } from './config.ts'

/** A masked caption: what the encoder reads, which positions are to be predicted, and the weight of each (0 where there is nothing). */
export interface Masked {
  readonly ids: Tensor<'batch' | 'token', 'i32'>
  readonly at: Tensor<'batch' | 'masked', 'i32'>
  readonly weight: Tensor<'batch' | 'masked'>
}

/** For each text an image that is not its own, for each image a text that is not its own. */
export interface Negatives {
  readonly image: Tensor<'batch', 'i32'>
  readonly text: Tensor<'batch', 'i32'>
}

/** Similarities of this batch alone, own pairs included: each image to every text, each text to every image. */
export interface Similarities {
  readonly imageToText: Tensor<'batch' | 'candidate'>
  readonly textToImage: Tensor<'batch' | 'candidate'>
}

/** Whatever a step draws or schedules. Training draws; parity replays what the official code drew. Everything after it is the same code. */
export interface Choices {
  readonly mask: (key: Key, ids: Tensor<'batch' | 'token', 'i32'>) => Masked
  readonly negatives: (key: Key, similarities: Similarities, joint: Clock) => Negatives
  readonly alpha: (clock: Clock) => Tensor
  readonly rate: (clock: Clock) => Tensor
}

/** How many steps have been made, and how many the run has. */
export interface Clock {
  readonly step: Tensor<never, 'i32'>
  readonly horizon: Tensor<never, 'i32'>
}

/** 80 % of the chosen positions become [MASK], 10 % a random word, 10 % stay. */
const corrupt = (key: Key, { text }: Pick<Albef, 'text'>, ids: Tensor<'batch' | 'token', 'i32'>, chosen: Tensor<'batch' | 'token', 'bool'>): Tensor<'batch' | 'token', 'i32'> => {
  const sizes = { batch: sizeAlong('batch', ids), token: text.tokens }
  const hidden = bernoulli(fold(key, 'hide'), 0.8, sizes)
  const random = bernoulli(fold(key, 'replace'), 0.5, sizes)
  const words = randomInteger(fold(key, 'words'), text.words, sizes)
  const replaced = select(and(chosen, random), words, ids)
  return select(and(chosen, hidden), scalar(text.special.mask, 'i32'), replaced)
}

/** Masks each position but [CLS] and padding with a probability, as BERT and the official code do. */
const maskEach = (config: Pick<Albef, 'text'>, probability: number): Choices['mask'] => (key, ids) => {
  const eligible = not(or(equal(ids, config.text.special.pad), equal(ids, config.text.special.cls)))
  const chosen = and(bernoulli(fold(key, 'choose'), probability, { batch: sizeAlong('batch', ids), token: config.text.tokens }), eligible)
  const at = add(mul(cast('i32', chosen), 0), position('token', ids))
  return { ids: corrupt(key, config, ids, chosen), at: rename(at, { token: 'masked' }), weight: rename(cast('f32', chosen), { token: 'masked' }) }
}

/** Masks a fixed number of positions a caption, drawn without replacement; a caption too short for it masks what it has. */
const maskSome = (config: Pick<Albef, 'text'>, count: number): Choices['mask'] => (key, ids) => {
  const eligible = cast('f32', not(or(equal(ids, config.text.special.pad), equal(ids, config.text.special.cls))))
  const at = categoricalWithoutReplacement(fold(key, 'choose'), 'token', { masked: count }, mul(sub(eligible, 1), 1e9))
  const weight = gather('token', eligible, at)
  const hits = cast('f32', outer('equal', at, position('token', ids)))
  const chosen = less(scalar(0), sum('masked', mul(hits, weight)))
  return { ids: corrupt(key, config, ids, chosen), at, weight }
}

/** Masks as the configuration says. */
export const drawMask = (config: Pick<Albef, 'text' | 'masking'>): Choices['mask'] => (config.masking.kind === 'fixed' ? maskSome(config, config.masking.count) : maskEach(config, config.masking.probability))

/** A candidate drawn with the probabilities of a softmax from those that are not its own; the rest is renormalised, in logarithms, so that nothing underflows. */
const drawOther = (key: Key, similarity: Tensor<'batch' | 'candidate'>, own: Tensor<'batch' | 'candidate', 'bool'>): Tensor<'batch', 'i32'> => categorical(key, 'candidate', select(own, -1e9, similarity))

/** Hard negatives: for each text an image, for each image a text. `own` are pairs that are none; the diagonal, where nothing is given. */
export const drawNegatives = (key: Key, { imageToText, textToImage }: Similarities, given?: Tensor<'batch' | 'candidate', 'bool'>): Negatives => {
  const own = given ?? outer('equal', position('batch', imageToText), position('candidate', imageToText))
  return { image: drawOther(fold(key, 'image'), textToImage, own), text: drawOther(fold(key, 'text'), imageToText, own) }
}

/** The share of the teacher in the targets: rises linearly from 0, then stays. */
export const alphaAt = ({ alpha, ramp }: Albef['distillation'], { step }: Clock): Tensor => (ramp === 0 ? scalar(alpha) : mul(min(div(cast('f32', step), ramp), 1), alpha))

const cosine = (schedule: Schedule, t: Tensor, span: Tensor): Tensor => {
  const { peak, last } = schedule
  return add(mul(add(cos(mul(min(div(t, span), 1), Math.PI)), 1), (peak - last) / 2), last)
}

/**
 * The learning rate of a step. `linear`: warm-up, then a cosine, both step by step (the paper). `staircase`: the official code, whose warm-up
 * moves every 100 steps, whose first epoch then stays at the peak, and whose cosine moves once an epoch.
 */
export const rateAt = (schedule: Schedule, { step, horizon }: Clock): Tensor => {
  const { kind, first, peak, warmup, epoch } = schedule
  const t = cast('f32', step)
  if (kind === 'linear') {
    const rising = add(mul(div(t, Math.max(warmup, 1)), peak - first), first)
    return select(less(t, warmup), rising, cosine(schedule, sub(t, warmup), max(sub(cast('f32', horizon), warmup), 1)))
  }
  const stairs = warmup / 100
  // The rate of a step was set after the step before it: by the hundred within the first epoch, by the epoch later.
  const hundreds = floor(div(sub(t, 1), 100))
  const climbed = select(less(t, 1), 0, min(hundreds, stairs))
  const rising = select(less(climbed, stairs), add(mul(climbed, (peak - first) / Math.max(stairs, 1)), first), peak)
  const epochs = floor(div(t, epoch))
  return select(less(epochs, 1), rising, cosine(schedule, epochs, div(max(cast('f32', horizon), 1), epoch)))
}

/** How far the draws of negatives follow the similarities: 0 is uniform, 1 the paper's. Rises linearly between two shares of the joint steps. */
export const hardnessAt = ({ easyUntil, hardFrom }: Albef['negatives'], { step, horizon }: Clock): Tensor => {
  const progress = div(cast('f32', step), max(cast('f32', horizon), 1))
  return min(max(div(sub(progress, easyUntil), Math.max(hardFrom - easyUntil, 1e-6)), 0), 1)
}

/** The similarities that negatives are drawn by: flat where draws are to be uniform, as they are where draws follow the paper. */
export const asHard = ({ negatives }: Pick<Albef, 'negatives'>, similarities: Similarities, clock: Clock): Similarities => {
  if (negatives.hardFrom === 0) return similarities
  const hardness = hardnessAt(negatives, clock)
  return { imageToText: mul(similarities.imageToText, hardness), textToImage: mul(similarities.textToImage, hardness) }
}

/** The learning rate of the parts that a head start leaves alone, where it is their own. */
export const jointRateAt = (schedule: Schedule, joint: Clock): Tensor | undefined => (schedule.joint === undefined ? undefined : rateAt({ ...schedule, ...schedule.joint }, joint))

/** The choices of training: drawn from the key of the step. */
export const drawn = (config: Albef): Choices => ({
  mask: drawMask(config),
  negatives: (key, similarities, joint) => drawNegatives(key, asHard(config, similarities, joint)),
  alpha: clock => alphaAt(config.distillation, clock),
  rate: clock => rateAt(config.schedule, clock),
})
