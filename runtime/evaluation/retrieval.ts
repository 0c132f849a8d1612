import type { RetrievalPrograms } from '../../compiler/language/index.ts'
import type { Session } from '../backends/backend.ts'
import type { Pairs } from '../data/dataset.ts'
import { picturesOfTexts, rankOf, recallOf, transpose, type Recalls, type Retrieval } from '../data/retrieval.ts'
import type { Tokenizer } from '../data/tokenizer.ts'
import { runInBatches } from '../training/feeds.ts'
import { bestColumns } from './candidates.ts'
import { nameGallery, type Gallery } from './gallery.ts'
import { scorePairs, type Pair } from './matching.ts'
import { similarities } from './similarities.ts'

/** Recalls are counted among so many first answers. */
export const PLACES = [1, 5, 10] as const

/** Best pictures of a text that are kept, for contact sheets. */
const SHOWN = 10

/** What pairs that are not scored by the matching program count as, as in the official evaluation. */
export const UNSCORED = -100

export interface RetrievalOptions {
  readonly session: Session
  readonly programs: RetrievalPrograms
  /** The split: its pictures are one gallery, the names of their concepts the other where no texts are given. */
  readonly pairs: Pick<Pairs, 'pictures' | 'pixels' | 'concept' | 'concepts'>
  readonly texts?: Gallery
  readonly tokenizer: Tokenizer
  /** Tokens of a text, [CLS] included. */
  readonly tokens: number
  /** Pairs scored by the matching program, of all that will be. */
  readonly onProgress?: (done: number, total: number) => void
}

/** One way of scoring: its recalls, and the best pictures of each text, best first. */
export interface Scoring {
  readonly recalls: Retrieval
  readonly bestPictures: readonly (readonly number[])[]
  /** The place of the best right picture of each text, 0 being the first. */
  readonly places: readonly number[]
}

/** What retrieval on one split gave. */
export interface Evaluation {
  readonly pictures: number
  readonly texts: readonly string[]
  /** The right texts of each picture. */
  readonly right: Gallery['right']
  /** Candidates that the matching program ranked again for each query: no more than the gallery holds. */
  readonly candidates: { readonly imageToText: number; readonly textToImage: number }
  /** Order by the features' dot product; none where the model has no features. */
  readonly contrastive?: Scoring
  /** The best of that order ranked again by the matching program's score. */
  readonly reranked: Scoring
  /** Distinct pairs that the matching program scored. */
  readonly scoredPairs: number
  readonly seconds: { readonly pictures: number; readonly texts: number; readonly similarities: number; readonly matching: number }
}

const outputOf = (outputs: Readonly<Record<string, Float32Array>>, program: string, name: string): Float32Array => {
  const data = outputs[name]
  if (data === undefined) throw new Error(`program '${program}' has no output '${name}'`)
  return data
}

const timed = <A>(work: () => A): { readonly result: A; readonly seconds: number } => {
  const start = performance.now()
  const result = work()
  return { result, seconds: (performance.now() - start) / 1000 }
}

/** Features and tokens of one gallery. */
interface Encoding {
  readonly feature: Float32Array | undefined
  readonly tokens: Float32Array
}

const encode = (session: Session, program: string, inputs: Parameters<typeof runInBatches>[2], rows: number): Encoding => {
  const outputs = runInBatches(session, program, inputs, rows)
  return { feature: outputs['feature'], tokens: outputOf(outputs, program, 'tokens') }
}

/** Similarities, [picture, text]; none where the model has no features. */
const compared = (pictures: Encoding, texts: Encoding, count: number): Float32Array | undefined =>
  pictures.feature === undefined || texts.feature === undefined ? undefined : similarities(pictures.feature, texts.feature, pictures.feature.length / count)

/** A score matrix of one direction, queries by answers, with the right answers of each query. */
export interface Direction {
  readonly scores: Float32Array
  readonly queries: number
  readonly answers: number
  readonly right: (query: number) => readonly number[]
}

export interface Directions {
  readonly imageToText: Direction
  readonly textToImage: Direction
}

/** Both directions of scores, [picture, text]. */
const directionsOf = (scores: Float32Array, { texts, right }: Gallery): Directions => {
  const picturesOf = picturesOfTexts(right, texts.length)
  return {
    imageToText: { scores, queries: right.length, answers: texts.length, right: picture => right[picture] ?? [] },
    textToImage: { scores: transpose(scores, right.length, texts.length), queries: texts.length, answers: right.length, right: text => picturesOf[text] ?? [] },
  }
}

/** The best answers of every query, best first. */
const bestAnswers = ({ scores, queries, answers, right }: Direction, count: number): number[][] =>
  Array.from({ length: queries }, (_, query) => bestColumns(scores, query, answers, count, right(query)))

