import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import * as TE from 'fp-ts/TaskEither'
import type { Job, RetrievalPrograms } from '../../compiler/language/index.ts'
import type { Session } from '../backends/backend.ts'
import { loadPairs, type Pairs } from '../data/dataset.ts'
import { chanceOf, type Recalls, type Retrieval } from '../data/retrieval.ts'
import type { Tokenizer } from '../data/tokenizer.ts'
import { retrievalTable, type Recall, type RetrievalRow } from '../training/retrieval-table.ts'
import { namingFloor } from './floors.ts'
import { captionGallery, someConcepts } from './gallery.ts'
import { evaluateRetrieval, PLACES, type Evaluation } from './retrieval.ts'

/** The test splits of the emoji set: the file's name, and what it is called in tables. */
export const TEST_SPLITS = [
  { name: 'test_twemoji', label: 'Twemoji' },
  { name: 'test_openmoji', label: 'OpenMoji' },
  { name: 'test_unseen', label: 'unseen concepts' },
] as const

/** A part of a data set: its name, what it is called in tables, and its file. */
export interface DataPart {
  readonly name: string
  readonly label: string
  readonly file: string
}

export interface PartsOptions {
  readonly session: Session
  readonly programs: RetrievalPrograms
  /** Sizes of pictures and texts. */
  readonly data: Pick<Job['data'], 'picture' | 'tokens'>
  readonly parts: readonly DataPart[]
  /** Texts are the names of what is shown, or all captions. */
  readonly texts: 'names' | 'captions'
  /** The training pictures, for the floor of names. */
  readonly train?: Pairs
  readonly tokenizer: Tokenizer
  /** Folder for decoded pictures (in the user's cache where it is not given); 'off' keeps none. */
  readonly cache?: string
  /** Pairs scored by the matching program in a split, of all that will be. */
  readonly onProgress?: (label: string, done: number, total: number) => void
  readonly onWarning?: (line: string) => void
}

/** The same for the built emoji set, which lies in `folder`. */
export interface ReportOptions extends Omit<PartsOptions, 'parts' | 'texts'> {
  readonly folder: string
  readonly train: Pairs
}

/** Recall in per cent, both ways. */
export interface BothWays {
  readonly imageToText: Recall
  readonly textToImage: Recall
}

/** What one split gave, as plain data. */
export interface SplitReport {
  readonly split: string
  readonly label: string
  readonly images: number
  readonly texts: number
  readonly candidates: Evaluation['candidates']
  readonly scoredPairs: number
  readonly chance: BothWays
  /** Not for captions, which no training picture has as its name. */
  readonly pixelFloor?: { readonly imageToText: Recall } | 'cannot'
  /** None where the model has no contrastive features. */
  readonly contrastive?: BothWays
  readonly reranked: BothWays
  readonly seconds: Evaluation['seconds'] & { readonly pixelFloor?: number }
}

export interface Report {
  readonly table: string
  readonly json: { readonly splits: readonly SplitReport[] }
  /** The evaluations themselves, for contact sheets. */
  readonly evaluated: readonly Evaluated[]
}

/** A split and what retrieval on it gave. */
export interface Evaluated {
  readonly label: string
  readonly pairs: Pick<Pairs, 'pixels' | 'size'>
  readonly evaluation: Evaluation
}

const percent = (recalls: Recalls): Recall => {
  const [at1, at5, at10] = PLACES.map(place => 100 * (recalls.get(place) ?? 0))
  return { at1: at1 ?? 0, at5: at5 ?? 0, at10: at10 ?? 0 }
}

/** Recalls both ways, in per cent. */
export const bothWays = ({ imageToText, textToImage }: Retrieval): BothWays => ({ imageToText: percent(imageToText), textToImage: percent(textToImage) })

