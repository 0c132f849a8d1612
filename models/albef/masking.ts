import { crossEntropy, crossEntropyAt, div, gather, max, mix, mul, softmax, stopGradient, sumAll, vmap, type Tensor } from '../../compiler/language/index.ts'
import type { Dropout } from '../layers/dropout.ts'
import type { Masked } from './choices.ts'
import type { Albef } from './config.ts'
import type { Encoders } from './parameters.ts'
import { multimodalEncoder, predictWords, textEncoder } from './text.ts'

type Tokens = Tensor<'batch' | 'token' | 'hidden'>

/** Scores of every word at the masked positions of one caption that has looked at its image. */
export const wordScores =
  (p: Encoders, text: Albef['text'], drop: Dropout) =>
  (ids: Tensor<'token', 'i32'>, at: Tensor<'masked', 'i32'>, mask: Tensor<'token'>, image: Tensor<'token' | 'hidden'>): Tensor<'masked' | 'word'> => {
    const seen = multimodalEncoder(p.fusion, text, drop)(textEncoder(p.text, text, drop)(ids), image, mask)
    return predictWords(p.words, p.text.word, gather('token', seen, at))
  }

export interface Masking {
  readonly loss: Tensor
  readonly scores: Tensor<'batch' | 'masked' | 'word'>
  readonly teacherScores: Tensor<'batch' | 'masked' | 'word'>
}

/**
 * Masked language modelling conditioned on the image, with momentum distillation (equations 3 and 7 of the paper, with the code's
 * cross-entropy for the KL divergence): the mean over the masked positions of the batch; 0 where nothing is masked.
 */
export const maskingLoss = (
  student: { readonly params: Encoders; readonly images: Tokens; readonly drop: Dropout },
  teacher: { readonly params: Encoders; readonly images: Tokens; readonly drop: Dropout },
  { text }: Albef,
  ids: Tensor<'batch' | 'token', 'i32'>,
  mask: Tensor<'batch' | 'token'>,
  masked: Masked,
  alpha: Tensor,
): Masking => {
  const scoresOf = ({ params, images, drop }: typeof student) => vmap('batch', wordScores(params, text, drop))(masked.ids, masked.at, mask, images)
  const scores = scoresOf(student)
  const teacherScores = stopGradient(scoresOf(teacher))
  const hard = crossEntropyAt('word', scores, gather('token', ids, masked.at))
  const soft = crossEntropy('word', scores, softmax('word', teacherScores))
  const loss = div(sumAll(mul(mix(alpha, hard, soft), masked.weight)), max(sumAll(masked.weight), 1))
  return { loss, scores, teacherScores }
}
