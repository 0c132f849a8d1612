import * as E from 'fp-ts/Either'
import type { TaskEither } from 'fp-ts/TaskEither'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { task } from '../../../models/albef/pretrain.ts'
import type { HostArray, Session } from '../../../runtime/backends/backend.ts'
import { draws, keyOf } from '../../../runtime/data/random.ts'
import { nameGallery } from '../../../runtime/evaluation/gallery.ts'
import { scorePairs, type Pair } from '../../../runtime/evaluation/matching.ts'
import { evaluateRetrieval } from '../../../runtime/evaluation/retrieval.ts'
import { similarities } from '../../../runtime/evaluation/similarities.ts'
import { runInBatches } from '../../../runtime/training/feeds.ts'
import { initializeState, openJob } from '../../../runtime/training/session.ts'
import { tokenizerOf } from './fake.ts'

const need = async <A>(work: TaskEither<string, A>): Promise<A> => {
  const result = await work()
  if (E.isLeft(result)) throw new Error(result.left)
  return result.right
}

const seed = 11
const random = draws(keyOf(seed))
const job = task.configs['tiny']?.()
if (job?.retrieval === undefined) throw new Error('the tiny configuration has no retrieval programs')
const { retrieval, data: { picture: size, tokens } } = job
const { session } = await need(openJob(job))
await need(initializeState(job, session, seed, 1))

const words = ['apple', 'bell', 'cloud', 'drum', 'eagle', 'fish', 'grape']
const names = [...words.slice(0, 6), 'grape drum cloud', 'red apple', 'fish and bell']
const tokenizer = tokenizerOf([...words, 'red', 'and'])
const concept = Int32Array.from({ length: 70 }, (_, picture) => picture % names.length)
// Flat colours with some noise: random weights tell these apart better than noise alone.
const pixels = Uint8Array.from({ length: concept.length * size * size * 3 }, (_, at) => Math.floor((at * 97) / (size * size * 3)) % 200 + Math.floor(random() * 50))
const gallery = nameGallery({ concept, concepts: names }, tokenizer, tokens)

/** Rows of a program's output for single rows of its inputs, each run in a batch of its own, among zeros. */
const alone = (of: Session, program: string, output: string, row: number, inputs: Readonly<Record<string, HostArray>>): Float32Array => {
  const spec = of.signatures[program]
  const batch = spec?.inputs[0]?.axes[0]?.size ?? 1
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, data]) => {
    const full = data instanceof Float32Array ? new Float32Array(batch * data.length) : data instanceof Int32Array ? new Int32Array(batch * data.length) : new Uint8Array(batch * data.length)
    full.set(data, row * data.length)
    return [name, full]
  }))
  const all = of.run(program, feeds)[output]
  if (!(all instanceof Float32Array)) throw new Error(`program '${program}' has no output '${output}'`)
  return all.slice((row * all.length) / batch, ((row + 1) * all.length) / batch)
}

const pictureBytes = (picture: number): Uint8Array => pixels.slice(picture * size * size * 3, (picture + 1) * size * size * 3)
const idsOf = (text: number): Int32Array => gallery.ids.slice(text * tokens, (text + 1) * tokens)
const close = (one: number, other: number): boolean => Math.abs(one - other) < 2e-5

// Every picture and text by itself, without any batching of ours.
const pictureAlone = Array.from(concept, (_, picture) => ({ feature: alone(session, retrieval.pictures, 'feature', 3, { image: pictureBytes(picture) }), tokens: alone(session, retrieval.pictures, 'tokens', 3, { image: pictureBytes(picture) }) }))
const textAlone = gallery.texts.map((_, text) => ({ feature: alone(session, retrieval.captions, 'feature', 5, { ids: idsOf(text) }), tokens: alone(session, retrieval.captions, 'tokens', 5, { ids: idsOf(text) }) }))
const directSimilarity = (picture: number, text: number): number =>
  (pictureAlone[picture]?.feature ?? new Float32Array()).reduce((sum, value, i) => sum + value * (textAlone[text]?.feature[i] ?? Number.NaN), 0)
