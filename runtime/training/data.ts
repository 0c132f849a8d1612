import { join } from 'node:path'
import { pipe } from 'fp-ts/function'
import * as E from 'fp-ts/Either'
import * as TE from 'fp-ts/TaskEither'
import type { Job } from '../../compiler/language/index.ts'
import type { Augmentation } from '../data/augment.ts'
import { loadPairs, type Pairs } from '../data/dataset.ts'
import { buildEmoji } from '../data/emoji/build.ts'
import { minilmFolder } from '../data/minilm.mjs'
import { loadExamples, type Examples, type TaskForm } from '../data/tasks/examples.ts'
import { ALBEF_RANDAUGMENT } from '../data/randaugment.ts'
import { loadTokenizer, type Tokenizer } from '../data/tokenizer.ts'
import { progressBar, type Output } from './progress.ts'

/** Pictures with captions. */
export interface PairData {
  readonly kind: 'pairs'
  readonly pairs: Pairs
  readonly tokenizer: Tokenizer
  /** The folder of the built set, where there is one: its test files lie there. */
  readonly folder: string | undefined
}

/** Examples of a task of another form; to the loader they are pairs too. */
export interface ExampleData {
  readonly kind: 'examples'
  readonly pairs: Examples
  readonly tokenizer: Tokenizer
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

const builtSet = (size: number, output: Output): TE.TaskEither<string, string> => {
  let bar: ReturnType<typeof progressBar> | undefined
  return pipe(
    buildEmoji({
      size,
      onProgress: ({ done, total }) => {
        bar ??= progressBar(output, 'drawing the emoji set', total)
        bar.update(done)
      },
      onWarning: line => output.write(`${line}\n`),
    }),
    TE.map(({ folder }) => {
      bar?.finish()
      return folder
    }),
  )
}

const tokenizerOf: TE.TaskEither<string, Tokenizer> = pipe(
  TE.tryCatch(() => minilmFolder(), error => (error instanceof Error ? error.message : String(error))),
  TE.chain(folder => loadTokenizer(join(folder, 'vocab.txt'))),
)

const folderFor = (job: Job, file: string | undefined, output: Output): TE.TaskEither<string, string | undefined> => (file === undefined && job.data.set === 'emoji' ? builtSet(job.data.picture, output) : TE.right(undefined))

const pairsFrom = (job: Job, path: string | undefined, tokenizer: Tokenizer, output: Output): TE.TaskEither<string, Pairs> =>
  path === undefined
    ? TE.left('this configuration has no data set of its own: name a file with --data')
    : loadPairs(path, { size: job.data.picture, tokenizer, maxTokens: job.data.tokens, onWarning: line => void output.write(`${line}\n`) })

const knownWords = ({ name, data: { words } }: Job) => ({ tokenizer }: TrainingData): E.Either<string, unknown> =>
  words !== undefined && words < tokenizer.vocabularySize ? E.left(`${name}: the model knows ${words} words, the vocabulary of the captions has ${tokenizer.vocabularySize}`) : E.right(undefined)

const openExamples = ({ data: { picture, tokens } }: Job, form: TaskForm, file: string | undefined, output: Output): TE.TaskEither<string, TrainingData> =>
  file === undefined
    ? TE.left('this task has no data set of its own: name a file with --data')
    : pipe(
        TE.Do,
        TE.apS('kind', TE.right('examples' as const)),
        TE.bind('tokenizer', () => tokenizerOf),
        TE.bind('pairs', ({ tokenizer }) => loadExamples(file, form, { size: picture, tokenizer, maxTokens: tokens, onWarning: line => void output.write(`${line}\n`) })),
      )

/** Training data from a file of the job's form, or pictures with captions from the set that it names, built on first use. */
export const openData = (job: Job, file: string | undefined, output: Output): TE.TaskEither<string, TrainingData> => {
  const form = job.data.examples
  return form === undefined || form.kind === 'captions' ? openPairs(job, file, output) : openExamples(job, form, file, output)
}

const openPairs = (job: Job, file: string | undefined, output: Output): TE.TaskEither<string, TrainingData> =>
  pipe(
    TE.Do,
    TE.apS('kind', TE.right('pairs' as const)),
    TE.bind('tokenizer', () => tokenizerOf),
    TE.bind('folder', () => folderFor(job, file, output)),
    TE.bind('pairs', ({ tokenizer, folder }) => pairsFrom(job, file ?? (folder === undefined ? undefined : join(folder, 'train.json')), tokenizer, output)),
    TE.chainFirstEitherK(knownWords(job)),
  )
