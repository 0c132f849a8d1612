import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import type { Job } from '../../compiler/language/index.ts'
import type { Session } from '../backends/backend.ts'
import { writeTextAtomically } from '../checkpoints/atomic.ts'
import { emojiSheet, writeSheet } from '../evaluation/contact.ts'
import { evaluateEmoji, type Report } from '../evaluation/report.ts'
import type { TrainingData } from './data.ts'
import { readMetrics, withoutRepeated } from './metrics.ts'
import { writeLossPlot } from './plot.ts'
import { progressBar, type Output } from './progress.ts'
import type { RunFolder } from './run-folder.ts'

export interface Results {
  readonly job: Job
  readonly session: Session
  readonly data: TrainingData
  readonly run: RunFolder
  readonly evaluate: boolean
  readonly output: Output
}

const plot = ({ run, output }: Results): TE.TaskEither<string, void> => {
  const file = join(run.path, 'losses.png')
  return pipe(
    TE.fromEither(readMetrics(run.metrics)),
    TE.chain(lines => writeLossPlot(withoutRepeated(lines), file)),
    TE.map(() => void output.write(`loss plot: ${file}\n`)),
  )
}

/** One bar for each split, made when its first pairs are scored. */
const bars = (output: Output): ((label: string, done: number, total: number) => void) => {
  const made = new Map<string, ReturnType<typeof progressBar>>()
  return (label, done, total) => {
    const bar = made.get(label) ?? progressBar(output, `matching, ${label}`, total)
    made.set(label, bar)
    bar.update(done)
    if (done >= total) bar.finish()
  }
}

const writeReport = ({ run, output }: Results, { table, json, evaluated }: Report): TE.TaskEither<string, void> => {
  const [report, sheet] = [join(run.path, 'retrieval.json'), join(run.path, 'retrieved.png')]
  process.stdout.write(`${table}\n`)
  return pipe(
    writeTextAtomically(report, `${JSON.stringify(json, undefined, 2)}\n`),
    TE.chain(() => writeTextAtomically(join(run.path, 'retrieval.txt'), `${table}\n`)),
    TE.chain(() => writeSheet(sheet, emojiSheet(evaluated, 'contrastive'))),
    TE.chain(() => writeSheet(join(run.path, 'retrieved-reranked.png'), emojiSheet(evaluated, 'reranked'))),
    TE.map(() => void output.write(`retrieval: ${report}\nretrieved pictures: ${sheet}\n`)),
  )
}

const retrieval = (results: Results): TE.TaskEither<string, void> => {
  const { job, session, data, output } = results
  if (!results.evaluate || job.retrieval === undefined || data.kind === 'examples' || data.folder === undefined) return TE.right(undefined)
  return pipe(
    evaluateEmoji({ session, programs: job.retrieval, data: job.data, folder: data.folder, train: data.pairs, tokenizer: data.tokenizer, onProgress: bars(output), onWarning: line => void output.write(`${line}\n`) }),
    TE.chain(report => writeReport(results, report)),
  )
}

/** What a finished run leaves beside its checkpoint: the loss plot, and for a built set the retrieval table and the retrieved pictures. */
export const writeResults = (results: Results): Promise<E.Either<string, void>> =>
  pipe(
    plot(results),
    TE.chain(() => retrieval(results)),
  )()
