import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import * as t from 'io-ts'
import type { Box } from '../boxes.ts'
import { entryForm, identifier, named, readEntries, readJson, shown, text, texts } from '../entries.ts'

/**
 * The annotation files of the tasks after pre-training, field by field as the official code reads them (dataset/*_dataset.py).
 * Paths of pictures are relative to the folder of the file.
 */

const isBox = (value: unknown): value is [number, number, number, number] =>
  Array.isArray(value) && value.length >= 4 && value.slice(0, 4).every((part) => typeof part === 'number' && Number.isFinite(part)) && value[2] > 0 && value[3] > 0
export const box = named('four numbers: left, top, width and height, the last two above 0', isBox)

/** A statement about one picture (SNLI-VE). */
export interface StatementEntry {
  readonly images: readonly string[]
  readonly sentence: string
  readonly label: string
}

const twoPaths = named('two paths', (value): value is [string, string] => t.array(t.string).is(value) && value.length === 2)

/** The labels that a task knows, as a field. */
const labelField = (labels: Readonly<Record<string, number>>) => {
  const names = Object.keys(labels)
  const or = `${names.slice(0, -1).map((name) => `'${name}'`).join(', ')} or '${names.at(-1) ?? ''}'`
  return named(or, (value): value is string => t.string.is(value) && names.includes(value))
}

/** SNLI-VE's files name pictures without their ending. */
const withEnding = (path: string): string => (/\.[a-z]{3,4}$/i.test(path) ? path : `${path}.jpg`)

/** Reads statements: {image, sentence, label} about one picture, {images, sentence, label} about two. */
export const readStatements = (file: string, pictures: 1 | 2, labels: Readonly<Record<string, number>>): TE.TaskEither<string, readonly StatementEntry[]> => {
  const label = labelField(labels)
  if (pictures === 2) return readEntries(file, entryForm({ images: twoPaths, sentence: text, label }, {}))
  return pipe(
    readEntries(file, entryForm({ image: text, sentence: text, label }, {})),
    TE.map((entries) => entries.map(({ image, sentence, label: said }) => ({ images: [withEnding(image)], sentence, label: said }))),
  )
}

/** A question about a picture. */
export interface QuestionEntry {
  readonly image: string
  readonly question: string
  readonly questionId: string | number
  /** Answers with their weights: the share of the people who gave it; 0.5 for the one answer of Visual Genome. None where a test keeps them back. */
  readonly answers: readonly (readonly [answer: string, weight: number])[]
  /** The answers as they were given. */
  readonly given: readonly string[]
}

const question = entryForm({ image: text, question: text }, { question_id: identifier, answer: texts, dataset: named("'vqa' or 'vg'", (value): value is 'vqa' | 'vg' => value === 'vqa' || value === 'vg') })

const VISUAL_GENOME_WEIGHT = 0.5

const weighted = (given: readonly string[], dataset: 'vqa' | 'vg' | undefined): [string, number][] => {
  const counts = new Map<string, number>()
  for (const answer of given) counts.set(answer, (counts.get(answer) ?? 0) + 1)
  return [...counts].map(([answer, count]) => [answer, dataset === 'vg' ? VISUAL_GENOME_WEIGHT : count / given.length])
}

/** Reads questions: {dataset: 'vqa' | 'vg', image, question, question_id, answer: text or list}. */
export const readQuestions = (file: string): TE.TaskEither<string, readonly QuestionEntry[]> =>
  pipe(
    readEntries(file, question),
    TE.map((entries) =>
      entries.map(({ image, question: asked, question_id, answer, dataset }, index) => {
        const given = answer === undefined ? [] : typeof answer === 'string' ? [answer] : answer
        return { image, question: asked, questionId: question_id ?? index, given, answers: weighted(given, dataset) }
      }),
    ),
  )

/** Words that mean one thing of a picture, whose box is known where accuracy is measured. */
export interface ReferenceEntry {
  readonly image: string
  readonly text: string
  readonly refId: string | number
  /** The picture's name in a file of proposals. */
  readonly imageId: string
  readonly box: Box | undefined
}

const reference = entryForm({ image: text, text }, { image_id: identifier, ref_id: identifier, bbox: box })

/** COCO's number of a picture, where its file name has one; otherwise the path without its ending. */
export const imageIdOf = (path: string): string => /^COCO_.*_0*(\d+)\.\w+$/.exec(path.split('/').at(-1) ?? '')?.[1] ?? path.replace(/\.\w+$/, '')

/** Reads references: {image, text, ref_id}, with `image_id` and the true box `bbox` for evaluation. */
export const readReferences = (file: string): TE.TaskEither<string, readonly ReferenceEntry[]> =>
  pipe(
    readEntries(file, reference),
    TE.map((entries) =>
      entries.map(({ image, text: words, ref_id, image_id, bbox }, index) => ({
        image,
        text: words,
        refId: ref_id ?? index,
        imageId: String(image_id ?? imageIdOf(image)),
        box: bbox,
      })),
    ),
  )

/** Boxes that a detector proposes for each picture. */
export type Proposals = ReadonlyMap<string, readonly Box[]>

const decodeProposals = (value: unknown): E.Either<string, Proposals> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return E.left(`expected an object of lists of boxes, by picture, found ${shown(value)}`)
  const all = new Map<string, readonly Box[]>()
  for (const [image, boxes] of Object.entries(value)) {
    if (!Array.isArray(boxes)) return E.left(`picture '${image}': expected a list of boxes, found ${shown(boxes)}`)
    const wrong = boxes.findIndex((one) => !isBox(one))
    if (wrong >= 0) return E.left(`picture '${image}', box ${wrong + 1}: expected ${box.name}, found ${JSON.stringify(boxes[wrong])?.slice(0, 60) ?? 'nothing'}`)
    all.set(image, boxes.filter(isBox).map(([left, top, width, height]): Box => [left, top, width, height]))
  }
  return E.right(all)
}

/** Reads proposals: {image_id: [[left, top, width, height, ...], ...]}. */
export const readProposals = (file: string): TE.TaskEither<string, Proposals> => readJson(file, decodeProposals)

const decodeAnswers = (value: unknown): E.Either<string, readonly string[]> => {
  if (!Array.isArray(value) || value.length === 0) return E.left(`expected a list of answers, found ${Array.isArray(value) ? 'an empty list' : shown(value)}`)
  const answers = value.filter(t.string.is)
  const wrong = value.findIndex((answer) => !t.string.is(answer) || answer.trim() === '')
  if (wrong >= 0) return E.left(`answer ${wrong + 1}: expected a text with words in it, found ${shown(value[wrong])}`)
  const twice = answers.findIndex((answer, index) => answers.indexOf(answer) < index)
  return twice < 0 ? E.right(answers) : E.left(`answer ${twice + 1}: '${answers[twice] ?? ''}' stands in the list before; expected different answers`)
}

/** Reads the list of answers that questions are answered from. */
export const readAnswerList = (file: string): TE.TaskEither<string, readonly string[]> => readJson(file, decodeAnswers)
