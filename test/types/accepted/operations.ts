import {
  add, at, cast, concat, constant, dot, equal, flatten, gather, less, logSoftmax, max, mean, meanAll, min, mod, mul, oneHot, or, outer, pad, position, rename, scalar, scatterAdd, select, sizeAlong, slice,
  softmax, stack, sub, sum, sumAll, topK, unflatten, write, type Tensor,
} from '../../../compiler/language/index.ts'

type Tokens = Tensor<'batch' | 'token' | 'hidden'>
declare const tokens: Tokens
declare const cases: Tensor<'case' | 'batch' | 'token' | 'hidden'>
declare const words: Tensor<'word' | 'hidden'>
declare const ids: Tensor<'token', 'i32'>
declare const negatives: Tensor<'batch', 'i32'>
declare const pairs: Tensor<'case' | 'batch', 'i32'>
declare const masked: Tensor<'batch' | 'masked', 'i32'>
declare const queue: Tensor<'slot' | 'embed'>
declare const start: Tensor<never, 'i32'>
declare const features: Tensor<'batch' | 'embed'>
declare const own: Tensor<'batch' | 'candidate', 'bool'>
declare const similarity: Tensor<'batch' | 'candidate'>
declare const perBatch: Tensor<'batch'>
declare const condition: Tensor<'batch', 'bool'>

// The order of axes is no part of a type.
export const sameSet: Tensor<'hidden' | 'token' | 'batch'> = tokens

export const swapped: Tokens = rename(tokens, { token: 'hidden', hidden: 'token' })
export const heads: Tensor<'batch' | 'token' | 'head' | 'feature'> = unflatten(tokens, 'hidden', { head: 2, feature: 3 })
export const backIntoItsOwnName: Tokens = flatten(heads, ['head', 'feature'], 'hidden')
export const ontoOneOfItsParts: Tensor<'batch' | 'token'> = flatten(tokens, ['token', 'hidden'], 'token')

export const sameAxis: Tokens = gather('batch', tokens, negatives)
export const oneMoreAxis: typeof cases = gather('batch', tokens, pairs)
export const embedded: Tensor<'token' | 'hidden'> = gather('word', words, ids)
export const alignedGather: Tensor<'batch' | 'masked' | 'hidden'> = gather('token', tokens, masked)
export const counted: Tensor<'word' | 'hidden'> = scatterAdd({ word: 30522 }, 'token', ids, embedded)
export const alignedScatter: Tokens = scatterAdd({ token: 30 }, 'masked', masked, alignedGather)

export const stacked: typeof cases = stack('case', [tokens, tokens, sameAxis])
export const stackedIntegers: Tensor<'case' | 'batch', 'i32'> = stack('case', [negatives, negatives])
export const one: Tensor<'batch', 'i32'> = at('case', 0, stackedIntegers)
export const bank: typeof queue = concat('slot', [rename(features, { batch: 'slot' }), queue])
export const written: typeof queue = write('slot', queue, start, rename(features, { batch: 'slot' }))

declare const list: readonly Tokens[]
export const ofAList: Tokens = concat('token', list)
export const ofAListAndMore: Tokens = concat('token', [tokens, ...list])
export const ofAMappedList: typeof cases = stack('case', list.map(each => mul(each, 2)))

export const targets: Tensor<'batch' | 'candidate'> = oneHot(negatives, { candidate: 10 })
export const best: Tensor<'batch' | 'rank', 'i32'> = topK('candidate', { rank: 5 }, similarity).index
export const bestOntoItsName: typeof similarity = topK('candidate', { candidate: 5 }, similarity).value

export const bothWays: Tokens = add(perBatch, tokens)
export const numberFirst: Tensor<'batch', 'i32'> = mod(add(negatives, 1), 8)
export const scalars: Tensor = add(scalar(1), sub(scalar(2), 3))
export const largest: Tensor<'batch'> = max(min(perBatch, 1), 0)
export const wanted: typeof own = outer('equal', position('batch', similarity), position('candidate', similarity))
export const either: typeof own = or(own, less(similarity, 0))
export const same: Tensor<'batch', 'bool'> = equal(condition, condition)
export const product: typeof similarity = outer('mul', perBatch, rename(perBatch, { batch: 'candidate' }))

export const byMask: typeof similarity = select(own, -1e9, similarity)
export const byRow: typeof similarity = select(condition, 0, similarity)
export const fromRow: typeof similarity = select(condition, similarity, perBatch)
export const integers: Tensor<'batch', 'i32'> = select(condition, negatives, 0)
export const integersSecond: Tensor<'batch', 'i32'> = select(condition, 0, negatives)

export const overTwo: Tensor<'batch'> = mean(['token', 'hidden'], tokens)
export const wholeNumbers: Tensor<never, 'i32'> = sum('batch', negatives)
export const total: Tensor = add(sumAll(tokens), meanAll(cast('f32', condition)))
export const probabilities: Tensor<'batch' | 'candidate'> = softmax('candidate', logSoftmax('candidate', similarity))
export const contracted: Tensor<'batch' | 'word'> = dot(['hidden'], mean('token', tokens), words)
export const aligned: Tensor<'batch'> = dot('embed', features, features)
export const padded: Tokens = pad('token', 1, 0, slice('token', 0, sizeAlong('token', tokens) - 1, tokens))
export const channelMeans: Tensor<'channel'> = constant({ channel: 3 }, [0.48, 0.46, 0.41])