const directScore = (picture: number, text: number): number =>
  alone(session, retrieval.match, 'score', 9, { ids: idsOf(text), caption: textAlone[text]?.tokens ?? new Float32Array(), image: pictureAlone[picture]?.tokens ?? new Float32Array() })[0] ?? Number.NaN

test('similarities equal direct dot products of features that are computed one by one', () => {
  const pictures = runInBatches(session, retrieval.pictures, { image: pixels }, concept.length)['feature'] ?? new Float32Array()
  const texts = runInBatches(session, retrieval.captions, { ids: gallery.ids }, gallery.texts.length)['feature'] ?? new Float32Array()
  const all = similarities(pictures, texts, pictures.length / concept.length)
  assert.is(all.length, concept.length * gallery.texts.length)
  all.forEach((value, at) => {
    const [picture, text] = [Math.floor(at / gallery.texts.length), at % gallery.texts.length]
    const direct = directSimilarity(picture, text)
    assert.ok(close(value, direct), `seed ${seed}: picture ${picture}, text ${text}: ${value}, directly ${direct}`)
  })
  assert.ok(Math.max(...all) - Math.min(...all) > 0.05, `seed ${seed}: the similarities hardly differ`)
})

test('the score of a pair is the matching program’s own, wherever it stands in a batch', () => {
  const encoded = {
    pictures: runInBatches(session, retrieval.pictures, { image: pixels }, concept.length)['tokens'] ?? new Float32Array(),
    captions: runInBatches(session, retrieval.captions, { ids: gallery.ids }, gallery.texts.length)['tokens'] ?? new Float32Array(),
    ids: gallery.ids,
  }
  const pairs = Array.from({ length: 300 }, (): Pair => [Math.floor(random() * concept.length), Math.floor(random() * gallery.texts.length)])
  const scores = scorePairs(session, retrieval.match, encoded, pairs)
  assert.ok(pairs.length > (session.signatures[retrieval.match]?.inputs[0]?.axes[0]?.size ?? Infinity), 'more than one batch')
  for (const at of [0, 1, 100, 255, 256, 257, 299]) {
    const [picture, text] = pairs[at] ?? [0, 0]
    const direct = directScore(picture, text)
    assert.ok(close(scores[at] ?? Number.NaN, direct), `seed ${seed}: pair ${at}: ${scores[at]}, directly ${direct}`)
  }
  assert.ok(Math.max(...scores) - Math.min(...scores) > 1e-3, `seed ${seed}: the scores hardly differ`)
})

test('an evaluation orders pictures by those similarities and its candidates by those scores', () => {
  const { contrastive, reranked, seconds } = evaluateRetrieval({ session, programs: { ...retrieval, candidates: 5 }, pairs: { pictures: concept.length, pixels, concept, concepts: names }, tokenizer, tokens })
  assert.ok(contrastive)
  const everyPicture = Array.from(concept, (_, picture) => picture)
  gallery.texts.forEach((_, text) => {
    const first = contrastive.bestPictures[text] ?? []
    assert.is(first.length, 10)
    const least = Math.min(...first.map(picture => directSimilarity(picture, text)))
    for (const picture of everyPicture) assert.ok(first.includes(picture) || directSimilarity(picture, text) < least + 1e-5, `seed ${seed}: text ${text} leaves out picture ${picture}`)
    const again = reranked.bestPictures[text] ?? []
    assert.equal([...again].sort(), first.slice(0, 5).sort(), `seed ${seed}: the candidates of text ${text}`)
    const scores = again.map(picture => directScore(picture, text))
    scores.forEach((score, place) => assert.ok(place === 0 || score <= (scores[place - 1] ?? Number.NaN) + 1e-5, `seed ${seed}: text ${text}: ${scores}`))
  })
  assert.ok(Object.values(seconds).every(value => value > 0))
})

test.after(() => session.close())
test.run()