/** An evaluation with its floors, as plain data. */
export const splitReport = (split: { readonly name: string; readonly label: string }, evaluation: Evaluation, train: Pairs | undefined, test: Pairs): SplitReport => {
  const start = performance.now()
  const floor = train === undefined ? undefined : namingFloor(train, test)
  const seconds = { ...evaluation.seconds, ...(floor === undefined ? {} : { pixelFloor: (performance.now() - start) / 1000 }) }
  return {
    split: split.name,
    label: split.label,
    images: evaluation.pictures,
    texts: evaluation.texts.length,
    candidates: evaluation.candidates,
    scoredPairs: evaluation.scoredPairs,
    chance: bothWays(chanceOf(evaluation.right, evaluation.texts.length, PLACES)),
    ...(floor === undefined ? {} : { pixelFloor: floor === 'cannot' ? floor : { imageToText: percent(floor) } }),
    ...(evaluation.contrastive === undefined ? {} : { contrastive: bothWays(evaluation.contrastive.recalls) }),
    reranked: bothWays(evaluation.reranked.recalls),
    seconds,
  }
}

const rowsOf = ({ label: split, images, texts, candidates, chance, pixelFloor, contrastive, reranked }: SplitReport): readonly RetrievalRow[] => {
  const { imageToText, textToImage } = candidates
  const again = imageToText === textToImage ? { scores: 're-ranked', candidates: imageToText } : { scores: `re-ranked, k = ${imageToText} and ${textToImage}` }
  return [
    { split, images, texts, scores: 'chance', ...chance },
    ...(pixelFloor === undefined ? [] : [{ split, images, texts, ...(pixelFloor === 'cannot' ? { scores: 'pixel floor (cannot)' } : { scores: 'pixel floor', ...pixelFloor }) }]),
    ...(contrastive === undefined ? [] : [{ split, images, texts, scores: 'contrastive', ...contrastive }]),
    { split, images, texts, ...again, ...reranked },
  ]
}

const TEXTS: Readonly<Record<PartsOptions['texts'], string>> = {
  names: 'Texts are the distinct names of what the pictures show. Equal scores count as wrong answers first.',
  captions: 'Texts are the distinct captions of the pictures. Equal scores count as wrong answers first.',
}
const SCORES = 'contrastive: dot product of the two features. re-ranked: its first k answers in the order of the matching score, the others not found.'
const FLOOR = 'pixel floor: the name of the nearest training picture, by 16 x 16 pixels; it cannot name what training does not show.'

/** The table of all splits, with what its rows mean. */
export const reportTable = (splits: readonly SplitReport[], texts: PartsOptions['texts'] = 'names'): string =>
  [retrievalTable(splits.flatMap(rowsOf)), '', TEXTS[texts], SCORES, ...(splits.some(({ pixelFloor }) => pixelFloor !== undefined) ? [FLOOR] : [])].join('\n')

/** Retrieval on the parts of a data set, with the floors beside it. Left: one sentence, where a part cannot be read. */
export const evaluateParts = (options: PartsOptions): TE.TaskEither<string, Report> => async () => {
  const { session, programs, data, parts, texts, train, tokenizer, onProgress, cache, onWarning } = options
  const reading = { size: data.picture, tokenizer, maxTokens: data.tokens, ...(cache === undefined ? {} : { cache }), ...(onWarning === undefined ? {} : { onWarning }) }
  const splits: SplitReport[] = []
  const evaluated: Evaluated[] = []
  for (const split of parts) {
    const loaded = await loadPairs(split.file, reading)()
    if (E.isLeft(loaded)) return loaded
    const pairs = texts === 'names' && programs.gallery !== undefined ? someConcepts(loaded.right, programs.gallery) : loaded.right
    const evaluation = evaluateRetrieval({ session, programs, pairs, ...(texts === 'captions' ? { texts: captionGallery(pairs) } : {}), tokenizer, tokens: data.tokens, onProgress: (done, total) => onProgress?.(split.label, done, total) })
    splits.push(splitReport(split, evaluation, train, pairs))
    evaluated.push({ label: split.label, pairs, evaluation })
  }
  return E.right({ table: reportTable(splits, texts), json: { splits }, evaluated })
}

/** The test parts of the built emoji set. */
export const emojiParts = (folder: string): readonly DataPart[] => TEST_SPLITS.map(split => ({ ...split, file: join(folder, `${split.name}.json`) }))

/** Retrieval on the test splits of the emoji set, with the floors beside it: chance, and the name of the nearest training picture. */
export const evaluateEmoji = ({ folder, ...options }: ReportOptions): TE.TaskEither<string, Report> => evaluateParts({ ...options, parts: emojiParts(folder), texts: 'names' })