/** The place of the best right answer of each query; nothing is found where there is none. */
const placesOf = ({ scores, queries, answers, right }: Direction): readonly number[] =>
  Array.from({ length: queries }, (_, query) => (right(query).length === 0 ? Number.POSITIVE_INFINITY : rankOf(scores, query, answers, right(query))))

const recallsOf = (places: readonly number[]): Recalls => recallOf(places, PLACES)

const scoringOf = ({ imageToText, textToImage }: Directions, shown: number): Scoring => {
  const places = placesOf(textToImage)
  return { recalls: { imageToText: recallsOf(placesOf(imageToText)), textToImage: recallsOf(places) }, bestPictures: bestAnswers(textToImage, shown), places }
}

/** The same direction with the candidates scored anew and everything else unscored. */
const rescored = (direction: Direction, candidates: readonly (readonly number[])[], scoreOf: (query: number, answer: number) => number): Direction => {
  const scores = new Float32Array(direction.scores.length).fill(UNSCORED)
  candidates.forEach((answers, query) => {
    for (const answer of answers) scores[query * direction.answers + answer] = scoreOf(query, answer)
  })
  return { ...direction, scores }
}

/** The pairs that either direction asks for, each once, by picture and then by text. */
const distinctPairs = (textsOfPictures: readonly (readonly number[])[], picturesOfTexts: readonly (readonly number[])[]): Pair[] => {
  const wanted = textsOfPictures.map(texts => new Set(texts))
  picturesOfTexts.forEach((pictures, text) => pictures.forEach(picture => wanted[picture]?.add(text)))
  return wanted.flatMap((texts, picture) => [...texts].sort((a, b) => a - b).map((text): Pair => [picture, text]))
}

/** Both directions with their best `candidates` in the order of `score`, which is asked once for each pair. */
export const rerank = ({ imageToText, textToImage }: Directions, candidates: Evaluation['candidates'], score: (pairs: readonly Pair[]) => Float32Array): Directions & { readonly pairs: number } => {
  const texts = bestAnswers(imageToText, candidates.imageToText)
  const pictures = bestAnswers(textToImage, candidates.textToImage)
  const pairs = distinctPairs(texts, pictures)
  const scores = score(pairs)
  const key = (picture: number, text: number): number => picture * imageToText.answers + text
  const known = new Map(pairs.map(([picture, text], i) => [key(picture, text), scores[i] ?? Number.NaN]))
  const scoreOf = (picture: number, text: number): number => known.get(key(picture, text)) ?? Number.NaN
  return { imageToText: rescored(imageToText, texts, scoreOf), textToImage: rescored(textToImage, pictures, (text, picture) => scoreOf(picture, text)), pairs: pairs.length }
}

/**
 * Retrieval between the pictures of a split and texts (the names of what they show, or captions), by the protocol of the official ALBEF
 * evaluation (Retrieval.py, `evaluation` and `itm_eval`): contrastive similarities first; then for each query the best
 * `candidates` are ranked by the matching program alone, and all others count as -100. The best of several
 * right answers counts. Equal scores count against the model. Where the model has no features, the matching program ranks every pair.
 */
export const evaluateRetrieval = ({ session, programs, pairs, texts: given, tokenizer, tokens, onProgress }: RetrievalOptions): Evaluation => {
  const gallery = given ?? nameGallery(pairs, tokenizer, tokens)
  const { ids, texts, right } = gallery
  const pictures = timed(() => encode(session, programs.pictures, { image: pairs.pixels }, pairs.pictures))
  const captions = timed(() => encode(session, programs.captions, { ids }, texts.length))
  const scores = timed(() => compared(pictures.result, captions.result, pairs.pictures))
  const first = directionsOf(scores.result ?? new Float32Array(pairs.pictures * texts.length), gallery)
  const most = scores.result === undefined ? Number.POSITIVE_INFINITY : programs.candidates
  const candidates = { imageToText: Math.min(most, texts.length), textToImage: Math.min(most, pairs.pictures) }
  const encoded = { pictures: pictures.result.tokens, captions: captions.result.tokens, ids }
  const matched = timed(() => rerank(first, candidates, asked => scorePairs(session, programs.match, encoded, asked, onProgress)))
  return {
    pictures: pairs.pictures,
    texts,
    right,
    candidates,
    ...(scores.result === undefined ? {} : { contrastive: scoringOf(first, SHOWN) }),
    reranked: scoringOf(matched.result, Math.min(SHOWN, candidates.textToImage)),
    scoredPairs: matched.result.pairs,
    seconds: { pictures: pictures.seconds, texts: captions.seconds, similarities: scores.seconds, matching: matched.seconds },
  }
}
