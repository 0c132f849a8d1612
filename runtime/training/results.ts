import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import type { Job } from '../../compiler/language/index.ts'
import type { Session } from '../backends/backend.ts'
import { writeTextAtomically } from '../checkpoints/atomic.ts'
import { describeError } from '../data/errors.ts'
import { emojiSheet, writeSheet } from '../evaluation/contact.ts'
import { exampleFloors } from '../evaluation/example-floors.ts'
import { escapeHtml, page, type Section } from '../evaluation/page/html.ts'
import { retrievalSections } from '../evaluation/page/retrievals.ts'
import { taskSections } from '../evaluation/page/tasks.ts'
import { evaluateParts, type Report } from '../evaluation/report.ts'
import { sceneFloors, type Floor } from '../evaluation/scene-floors.ts'
import { measureParts, taskJson, taskTable } from '../evaluation/task-report.ts'
import { scenesFor } from './built-sets.ts'
import type { TrainingData } from './data.ts'
import { measuredForm, type Measured, type TaskData } from './measured.ts'
import { readMetrics, withoutRepeated } from './metrics.ts'
import { writeLossPlot } from './plot.ts'
import { progressBar, type Output } from './progress.ts'
import type { RunFolder } from './run-folder.ts'

export interface Results {
  readonly job: Job
  readonly session: Session
  readonly data: TrainingData
  readonly measured: Measured
  readonly run: RunFolder
  readonly output: Output
  /** Added to the names of the files, where a run is measured on other data than its own: `results-mine.json`. */
  readonly suffix?: string
}

const plot = ({ run, output }: Results): TE.TaskEither<string, void> => {
  const file = join(run.path, 'losses.png')
  return pipe(
    TE.fromEither(readMetrics(run.metrics)),
    TE.chain(lines => writeLossPlot(withoutRepeated(lines), file)),
    TE.map(() => void output.write(`loss plot: ${file}\n`)),
  )
}

/** One bar for each part, made when its first rows are done. */
const bars = (output: Output, what: string): ((label: string, done: number, total: number) => void) => {
  const made = new Map<string, ReturnType<typeof progressBar>>()
  return (label, done, total) => {
    const bar = made.get(label) ?? progressBar(output, `${what}, ${label}`, total)
    made.set(label, bar)
    bar.update(done)
    if (done >= total) bar.finish()
  }
}

const fileOf = ({ run, suffix = '' }: Results, name: string, ending: string): string => join(run.path, `${name}${suffix}.${ending}`)

/** Prints a table and writes it, as text and as data. Gives the data's file. */
const writeTable = (results: Results, name: string, table: string, json: unknown): TE.TaskEither<string, string> => {
  process.stdout.write(`${table}\n`)
  const file = fileOf(results, name, 'json')
  return pipe(
    writeTextAtomically(file, `${JSON.stringify(json, undefined, 2)}\n`),
    TE.chain(() => writeTextAtomically(fileOf(results, name, 'txt'), `${table}\n`)),
    TE.map(() => file),
  )
}

/** Writes the report, one file that can be opened or sent as it is: the table first, then what the sections show. */
const writePage = (results: Results, table: string, sections: () => Promise<readonly Section[]>): TE.TaskEither<string, void> => {
  const file = fileOf(results, 'report', 'html')
  const title = `${results.job.name}, ${results.run.name}`
  return pipe(
    TE.tryCatch(sections, error => `${file}: cannot be drawn: ${describeError(error)}`),
    TE.chain(own => writeTextAtomically(file, page(title, [{ title: 'Results', html: `<pre>${escapeHtml(table)}</pre>` }, ...own]))),
    TE.map(() => void results.output.write(`report: ${file}\n`)),
  )
}

/** Sheets of the emoji set's names; captions of other sets are shown in the report. */
const writeSheets = (results: Results, { evaluated }: Report): TE.TaskEither<string, void> => {
  const [sheet, reranked] = [fileOf(results, 'retrieved', 'png'), fileOf(results, 'retrieved-reranked', 'png')]
  if (results.measured.kind !== 'retrieval' || results.measured.texts !== 'names') return TE.right(undefined)
  const bySimilarity = evaluated.some(({ evaluation: { contrastive } }) => contrastive !== undefined)
  return pipe(
    bySimilarity ? writeSheet(sheet, emojiSheet(evaluated, 'contrastive')) : TE.right(undefined),
    TE.chain(() => writeSheet(reranked, emojiSheet(evaluated, 'reranked'))),
    TE.map(() => void results.output.write(`retrieved pictures: ${bySimilarity ? sheet : reranked}\n`)),
  )
}

const retrieval = (results: Results, { parts, texts }: Extract<Measured, { readonly kind: 'retrieval' }>): TE.TaskEither<string, void> => {
  const { job, session, data, output } = results
  if (job.retrieval === undefined || data.kind === 'examples') return TE.right(undefined)
  const train = texts === 'names' ? { train: data.pairs } : {}
  return pipe(
    evaluateParts({ session, programs: job.retrieval, data: job.data, parts, texts, ...train, tokenizer: data.tokenizer, onProgress: bars(output, 'matching'), onWarning: line => void output.write(`${line}\n`) }),
    TE.chainFirst(report => pipe(writeTable(results, 'retrieval', report.table, report.json), TE.map(file => void output.write(`retrieval: ${file}\n`)))),
    TE.chainFirst(report => writeSheets(results, report)),
    TE.chain(report => writePage(results, report.table, () => retrievalSections(report.evaluated))),
  )
}

/** The floors that the model's marks stand beside: those of the scenes, which know what is drawn, or those of any examples. */
const floorsOf = ({ job, data, suffix }: Results, { parts, proposals }: TaskData): TE.TaskEither<string, readonly Floor[]> => {
  if (data.source.set === 'scenes' && suffix === undefined) return sceneFloors(data.source.folder, [scenesFor(measuredForm(job))])
  if (data.kind !== 'examples') return TE.right([])
  const floors = exampleFloors(data.pairs, proposals)
  return TE.right(parts.flatMap(({ name, examples }) => floors(examples).map(([floor, share]) => ({ task: '', split: name, examples: examples.pictures, floor, share }))))
}

const task = (results: Results, data: TaskData): TE.TaskEither<string, void> => {
  const { job, session, output, data: { tokenizer } } = results
  return pipe(
    TE.fromEither(measureParts({ ...data, session, tokenizer, onRows: bars(output, 'measuring') })),
    TE.bindTo('parts'),
    TE.bind('floors', () => floorsOf(results, data)),
    TE.let('table', ({ parts, floors }) => taskTable(job.name, parts, floors)),
    TE.chainFirst(({ parts, floors, table }) => pipe(writeTable(results, 'results', table, taskJson(job.name, parts, floors)), TE.map(file => void output.write(`results: ${file}\n`)))),
    TE.chain(({ parts, table }) => writePage(results, table, () => taskSections(parts, data.proposals))),
  )
}

/** Measures a model and writes what comes out into its run's folder: for retrieval a table and sheets, for a task a table with its floors. */
export const writeMeasured = (results: Results): TE.TaskEither<string, void> => {
  const { measured } = results
  return measured.kind === 'task' ? task(results, measured.data) : measured.kind === 'retrieval' ? retrieval(results, measured) : TE.right(undefined)
}

/** What a finished run leaves beside its checkpoint: the loss plot, and what it is measured by. */
export const writeResults = (results: Results): Promise<E.Either<string, void>> =>
  pipe(
    plot(results),
    TE.chain(() => writeMeasured(results)),
  )()
