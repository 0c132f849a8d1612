import * as E from 'fp-ts/Either'
import type { Session } from '../backends/backend.ts'
import type { Examples } from '../data/tasks/examples.ts'
import type { Tokenizer } from '../data/tokenizer.ts'
import { measureTask, type Asked, type Measured } from './measure.ts'
import type { DataPart } from './report.ts'
import { floorTable, type Floor } from './scene-floors.ts'

/** A part of a task's data, and what the model made of it. */
export interface MeasuredPart extends DataPart {
  readonly examples: Examples
  /** Examples that cannot be answered right with the given list or boxes. */
  readonly impossible: number
  readonly measured: Measured
}

export interface PartsAsked extends Pick<Asked, 'measure' | 'answerList' | 'proposals'> {
  readonly session: Session
  readonly tokenizer: Tokenizer
  readonly parts: readonly Omit<MeasuredPart, 'measured'>[]
  readonly onRows?: (label: string, done: number, of: number) => void
}

/** Measures a task on every part. Left: the first part that does not go with the model. */
export const measureParts = ({ parts, onRows, ...asked }: PartsAsked): E.Either<string, readonly MeasuredPart[]> => {
  const all: MeasuredPart[] = []
  for (const part of parts) {
    const measured = measureTask({ ...asked, examples: part.examples, onRows: (done, of) => onRows?.(part.label, done, of) })
    if (E.isLeft(measured)) return E.left(`${part.file}: ${measured.left}`)
    all.push({ ...part, measured: measured.right })
  }
  return E.right(all)
}

/** The share of right ones that a part is judged by, and what else is said of it. */
export const marksOf = (measured: Measured): readonly (readonly [name: string, share: number])[] => {
  switch (measured.kind) {
    case 'labels':
      return [['right label', measured.result.accuracy]]
    case 'answers':
      return [['right answer', measured.result.accuracy], ...[...measured.result.bySort].map(([sort, { accuracy }]) => [`  of which ${sort}`, accuracy] as const)]
    case 'boxes':
      return [['right box', measured.result.accuracy], ...Object.entries(measured.result.bySplit ?? {}).map(([split, share]) => [`  of which ${split}`, share] as const), ['highest point within the true box', measured.result.pointing]]
  }
}

const LEAD = 'above the best floor'

/** How far a model is above the best of its floors, per part; nothing for a part without floors. A sort of answers is no floor of all. */
const leads = (parts: readonly MeasuredPart[], floors: readonly Floor[]): readonly Floor[] =>
  parts.flatMap(({ name, examples, measured }) => {
    const own = floors.filter(({ split, floor }) => split === name && !floor.startsWith(' '))
    const [[, share] = ['', 0]] = marksOf(measured)
    return own.length === 0 ? [] : [{ task: '', split: name, examples: examples.pictures, floor: LEAD, share: share - Math.max(...own.map((floor) => floor.share)) }]
  })

/** The table of a task: the model's marks, the floors, and by how much it is above the best of them. */
export const taskTable = (task: string, parts: readonly MeasuredPart[], floors: readonly Floor[]): string => {
  const marks = parts.flatMap(({ name, examples, measured }) => marksOf(measured).map(([floor, share]): Floor => ({ task, split: name, examples: examples.pictures, floor, share })))
  const labels = new Map(parts.map(({ name, label }) => [name, label]))
  const named = (floor: Floor): Floor => ({ ...floor, split: labels.get(floor.split) ?? floor.split })
  const counted = parts.map(({ label, examples, impossible }) => `${label}: ${examples.pictures} examples${impossible > 0 ? `, of which ${impossible} cannot be answered right` : ''}`)
  return [floorTable([...marks, ...floors.map((floor) => ({ ...floor, task: 'floors' })), ...leads(parts, floors)].map(named)), '', counted.join('; ')].join('\n')
}

const resultOf = (measured: Measured) => {
  switch (measured.kind) {
    case 'labels':
      return { labels: measured.names, ...measured.result }
    case 'answers':
      return { accuracy: measured.result.accuracy, bySort: Object.fromEntries(measured.result.bySort) }
    case 'boxes':
      return measured.result
  }
}

/** The same as plain data. */
export const taskJson = (task: string, parts: readonly MeasuredPart[], floors: readonly Floor[]) => ({
  task,
  parts: parts.map(({ name, label, file, examples, impossible, measured }) => ({
    name, label, file, examples: examples.pictures, impossible, ...resultOf(measured),
    floors: Object.fromEntries(floors.filter(({ split }) => split === name).map(({ floor, share }) => [floor.trim(), share])),
  })),
})
