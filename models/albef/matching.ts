import { argmax, at, cast, crossEntropy, equal, gather, mean, oneHot, position, stack, vmap, type Tensor } from '../../compiler/language/index.ts'
import type { Dropout } from '../layers/dropout.ts'
import { linear } from '../layers/linear.ts'
import type { Negatives } from './choices.ts'
import type { Albef } from './config.ts'
import type { Student } from './parameters.ts'
import { multimodalEncoder } from './text.ts'

type Tokens = Tensor<'batch' | 'token' | 'hidden'>

/** The parts that matching uses. */
export type Matcher = Pick<Student, 'fusion' | 'matching'>

/** One caption after looking at an image, and from its class token the scores of "does not match" and "matches". */
export const match =
  (p: Matcher, text: Albef['text'], drop: Dropout) =>
  (caption: Tensor<'token' | 'hidden'>, image: Tensor<'token' | 'hidden'>, mask: Tensor<'token'>) => {
    const tokens = multimodalEncoder(p.fusion, text, drop)(caption, image, mask)
    return { tokens, scores: linear(p.matching, at('token', 0, tokens)) }
  }

export interface Matching {
  readonly loss: Tensor
  readonly tokens: Tensor<'case' | 'batch' | 'token' | 'hidden'>
  readonly scores: Tensor<'case' | 'batch' | 'answer'>
  /** Share of the pairs judged rightly; saying "no" to all is right for two thirds. */
  readonly accuracy: Tensor
}

/**
 * Image–text matching with hard negatives (section 3.2 of the paper): each pair itself, each caption with a hard image, each image with a
 * hard caption. The three passes are one more axis.
 */
export const matchingLoss = (p: Matcher, config: Pick<Albef, 'text'>, drop: Dropout, captions: Tokens, images: Tokens, mask: Tensor<'batch' | 'token'>, negatives: Negatives): Matching => {
  const own = position('batch', mask)
  const whichText = stack('case', [own, own, negatives.text])
  const whichImage = stack('case', [own, negatives.image, own])
  const { tokens, scores } = vmap('case', vmap('batch', match(p, config.text, drop)))(gather('batch', captions, whichText), gather('batch', images, whichImage), gather('batch', mask, whichText))
  const matches = equal(position('case', scores), 0)
  const loss = crossEntropy('answer', scores, oneHot(cast('i32', matches), { answer: 2 }))
  const judged = equal(equal(argmax('answer', scores), 1), matches)
  return { loss: mean(['case', 'batch'], loss), tokens, scores, accuracy: mean(['case', 'batch'], cast('f32', judged)) }
}
