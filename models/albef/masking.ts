import { crossEntropy, crossEntropyAt, div, gather, max, mix, mul, softmax, stopGradient, sum, vmap, type Tensor } from '../../compiler/language/index.ts'
import type { Dropout } from '../layers/dropout.ts'
import type { Masked } from './choices.ts'
import type { Albef } from './config.ts'
import type { Encoders } from './parameters.ts'
import { multimodalEncoder, predictWords, textEncoder } from './text.ts'

type Tokens = Tensor<'batch' | 'token' | 'hidden'>

/** One masked caption after looking at its image, and the scores of every word at its masked positions. */
export const predictMasked =
  (p: Encoders, text: Albef['text'], drop: Dropout) =>
  (ids: Tensor<'token', 'i32'>, at: Tensor<'masked', 'i32'>, mask: Tensor<'token'>, image: Tensor<'token' | 'hidden'>) => {
    const tokens = multimodalEncoder(p.fusion, text, drop)(textEncoder(p.text, text, drop)(ids, mask), image, mask)
    return { tokens, scores: predictWords(p.words, p.text.word, gather('token', tokens, at)) }
  }

export interface Masking {
  readonly loss: Tensor
  readonly student: Predicted
  readonly teacher: Predicted
}

interface Predicted {
  readonly tokens: Tokens
  readonly scores: Tensor<'batch' | 'masked' | 'word'>
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
  const predict = ({ params, images, drop }: typeof student) => vmap('batch', predictMasked(params, text, drop))(masked.ids, masked.at, mask, images)
  const [own, target] = [predict(student), predict(teacher)]
  const hard = crossEntropyAt('word', own.scores, gather('token', ids, masked.at))
  const soft = crossEntropy('word', own.scores, stopGradient(softmax('word', target.scores)))
  const loss = div(sum(['batch', 'masked'], mul(mix(alpha, hard, soft), masked.weight)), max(sum(['batch', 'masked'], masked.weight), 1))
  return { loss, student: own, teacher: target }
}
