import { add, at, cast, concat, crossEntropy, div, dot, l2Normalize, max, mean, mix, mul, outer, position, rename, sizeAlong, slice, softmax, stopGradient, sum, type Tensor } from '../../compiler/language/index.ts'
import { linear } from '../layers/linear.ts'
import type { Queues, Towers } from './parameters.ts'

type Features = Tensor<'batch' | 'embed'>

/** The class token's feature, of length one. */
export const project = (p: Towers['visionProjection'], tokens: Tensor<'token' | 'hidden'>): Tensor<'embed'> => l2Normalize('embed', linear(p, at('token', 0, tokens)))

/** A caption's feature from its pooled tokens, of length one. */
export const projectPooled = (p: Towers['textProjection'], pooled: Tensor<'hidden'>): Tensor<'embed'> => l2Normalize('embed', linear(p, pooled))

/** The mean over the tokens of a caption, padding left out. */
export const meanOfTokens = (tokens: Tensor<'token' | 'hidden'>, mask: Tensor<'token'>): Tensor<'hidden'> => div(sum('token', mul(tokens, mask)), max(sum('token', mask), 1))

/** One direction of the contrastive loss, with what hard negatives and reports need. */
interface Direction {
  readonly loss: Tensor
  /** Similarities to this batch alone, scaled by the temperature. */
  readonly inBatch: Tensor<'batch' | 'candidate'>
  readonly bank: Tensor<'candidate' | 'embed'>
  readonly logits: Tensor<'batch' | 'candidate'>
  readonly teacherLogits: Tensor<'batch' | 'candidate'>
  readonly targets: Tensor<'batch' | 'candidate'>
}

/**
 * Contrast of one modality against the other (equations 1, 2 and 6 of the paper). Candidates are the teacher's features of this batch,
 * then the queue; targets mix the teacher's own softmax with the positives: the diagonal, unless others are given.
 */
const contrast = (own: Features, ownTeacher: Features, otherTeacher: Features, queue: Tensor<'slot' | 'embed'>, temperature: Tensor, alpha: Tensor, positives: Positives | undefined): Direction => {
  const candidates = [rename(otherTeacher, { batch: 'candidate' }), rename(queue, { slot: 'candidate' })] as const
  // Compared part by part: the queue is long, and putting it behind the batch would copy it.
  const compared = (features: Features) => concat('candidate', [dot('embed', features, candidates[0]), dot('embed', features, candidates[1])])
  const logits = div(compared(own), temperature)
  const same: Positives = positives ?? cast('f32', outer('equal', position('batch', logits), position('candidate', logits)))
  const teacherLogits = div(compared(ownTeacher), stopGradient(temperature))
  const targets = mix(alpha, same, softmax('candidate', teacherLogits))
  return { loss: mean('batch', crossEntropy('candidate', logits, targets)), inBatch: slice('candidate', 0, sizeAlong('batch', own), logits), bank: concat('candidate', candidates), logits, teacherLogits, targets }
}

export interface Contrast {
  readonly loss: Tensor
  readonly imageToText: Direction
  readonly textToImage: Direction
}

/** Features of a batch: the student's and the teacher's. */
export interface Pair {
  readonly image: Features
  readonly text: Features
}

/** The right candidates of each example as a distribution. */
export type Positives = Tensor<'batch' | 'candidate'>

/** The image–text contrastive loss with momentum distillation: the mean of both directions. */
export const contrastiveLoss = (student: Pair, teacher: Pair, queues: Pick<Queues, 'image' | 'text'>, temperature: Tensor, alpha: Tensor, positives?: Positives): Contrast => {
  const imageToText = contrast(student.image, teacher.image, teacher.text, queues.text, temperature, alpha, positives)
  const textToImage = contrast(student.text, teacher.text, teacher.image, queues.image, temperature, alpha, positives)
  return { loss: mul(add(imageToText.loss, textToImage.loss), 0.5), imageToText, textToImage }
}
