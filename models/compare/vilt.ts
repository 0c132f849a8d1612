// ViLT (arXiv 2102.03334): words and patches in one transformer, each embedded by no more than a linear map. Its pre-training (matching and masked
// words, without the optimal transport of section 3.2), then its ranking loss for retrieval. Word vectors are MiniLM's, as they are.
import {
  add, at, broadcast, cast, concat, constant, crossEntropy, crossEntropyAt, defineTask, div, dot, equal, erase, evaluation, fold, gather, gelu, input, logSoftmax, max, mean, meanAll, mod, mul, neg, normal,
  oneHot, outer, pad, param, position, randomInteger, sizeAlong, slice, sumAll, tanh, valueAndGrad, vmap, zeros, type Definition, type Job, type Key, type Of, type Tensor,
} from '../../compiler/language/index.ts'
import { drawMask, type Masked } from '../albef/choices.ts'
import { emoji as emojiSizes, tiny as tinySizes, type Albef } from '../albef/config.ts'
import { attentionMask, padding } from '../albef/text.ts'
import { blocks, embedPatches, lastNorm, visionParams } from '../albef/vision.ts'
import { layerNorm, layerNormParams } from '../layers/layer-norm.ts'
import { linear, linearParams } from '../layers/linear.ts'
import { bytesOf, configured, emojiJob, examples, idsOf, moved, pairs, pixelsOf, trainingState, wordVectors, type Compared } from './parts.ts'

/** `vision` has the sizes of the one transformer, `text.hidden` the width of the word vectors. */
export interface Vilt extends Compared, Pick<Albef, 'masking'> {
  /** Captions that each picture is ranked against beside its own, pictures of a step that words are masked for, and the share of the steps that rank. */
  readonly others: number
  readonly maskedExamples: number
  readonly ranking: number
}

const viltParams = ({ vision, text }: Vilt) => ({
  stream: visionParams(vision),
  word: param({ word: text.words, wide: text.hidden }, normal(0.02)),
  narrow: linearParams({ wide: text.hidden }, { hidden: vision.hidden }, normal(text.hidden ** -0.5)),
  place: param({ token: text.tokens, hidden: vision.hidden }, normal(0.02)),
  wordNorm: layerNormParams({ hidden: vision.hidden }),
  kind: param({ kind: 2, hidden: vision.hidden }, normal(0.02)),
  pool: linearParams({ hidden: vision.hidden }, { pooled: vision.hidden }, normal(0.02)),
  matching: linearParams({ pooled: vision.hidden }, { answer: 2 }, normal(0.02)),
  predict: linearParams({ hidden: vision.hidden }, { wide: text.hidden }, normal(0.02)),
  wordBias: param({ word: text.words }, zeros, { decay: false }),
})
type Model = Of<ReturnType<typeof viltParams>>
type Ids = Tensor<'token', 'i32'>
type Sequence = Tensor<'token' | 'hidden'>

const embedWords = (p: Model) => (ids: Ids): Sequence => add(layerNorm('hidden', 1e-6, p.wordNorm, add(linear(p.narrow, gather('word', p.word, ids)), p.place)), at('kind', 0, p.kind))

const embedPicture = (p: Model) => (picture: Tensor<'row' | 'column' | 'channel'>): Sequence => add(embedPatches(p.stream, picture), at('kind', 1, p.kind))

/** Words, then patches, through the one transformer; padding is not looked at. */
const stream = (p: Model, { vision, text }: Vilt) => (ids: Ids, words: Sequence, patches: Sequence): Sequence => {
  const mask = pad('key', 0, sizeAlong('token', patches), padding(attentionMask(ids, text.special.pad)))
  return lastNorm(p.stream, blocks(p.stream.blocks, vision, concat('token', [words, patches]), mask))
}

/** Scores of "does not match" and "matches", from the first word's place: [CLS]. */
const match = (p: Model, config: Vilt) => (ids: Ids, words: Sequence, patches: Sequence): Tensor<'answer'> => linear(p.matching, tanh(linear(p.pool, at('token', 0, stream(p, config)(ids, words, patches)))))

interface Examples {
  readonly patches: Tensor<'batch' | 'token' | 'hidden'>
  readonly ids: Tensor<'batch' | 'token', 'i32'>
}

/** Each picture with its own caption (case 0) and with those of examples at random distances in the batch, no concept of which is its own. */
const matched = (p: Model, config: Vilt, key: Key, others: number, { patches, ids }: Examples): Tensor<'case' | 'batch' | 'answer'> => {
  const away = concat('case', [randomInteger(fold(key, 'none'), 1, { case: 1 }), add(randomInteger(fold(key, 'away'), config.batch - 1, { case: others }), 1)])
  const words = vmap('batch', embedWords(p))(ids)
  const ofCase = (row: Tensor<'batch', 'i32'>) => vmap('batch', match(p, config))(gather('batch', ids, row), gather('batch', words, row), patches)
  return vmap('case', ofCase)(mod(outer('add', away, position('batch', ids)), config.batch))
}

