import {
  at, broadcast, cast, crossEntropy, crossEntropyAt, equal, gather, log, mix, mul, neg, not, outer, position, rename, scalar, sizeAlong, slice, softmax, stopGradient, sub, sum, topK, vmap,
  type Of, type Tensor,
} from '../../compiler/language/index.ts'
import { noDropout, type Dropout } from '../layers/dropout.ts'
import type { Albef } from './config.ts'
import { attentionMask, embed, embeddingParams, fusionParams, fusionLayers, predictWords, wordHeadParams } from './text.ts'

/** A decoder of answers and how it ranks. */
export interface Answering {
  readonly text: Albef['text']
  readonly decoderLayers: number
  /** Candidates that are decoded as a whole: those with the likeliest first words. */
  readonly candidates: number
  /** The official ranking adds the first word's probability to that of the whole answer, which holds it already. */
  readonly firstWord: 'once' | 'twice'
}

/** A decoder of answers: BERT layers that see the words before, and look at the states of a question (section 5 of the paper). */
export const decoderParams = ({ text, decoderLayers }: Pick<Answering, 'text' | 'decoderLayers'>) => ({
  embeddings: embeddingParams(text),
  layers: fusionParams({ ...text, fusionLayers: decoderLayers }, text.hidden),
  words: wordHeadParams(text),
})

export type Decoder = Of<ReturnType<typeof decoderParams>>

type Ids = Tensor<'token', 'i32'>
type Scores = Tensor<'token' | 'word'>

/** What is added to the scores of self-attention: a token sees itself and the tokens before it, and no padding. */
const causal = (present: Tensor<'token'>): Tensor<'token' | 'key'> => {
  const key = rename(present, { token: 'key' })
  const before = cast('f32', not(outer('less', position('token', present), position('key', key))))
  return mul(sub(mul(before, key), 1), 10_000)
}

/** Scores of every word after each token of one answer, given the states of its question and 1 where these are no padding. */
export const decode =
  (p: Decoder, { text }: Pick<Answering, 'text'>, drop: Dropout) =>
  (ids: Ids, states: Tensor<'token' | 'hidden'>, asked: Tensor<'token'>): Scores => {
    const hidden = mul(sub(rename(asked, { token: 'key' }), 1), 1e9)
    const tokens = fusionLayers(p.layers, text, drop)(embed(p.embeddings, ids, text.special.pad, drop), [states], causal(attentionMask(ids, text.special.pad)), hidden)
    // axle-allow AX058: the word predictor calls the positions that it predicts 'masked'; here they are all tokens
    return rename(predictWords(p.words, p.embeddings.word, rename(tokens, { token: 'masked' })), { masked: 'token' })
  }

/** The loss of one answer: each token from those before it, padding left out, summed; mixed with the cross-entropy to a teacher's softmax where there is one. */
export const answerLoss = (ids: Ids, scores: Scores, teacher: Scores | undefined, pad: number, alpha: Tensor): Tensor => {
  const length = sizeAlong('token', ids) - 1
  const next = slice('token', 1, length, ids)
  const own = slice('token', 0, length, scores)
  const hard = crossEntropyAt('word', own, next)
  const each = teacher === undefined ? hard : mix(alpha, hard, crossEntropy('word', own, stopGradient(softmax('word', slice('token', 0, length, teacher)))))
  return sum('token', mul(each, cast('f32', not(equal(next, pad)))))
}

/** Candidate answers as word ids, [CLS] first and [SEP] last, padded. */
type Candidates = Tensor<'candidate' | 'token', 'i32'>

/** What ranking computes for one question, in the order in which it does. */
export interface Ranked {
  readonly start: Scores
  /** Probability of each candidate's first word. */
  readonly firstWord: Tensor<'candidate'>
  /** The candidates that are judged as a whole, best first words first. */
  readonly shortlist: Tensor<'best', 'i32'>
  readonly ids: Tensor<'best' | 'token', 'i32'>
  readonly scores: Tensor<'best' | 'token' | 'word'>
  readonly losses: Tensor<'best'>
  /** Logarithm of the best candidates' first-word probabilities, best first. */
  readonly firstWords: Tensor<'best'>
  readonly logarithms: Tensor<'best'>
  /** The ranking: places in the shortlist, candidates, and probabilities, best first. */
  readonly places: Tensor<'rank', 'i32'>
  readonly answers: Tensor<'rank', 'i32'>
  readonly probabilities: Tensor<'rank'>
}

/** Which candidates are judged as a whole, from the probabilities of their first words; several that begin alike are equally likely. */
export type Shortlist = (firstWord: Tensor<'candidate'>) => Tensor<'best', 'i32'>

/**
 * Ranks a list of candidate answers for one question: those with the likeliest first words are decoded as a whole and ordered by their
 * probability. `shorten` replaces the choice of those.
 */
export const rankAnswers =
  (p: Decoder, config: Answering, candidates: Candidates, shorten?: Shortlist) =>
  (states: Tensor<'token' | 'hidden'>, asked: Tensor<'token'>): Ranked => {
    const { text, candidates: count, firstWord: counted } = config
    const decoder = decode(p, config, noDropout)
    const start = decoder(broadcast(scalar(text.special.cls, 'i32'), { token: 1 }), states, asked)
    const firstWord = gather('word', softmax('word', at('token', 0, start)), at('token', 1, candidates))
    const likeliest = topK('candidate', { best: count }, firstWord)
    const shortlist = shorten?.(firstWord) ?? likeliest.index
    const ids = gather('candidate', candidates, shortlist)
    const scores = vmap('best', (own: Ids) => decoder(own, states, asked))(ids)
    const losses = vmap('best', (own: Ids, given: Scores) => answerLoss(own, given, undefined, text.special.pad, scalar(0)))(ids, scores)
    const first = log(gather('candidate', firstWord, shortlist))
    const logarithms = counted === 'twice' ? sub(first, losses) : neg(losses)
    const { value: probabilities, index: places } = topK('best', { rank: count }, softmax('best', logarithms))
    return { start, firstWord, shortlist, ids, scores, losses, firstWords: log(likeliest.value), logarithms, places, answers: gather('best', shortlist, places), probabilities }
  }
