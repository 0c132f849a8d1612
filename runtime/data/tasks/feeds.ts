import * as E from 'fp-ts/Either'
import type { BatchSource, Column, Job } from '../../../compiler/language/index.ts'
import type { HostArray } from '../../backends/backend.ts'
import type { Batch } from '../batch.ts'
import { mostAnswers } from './answers.ts'
import { columnsOf, plainBatch } from './columns.ts'
import type { Examples } from './examples.ts'

type Pictured = Pick<Batch, 'image' | 'ids' | 'picture'>

/** The inputs of a step from a batch of examples, and how many answers found no room in it. */
export type ExampleFeed = (batch: Pictured) => { readonly feeds: Readonly<Record<string, HostArray>>; readonly dropped: number }

export interface ExampleFeeder {
  readonly feed: ExampleFeed
  /** The most answers that any batch could drop: 0 where there is room for all. */
  readonly couldDrop: number
}

const isColumn = (source: BatchSource): source is Column => typeof source === 'string'

/** The inputs that take columns, by name. Left: an input that these examples have no column for. */
const feedsFrom = (inputs: Readonly<Record<string, BatchSource>>, examples: Examples, rows: number): E.Either<string, ExampleFeed> => {
  const wanted = Object.entries(inputs)
  const first = columnsOf(examples, plainBatch(examples, Int32Array.of(0)), rows)
  const columns: (readonly [name: string, column: Column])[] = []
  for (const [name, source] of wanted) {
    if (!isColumn(source)) return E.left(`the input '${name}' comes from the program '${source.captions}' over captions, which ${examples.detail.kind} examples do not have`)
    if (first.of(source) === undefined) return E.left(`the input '${name}' takes the column '${source}', which ${examples.detail.kind} examples${examples.views.count === 2 ? ' of two pictures' : ''} do not have`)
    columns.push([name, source])
  }
  return E.right((batch) => {
    const { of, dropped } = columnsOf(examples, batch, rows)
    const feeds: Record<string, HostArray> = {}
    for (const [name, column] of columns) {
      const data = of(column)
      if (data !== undefined) feeds[name] = data
    }
    return { feeds, dropped }
  })
}

/** How batches of examples become the inputs of a job's step. Left: the job's inputs do not fit the examples, or its room for answers the batch. */
export const exampleFeeder = (data: Job['data'], examples: Examples): E.Either<string, ExampleFeeder> => {
  const form = data.examples
  const rows = form?.kind === 'questions' ? form.rows : 0
  if (form?.kind === 'questions' && rows < data.batch) return E.left(`there is room for ${rows} answers in a batch of ${data.batch} questions, and each has at least one`)
  const without = examples.detail.kind === 'questions' ? examples.detail.given.findIndex((given) => given.length === 0) : -1
  if (examples.detail.kind === 'questions' && without >= 0) return E.left(`question ${String(examples.detail.questionId[without])} has no answer: expected the field 'answer', which training needs`)
  const feed = feedsFrom(data.inputs, examples, rows)
  if (E.isLeft(feed)) return feed
  const most = examples.detail.kind === 'questions' ? mostAnswers(examples.detail.answers, data.batch) : 0
  return E.right({ feed: feed.right, couldDrop: Math.max(0, most - rows) })
}

/** The inputs of an evaluation program for the examples of these numbers. Left: an input that these examples have no column for. */
export const evaluationFeeder = (inputs: Readonly<Record<string, Column>>, examples: Examples): E.Either<string, (numbers: Int32Array) => Readonly<Record<string, HostArray>>> => {
  const feed = feedsFrom(inputs, examples, 0)
  return E.isLeft(feed) ? feed : E.right((numbers) => feed.right(plainBatch(examples, numbers)).feeds)
}
