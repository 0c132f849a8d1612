import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import { numbering } from '../caption-table.ts'
import type { Tokenizer } from '../tokenizer.ts'

/** The distinct answers of questions as word ids, and which question has which with which weight. */
export interface AnswerTable {
  readonly answers: readonly string[]
  /** [answer, token]: [CLS], the answer, [SEP], then padding. */
  readonly ids: Int32Array
  readonly tokens: number
  /** Answers of question i are `row[start[i]]` up to, not including, `row[start[i + 1]]`; so are their weights. */
  readonly start: Int32Array
  readonly row: Int32Array
  readonly weight: Float32Array
}

/** Word ids of answers as the decoder learns them, [answer, token]. Left: an answer that has no word in it or does not fit. */
export const answerIds = (answers: readonly string[], tokenizer: Tokenizer, tokens: number): E.Either<string, Int32Array> => {
  const { pad, sep } = tokenizer.special
  const ids = new Int32Array(answers.length * tokens).fill(pad)
  for (const [index, answer] of answers.entries()) {
    const own = [...tokenizer.encode(answer), sep]
    if (own.length < 3) return E.left(`the answer '${answer}' has no words in it`)
    if (own.length > tokens) return E.left(`the answer '${answer}' has ${own.length} tokens with [CLS] and [SEP], and the model takes ${tokens}`)
    ids.set(own, index * tokens)
  }
  return E.right(ids)
}

type Weighted = readonly (readonly [answer: string, weight: number])[]

/** The table of each question's weighted answers. Left: an answer that has no word in it or does not fit. */
export const answerTable = (questions: readonly Weighted[], tokenizer: Tokenizer, tokens: number): E.Either<string, AnswerTable> => {
  const distinct = numbering()
  const start = [0]
  const row: number[] = []
  for (const own of questions) {
    for (const [answer] of own) row.push(distinct.of(answer))
    start.push(row.length)
  }
  const answers = distinct.texts()
  return pipe(
    answerIds(answers, tokenizer, tokens),
    E.map((ids) => ({
      answers,
      ids,
      tokens,
      start: Int32Array.from(start),
      row: Int32Array.from(row),
      weight: Float32Array.from(questions.flatMap((own) => own.map(([, weight]) => weight))),
    })),
  )
}

/** The answers of a batch of questions, in as many rows as there is room for. */
export interface AnswerRows {
  /** [row, token] */
  readonly ids: Int32Array
  /** Which question of the batch each row answers; 0 for rows too many. */
  readonly of: Int32Array
  /** 0 for rows too many. */
  readonly weight: Float32Array
  /** Answers that found no room, the ones of least weight. */
  readonly dropped: number
}

/** Answers of the given questions. Where there are more than `rows`, those of least weight are left out, but never a question's first. */
export const answerRows = (table: AnswerTable, questions: ArrayLike<number>, rows: number): AnswerRows => {
  const all = Array.from(questions).flatMap((question, of) => {
    const first = table.start[question] ?? 0
    const count = (table.start[question + 1] ?? first) - first
    return Array.from({ length: count }, (_, index) => ({ of, row: table.row[first + index] ?? 0, weight: table.weight[first + index] ?? 0, first: index === 0 }))
  })
  const chosen = all
    .map((answer, index) => ({ ...answer, index }))
    .sort((one, other) => Number(other.first) - Number(one.first) || other.weight - one.weight || one.index - other.index)
    .slice(0, rows)
    .sort((one, other) => one.index - other.index)
  const { tokens } = table
  const out = { ids: new Int32Array(rows * tokens), of: new Int32Array(rows), weight: new Float32Array(rows) }
  // Rows too many repeat an answer, so that no row is all padding.
  for (let row = 0; row < rows; row++) {
    const answer = chosen[row] ?? chosen[0]
    if (answer === undefined) continue
    out.ids.set(table.ids.subarray(answer.row * tokens, (answer.row + 1) * tokens), row * tokens)
    if (row >= chosen.length) continue
    out.of[row] = answer.of
    out.weight[row] = answer.weight
  }
  return { ...out, dropped: all.length - chosen.length }
}

/** The most answers that a batch of so many questions can have. */
export const mostAnswers = ({ start }: AnswerTable, batch: number): number => {
  const counts = Array.from({ length: start.length - 1 }, (_, index) => (start[index + 1] ?? 0) - (start[index] ?? 0))
  return counts.sort((one, other) => other - one).slice(0, batch).reduce((sum, count) => sum + count, 0)
}
