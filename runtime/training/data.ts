import { join } from 'node:path'
import { pipe } from 'fp-ts/function'
import * as E from 'fp-ts/Either'
import * as TE from 'fp-ts/TaskEither'
import type { Job } from '../../compiler/language/index.ts'
import type { Augmentation } from '../data/augment.ts'
import { loadPairs, type Pairs } from '../data/dataset.ts'
import { sceneFile } from '../data/scenes/build.ts'
import { minilmFolder } from '../data/minilm.mjs'
import { loadExamples, type Examples, type TaskForm } from '../data/tasks/examples.ts'
import { ALBEF_RANDAUGMENT } from '../data/randaugment.ts'
import { loadTokenizer, type Tokenizer } from '../data/tokenizer.ts'
import { builtEmoji, builtScenes, scenesFor } from './built-sets.ts'
import type { Output } from './progress.ts'

/** The set that is built here and its folder, or the file that was named. */
export type Source = { readonly set: 'emoji' | 'scenes'; readonly folder: string } | { readonly set: 'none'; readonly file: string }

/** Pictures with captions. */
export interface PairData {
  readonly kind: 'pairs'
  readonly pairs: Pairs
  readonly tokenizer: Tokenizer
  readonly source: Source
}

/** Examples of a task of another form; to the loader they are pairs too. */
export interface ExampleData {
  readonly kind: 'examples'
  readonly pairs: Examples
  readonly tokenizer: Tokenizer
  readonly source: Source
}

export type TrainingData = PairData | ExampleData

/** What there is to train on, in one line. */
export const describeData = (data: TrainingData): string => {
  if (data.kind === 'examples') {
    const { examples, pictures, skipped } = data.pairs.summary
    return `${examples} examples, ${pictures} pictures${skipped > 0 ? ` (skipped: ${skipped} examples)` : ''}`
  }
  const { pictures, captions, skippedPictures, skippedCaptions } = data.pairs.summary
  return `${pictures} pictures, ${captions} captions${skippedPictures + skippedCaptions > 0 ? ` (skipped: ${skippedPictures} pictures, ${skippedCaptions} captions)` : ''}`
}

/** The job's augmentation for the loader; RandAugment in the form that suits small pictures. */
export const augmentationOf = ({ augmentation: { crop, flip, randaugment, grayscale }, picture }: Job['data']): Augmentation => ({
  crop, flip, grayscale,
  randaugment: randaugment ? { ...ALBEF_RANDAUGMENT, wrapAutoContrast: false, translate: (ALBEF_RANDAUGMENT.translate * picture) / 256 } : 'off',
})

/** The tokenizer of all captions. */
export const openTokenizer: TE.TaskEither<string, Tokenizer> = pipe(
  TE.tryCatch(() => minilmFolder(), error => (error instanceof Error ? error.message : String(error))),
  TE.chain(folder => loadTokenizer(join(folder, 'vocab.txt'))),
)

/** Where a job's training data comes from. Left: it has no set of its own and no file is named, or the set cannot be built. */
const sourceOf = ({ data: { set, picture } }: Job, file: string | undefined, output: Output): TE.TaskEither<string, Source> => {
  if (file !== undefined) return TE.right({ set: 'none', file })
  if (set === undefined) return TE.left('this configuration has no data set of its own: name a file with --data')
  return pipe(set === 'emoji' ? builtEmoji(picture, output) : builtScenes(picture, output), TE.map(folder => ({ set, folder })))
}

const trainingFile = (job: Job, source: Source): string =>
  source.set === 'none' ? source.file : source.set === 'emoji' ? join(source.folder, 'train.json') : sceneFile(source.folder, scenesFor(job.data.examples), 'train')

const knownWords = ({ name, data: { words } }: Job) => ({ tokenizer }: TrainingData): E.Either<string, unknown> =>
  words !== undefined && words < tokenizer.vocabularySize ? E.left(`${name}: the model knows ${words} words, the vocabulary of the captions has ${tokenizer.vocabularySize}`) : E.right(undefined)

const openExamples = (job: Job, form: TaskForm, file: string | undefined, output: Output): TE.TaskEither<string, TrainingData> =>
  pipe(
    TE.Do,
    TE.apS('kind', TE.right('examples' as const)),
    TE.bind('tokenizer', () => openTokenizer),
    TE.bind('source', () => sourceOf(job, file, output)),
    TE.bind('pairs', ({ tokenizer, source }) => loadExamples(trainingFile(job, source), form, { size: job.data.picture, tokenizer, maxTokens: job.data.tokens, onWarning: line => void output.write(`${line}\n`) })),
    TE.chainFirstEitherK(knownWords(job)),
  )

const openPairs = (job: Job, file: string | undefined, output: Output): TE.TaskEither<string, TrainingData> =>
  pipe(
    TE.Do,
    TE.apS('kind', TE.right('pairs' as const)),
    TE.bind('tokenizer', () => openTokenizer),
    TE.bind('source', () => sourceOf(job, file, output)),
    TE.bind('pairs', ({ tokenizer, source }) => loadPairs(trainingFile(job, source), { size: job.data.picture, tokenizer, maxTokens: job.data.tokens, onWarning: line => void output.write(`${line}\n`) })),
    TE.chainFirstEitherK(knownWords(job)),
  )

/** Training data of the job's form: from a file, or from the set that it names, built on first use. */
export const openData = (job: Job, file: string | undefined, output: Output): TE.TaskEither<string, TrainingData> => {
  const form = job.data.examples
  return form === undefined || form.kind === 'captions' ? openPairs(job, file, output) : openExamples(job, form, file, output)
}
