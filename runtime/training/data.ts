import { join } from 'node:path'
import { pipe } from 'fp-ts/function'
import * as E from 'fp-ts/Either'
import * as TE from 'fp-ts/TaskEither'
import type { Job } from '../../compiler/language/index.ts'
import type { Augmentation } from '../data/augment.ts'
import { loadPairs, type Pairs } from '../data/dataset.ts'
import { buildEmoji } from '../data/emoji/build.ts'
import { minilmFolder } from '../data/minilm.mjs'
import { ALBEF_RANDAUGMENT } from '../data/randaugment.ts'
import { loadTokenizer, type Tokenizer } from '../data/tokenizer.ts'
import { progressBar, type Output } from './progress.ts'

export interface TrainingData {
  readonly pairs: Pairs
  readonly tokenizer: Tokenizer
  /** The folder of the built set, where there is one: its test files lie there. */
  readonly folder: string | undefined
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

/** Training pairs from a file of ALBEF's format, or from the set that the job names, built on first use. */
export const openData = (job: Job, file: string | undefined, output: Output): TE.TaskEither<string, TrainingData> =>
  pipe(
    TE.Do,
    TE.bind('tokenizer', () => tokenizerOf),
    TE.bind('folder', () => folderFor(job, file, output)),
    TE.bind('pairs', ({ tokenizer, folder }) => pairsFrom(job, file ?? (folder === undefined ? undefined : join(folder, 'train.json')), tokenizer, output)),
    TE.chainFirstEitherK(knownWords(job)),
  )