const maskedLoss = (p: Model, config: Vilt, { ids, at: where, weight }: Masked, { patches, ids: truth }: Examples): Tensor => {
  const tokens = vmap('batch', stream(p, config))(truth, vmap('batch', embedWords(p))(ids), patches)
  const scores = add(dot('wide', gelu(linear(p.predict, gather('token', tokens, where))), p.word), p.wordBias)
  return div(sumAll(mul(crossEntropyAt('word', scores, gather('token', truth, where)), weight)), max(sumAll(weight), 1))
}

/** Matching with one other caption each, and masked words: pre-training (section 3.2 of the paper). */
const pretrainLoss = (config: Vilt, key: Key, given: Examples) => (p: Model): Tensor => {
  const scores = matched(p, config, key, 1, given)
  const judged = meanAll(crossEntropy('answer', scores, oneHot(cast('i32', equal(position('case', scores), 0)), { answer: 2 })))
  const few: Examples = { patches: slice('batch', 0, config.maskedExamples, given.patches), ids: slice('batch', 0, config.maskedExamples, given.ids) }
  return add(judged, maskedLoss(p, config, drawMask(config)(fold(key, 'mask'), few.ids), few))
}

/** The own caption's matching score above those of others: fine-tuning for retrieval (section 4.3). */
const rankingLoss = (config: Vilt, key: Key, given: Examples) => (p: Model): Tensor =>
  neg(mean('batch', at('case', 0, logSoftmax('case', at('answer', 1, matched(p, config, key, config.others, given))))))

const evaluated = (config: Vilt) => {
  const { vision, text: { tokens: token } } = config
  const [read, hidden] = [{ student: viltParams(config) }, vision.hidden]
  const scored = { ids: idsOf(config, pairs), caption: input({ batch: pairs, token, hidden }), image: input({ batch: pairs, token: 1 + (vision.image / vision.patch) ** 2, hidden }) }
  // There are no features to find candidates by: all are alike, and every pair goes through the transformer.
  const feature = broadcast(constant({ embed: 1 }, [0]), { batch: examples })
  return {
    pictures: evaluation(read, { image: bytesOf(config, examples) }, ({ student }, { image }) => ({ feature, tokens: vmap('batch', embedPicture(student))(pixelsOf(image)) })),
    captions: evaluation(read, { ids: idsOf(config, examples) }, ({ student }, { ids }) => ({ feature, tokens: vmap('batch', embedWords(student))(ids) })),
    match: evaluation(read, scored, ({ student }, { ids, caption, image }) => ({ score: at('answer', 1, vmap('batch', match(student, config))(ids, caption, image)) })),
  }
}

/** ViLT as a definition: `step` pre-trains, `rank` goes on for retrieval. */
export const vilt = (config: Vilt) => {
  const state = trainingState(config, () => viltParams(config))
  const batch = { image: bytesOf(config, config.batch), ids: idsOf(config, config.batch) }
  const by = (loss: typeof pretrainLoss) => (now: Of<typeof state>, { image, ids }: Of<typeof batch>) => {
    const own = (p: Model): Tensor => loss(config, fold(now.key, now.step), { patches: vmap('batch', embedPicture(p))(pixelsOf(image)), ids })(p)
    const { value, grad } = valueAndGrad(own)(now.student)
    const [after, rate] = moved(config, viltParams(config), now, grad)
    return [after, { loss: value, rate }] as const
  }
  const definition: Definition<typeof state, typeof batch, unknown> = { state, batch, step: by(pretrainLoss), steps: { rank: by(rankingLoss) }, evaluate: evaluated(config) }
  return definition
}

const job = (config: Vilt): Job =>
  emojiJob('vilt', config, { image: 'picture', ids: 'words' }, {
    definition: erase(vilt(config)),
    phases: [{ program: 'step', share: 1 - config.ranking }, { program: 'rank', share: config.ranking }],
    ...wordVectors(config, 'student/word', ['word', 'wide']),
    shown: [{ name: 'loss', digits: 3 }],
    retrieval: { pictures: 'pictures', captions: 'captions', match: 'match', candidates: 1_000_000, gallery: 100 },
  })

/** The sizes of an ALBEF, with as many layers as an example passes there: those of vision, and those that fuse. Batches are small: each pair costs a whole pass. */
const from = ({ name, vision, text, batch, anchors, optimizer, schedule, masking }: Albef): Vilt => ({
  name, text, masking,
  batch: Math.min(batch, 32),
  schedule: { ...schedule, peak: Math.min(schedule.peak, 1e-3) },
  vision: { ...vision, layers: vision.layers + text.fusionLayers },
  optimizer: { ...optimizer, factors: { word: text.encoder === 'trained' ? 1 : 0 } },
  others: Math.min(7, batch - 1),
  maskedExamples: anchors,
  ranking: 0.5,
})

/** ViLT on pictures of emoji. */
export const task = defineTask({ name: 'vilt', configs: { emoji: configured(from(emojiSizes), job), tiny: configured(from(tinySizes), job) } })
