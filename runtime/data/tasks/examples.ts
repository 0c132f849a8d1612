import { dirname, resolve } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import sharp from 'sharp'
import type { ExampleForm } from '../../../compiler/language/index.ts'
import type { Box } from '../boxes.ts'
import { numbering } from '../caption-table.ts'
import { preCaption, preQuestion } from '../captions.ts'
import { cachedPictures, type PairTable } from '../dataset.ts'
import { describeError } from '../errors.ts'
import type { Tokenizer } from '../tokenizer.ts'
import type { Progress } from '../work.ts'
import { type AnswerTable, answerTable } from './answers.ts'
import { type QuestionEntry, readQuestions, readReferences, readStatements, type ReferenceEntry } from './forms.ts'

/** The forms whose examples are not plain pairs of pictures and captions. */
export type TaskForm = Exclude<ExampleForm, { readonly kind: 'captions' }>

/** What the examples of a form have beside pictures and words, example by example. */
export type Detail =
  | { readonly kind: 'labelled'; readonly names: readonly string[]; readonly label: Int32Array }
  | { readonly kind: 'questions'; readonly questionId: readonly (string | number)[]; readonly given: readonly (readonly string[])[]; readonly answers: AnswerTable }
  | { readonly kind: 'references'; readonly references: readonly Reference[] }

/** What words refer to: the true box where it is known, in pixels of the picture as its file has it. */
export interface Reference {
  readonly refId: string | number
  readonly imageId: string
  readonly box: Box | undefined
  readonly height: number
  readonly width: number
  /** The part of the data set that it is of, where a file of parts is one. */
  readonly split?: string
}

/** Read, decoded and tokenised examples. To the loader they are pairs, example i with caption i; each picture is stored once. */
export interface Examples extends PairTable {
  /** Rows of `pixels` of each example's pictures, [example, view]. */
  readonly views: { readonly count: number; readonly rows: Int32Array }
  /** Path of each stored picture. */
  readonly files: readonly string[]
  /** Cleaned words of each example. */
  readonly texts: readonly string[]
  /** Dense number of each example's (first) picture. */
  readonly identity: Int32Array
  readonly detail: Detail
  readonly summary: ExampleSummary
}

export interface ExampleSummary {
  readonly examples: number
  readonly pictures: number
  readonly skipped: number
  /** Texts of more tokens than there is room for, which are cut. */
  readonly cut: number
}

export interface ExampleOptions {
  readonly tokenizer: Tokenizer
  /** Longest token list, [CLS] included. */
  readonly maxTokens: number
  /** Pictures are stored as `size` x `size` pixels. */
  readonly size: number
  /** Folder for the pixel cache (in the user's cache where it is not given); 'off' decodes the pictures every time. */
  readonly cache?: string
  readonly onWarning?: (line: string) => void
  readonly onProgress?: (progress: Progress) => void
}

/** An entry of any form: its pictures and words, and what else it says. */
interface Raw {
  readonly images: readonly string[]
  readonly text: string
  readonly label?: number
  readonly question?: QuestionEntry
  readonly reference?: ReferenceEntry
}

const readRaw = (file: string, form: TaskForm): TE.TaskEither<string, readonly Raw[]> => {
  if (form.kind === 'labelled')
    return pipe(
      readStatements(file, form.pictures, form.labels),
      TE.map((entries) => entries.map(({ images, sentence, label }) => ({ images, text: preCaption(sentence), label: form.labels[label] ?? 0 }))),
    )
  if (form.kind === 'questions')
    return pipe(
      readQuestions(file),
      TE.map((entries) => entries.map((question) => ({ images: [question.image], text: preQuestion(question.question), question }))),
    )
  return pipe(
    readReferences(file),
    TE.map((entries) => entries.map((reference) => ({ images: [reference.image], text: preCaption(reference.text), reference }))),
  )
}

type Kept = Raw & { readonly ids: readonly number[] }

/** The examples with words in them and all their pictures, and where the pictures' pixels lie. */
const keep = async (file: string, raw: readonly Raw[], options: ExampleOptions) => {
  const warn = options.onWarning ?? (() => {})
  const folder = dirname(resolve(file))
  const pathsOf = ({ images }: Raw) => images.map((image) => resolve(folder, image))
  const worded = raw
    .map((example, index) => ({ ...example, ids: options.tokenizer.encode(example.text), place: `${file}: entry ${index + 1}` }))
    .filter(({ ids, place }) => {
      if (ids.length < 2) warn(`${place}: there are no words in it; it is skipped`)
      return ids.length > 1
    })
  const all = [...new Set(worded.flatMap(pathsOf))]
  const { pixels, failures } = await cachedPictures(file, all, options)
  const failed = new Map(failures.map(({ index, reason }) => [all[index], reason]))
  for (const reason of failed.values()) warn(`${reason}; the examples with this picture are skipped`)
  const files = all.filter((path) => !failed.has(path))
  const row = new Map(files.map((path, index) => [path, index]))
  const kept = worded.filter((example) => pathsOf(example).every((path) => row.has(path)))
  return { kept, files, pixels, rows: kept.flatMap((example) => pathsOf(example).map((path) => row.get(path) ?? 0)) }
}

/** Height and width of picture files, by path. Rejects where one cannot be read. */
export const pictureSizes = async (files: readonly string[]): Promise<ReadonlyMap<string, { readonly height: number; readonly width: number }>> => {
  const sizes = new Map<string, { height: number; width: number }>()
  for (const file of files) {
    const { height, width } = await sharp(file).metadata()
    sizes.set(file, { height, width })
  }
  return sizes
}

const detailOf = async (kept: readonly Kept[], form: TaskForm, files: readonly string[], rows: readonly number[], { tokenizer }: ExampleOptions): Promise<E.Either<string, Detail>> => {
  if (form.kind === 'labelled') {
    const names = Object.entries(form.labels).sort(([, one], [, other]) => one - other)
    return E.right({ kind: 'labelled', names: names.map(([name]) => name), label: Int32Array.from(kept, ({ label }) => label ?? 0) })
  }
  if (form.kind === 'questions') {
    const questions = kept.flatMap(({ question }) => (question === undefined ? [] : [question]))
    return pipe(
      answerTable(questions.map(({ answers }) => answers), tokenizer, form.tokens),
      E.map((answers): Detail => ({ kind: 'questions', questionId: questions.map(({ questionId }) => questionId), given: questions.map(({ given }) => given), answers })),
    )
  }
  const sizes = await pictureSizes(files)
  const references = kept.flatMap(({ reference }, index) => {
    const size = sizes.get(files[rows[index] ?? 0] ?? '') ?? { height: 0, width: 0 }
    return reference === undefined ? [] : [{ refId: reference.refId, imageId: reference.imageId, box: reference.box, ...size }]
  })
  return E.right({ kind: 'references', references })
}

const readAll = async (file: string, form: TaskForm, raw: readonly Raw[], options: ExampleOptions): Promise<E.Either<string, Examples>> => {
  const { kept, files, pixels, rows } = await keep(file, raw, options)
  const { maxTokens, size, tokenizer } = options
  const ids = new Int32Array(kept.length * maxTokens).fill(tokenizer.special.pad)
  kept.forEach((example, index) => ids.set(example.ids.slice(0, maxTokens), index * maxTokens))
  const cut = kept.filter((example) => example.ids.length > maxTokens).length
  if (cut > 0) options.onWarning?.(`${file}: ${cut} of ${kept.length} texts are longer than ${maxTokens} tokens and are cut`)
  const views = form.kind === 'labelled' ? form.pictures : 1
  const identities = numbering()
  return pipe(
    await detailOf(kept, form, files, rows, options),
    E.map((detail): Examples => {
      const identity = Int32Array.from(kept, (_, index) => identities.of(String(rows[index * views])))
      return {
        pictures: kept.length,
        size,
        pixels,
        ids,
        maxTokens,
        captionStart: Int32Array.from({ length: kept.length + 1 }, (_, index) => index),
        captionRows: Int32Array.from(kept, (_, index) => index),
        concept: identity,
        views: { count: views, rows: Int32Array.from(rows) },
        files,
        texts: kept.map(({ text }) => text),
        identity,
        detail,
        summary: { examples: kept.length, pictures: files.length, skipped: raw.length - kept.length, cut },
      }
    }),
    E.mapLeft((reason) => `${file}: ${reason}`),
  )
}

/**
 * Reads an annotation file of a task, decodes its pictures and tokenises its words. Examples without words, or with a picture that
 * cannot be decoded, are skipped with a warning and counted. Left: one line, where the file is wrong or nothing is left.
 */
export const loadExamples = (file: string, form: TaskForm, options: ExampleOptions): TE.TaskEither<string, Examples> =>
  pipe(
    readRaw(file, form),
    TE.flatMap((raw) =>
      pipe(
        TE.tryCatch(
          () => readAll(file, form, raw, options),
          (cause) =>
            cause instanceof RangeError ? `${file}: its pictures do not fit into memory at ${options.size} x ${options.size} pixels` : `${file}: ${describeError(cause)}`,
        ),
        TE.flatMapEither((examples) => examples),
      ),
    ),
    TE.filterOrElse(
      ({ pictures }) => pictures > 0,
      ({ summary }) => `${file}: nothing to read: all ${summary.skipped} examples were skipped (see the warnings)`,
    ),
  )
