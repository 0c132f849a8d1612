import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import type { Column, Measure } from '../../compiler/language/index.ts'
import type { HostArray, Session } from '../backends/backend.ts'
import { answerIds } from '../data/tasks/answers.ts'
import type { Examples } from '../data/tasks/examples.ts'
import { evaluationFeeder } from '../data/tasks/feeds.ts'
import type { Proposals } from '../data/tasks/forms.ts'
import { matchAnswers, matchProposals } from '../data/tasks/matching.ts'
import type { Tokenizer } from '../data/tokenizer.ts'
import { answerAccuracy, type AnswerResult } from './answers.ts'
import { type GroundingResult, groundingAccuracy } from './grounding.ts'
import { bestLabels, labelAccuracy, type LabelResult } from './labels.ts'

/** What a task's model makes of examples, and its marks. */
export type Measured =
  | { readonly kind: 'labels'; readonly names: readonly string[]; readonly chosen: Int32Array; readonly result: LabelResult }
  | { readonly kind: 'answers'; readonly answers: readonly string[]; readonly probability: Float32Array; readonly result: AnswerResult; readonly unanswerable: number }
  | { readonly kind: 'boxes'; readonly maps: Float32Array; readonly height: number; readonly width: number; readonly result: GroundingResult }

export interface MeasureOptions {
  readonly session: Session
  readonly measure: Measure
  readonly examples: Examples
  readonly tokenizer: Tokenizer
  /** The candidates, where answers are ranked. */
  readonly answerList?: readonly string[]
  /** The detected boxes, where maps are scored. */
  readonly proposals?: Proposals
  readonly onRows?: (done: number, of: number) => void
}

type Outputs = Readonly<Record<string, { readonly data: Float32Array | Int32Array; readonly width: number }>>

/** Runs a program over all examples, a batch at a time (the last one filled up with examples again), and joins its outputs. */
const runAll = (
  { session, examples, onRows }: MeasureOptions,
  program: string,
  inputs: Readonly<Record<string, Column>>,
  more: Readonly<Record<string, HostArray>>,
): E.Either<string, Outputs> => {
  const spec = session.signatures[program]
  if (spec === undefined) return E.left(`there is no program '${program}'`)
  const batch = spec.inputs.find(({ name }) => name in inputs)?.axes[0]?.size ?? 1
  return pipe(
    evaluationFeeder(inputs, examples),
    E.map((feedOf) => {
      const count = examples.pictures
      const joined = Object.fromEntries(
        spec.outputs.map(({ name, axes, dtype }) => {
          const width = axes.slice(1).reduce((product, { size }) => product * size, 1)
          return [name, { data: dtype === 'i32' ? new Int32Array(count * width) : new Float32Array(count * width), width }] as const
        }),
      )
      for (let start = 0; start < count; start += batch) {
        const numbers = Int32Array.from({ length: batch }, (_, row) => (start + row) % count)
        const outputs = session.run(program, { ...feedOf(numbers), ...more })
        const rows = Math.min(batch, count - start)
        for (const [name, { data, width }] of Object.entries(joined)) data.set(outputs[name]?.subarray(0, rows * width) ?? [], start * width)
        onRows?.(start + rows, count)
      }
      return joined
    }),
  )
}

const output = (outputs: Outputs, name: string, program: string) => E.fromNullable(`the program '${program}' has no output '${name}'`)(outputs[name])

const measureLabels = (options: MeasureOptions, measure: Extract<Measure, { readonly kind: 'labels' }>): E.Either<string, Measured> => {
  const { detail } = options.examples
  if (detail.kind !== 'labelled') return E.left(`labels are measured on labelled examples, and these are ${detail.kind}`)
  return pipe(
    runAll(options, measure.program, measure.inputs, {}),
    E.flatMap((outputs) => output(outputs, measure.scores, measure.program)),
    E.filterOrElse(
      ({ width }) => width === detail.names.length,
      ({ width }) => `the program '${measure.program}' scores ${width} labels, and the data has ${detail.names.length}: ${detail.names.join(', ')}`,
    ),
    E.map(({ data, width }): Measured => {
      const chosen = bestLabels(data, width)
      return { kind: 'labels', names: detail.names, chosen, result: labelAccuracy(chosen, detail.label, width) }
    }),
  )
}

/** What is given to a task's model beside examples. */
export type Asked = Omit<MeasureOptions, 'session' | 'onRows'>

/** Refuses a list of another length than the program ranks, and one that belongs to other questions. */
const listFor = ({ examples, tokenizer, answerList }: Asked, { list }: Extract<Measure, { readonly kind: 'answers' }>) => {
  if (answerList === undefined) return E.left('answers are ranked from a list, and none is given')
  if (answerList.length !== list.size) return E.left(`the answer list has ${answerList.length} answers, and the model ranks ${list.size}: set the configuration's list to ${answerList.length}`)
  return pipe(
    matchAnswers(answerList, examples),
    E.bind('ids', () => answerIds(answerList, tokenizer, list.tokens)),
    E.map((matched) => ({ ...matched, answerList })),
  )
}

const measureAnswers = (options: MeasureOptions, measure: Extract<Measure, { readonly kind: 'answers' }>): E.Either<string, Measured> => {
  const { detail } = options.examples
  if (detail.kind !== 'questions') return E.left(`answers are measured on questions, and these are ${detail.kind}`)
  return pipe(
    listFor(options, measure),
    E.flatMap(({ ids, answerList, unanswerable }) =>
      pipe(
        runAll(options, measure.program, measure.inputs, { [measure.list.input]: ids }),
        E.bindTo('outputs'),
        E.bind('best', ({ outputs }) => output(outputs, measure.best, measure.program)),
        E.bind('likely', ({ outputs }) => output(outputs, measure.probabilities, measure.program)),
        E.map(({ best, likely }): Measured => {
          const answers = detail.given.map((_, question) => answerList[best.data[question * best.width] ?? 0] ?? '')
          const probability = Float32Array.from(detail.given, (_, question) => likely.data[question * likely.width] ?? 0)
          return { kind: 'answers', answers, probability, result: answerAccuracy(answers, detail.given), unanswerable }
        }),
      ),
    ),
  )
}

const measureBoxes = (options: MeasureOptions, measure: Extract<Measure, { readonly kind: 'boxes' }>): E.Either<string, Measured> => {
  const { examples, proposals, session } = options
  const { detail } = examples
  if (detail.kind !== 'references') return E.left(`boxes are measured on references, and these are ${detail.kind}`)
  if (proposals === undefined) return E.left('maps are scored on proposed boxes, and none are given')
  const [, rows, columns] = session.signatures[measure.program]?.outputs.find(({ name }) => name === measure.maps)?.axes ?? []
  if (rows === undefined || columns === undefined) return E.left(`the program '${measure.program}' gives no maps '${measure.maps}' of rows and columns`)
  const [height, width] = [rows.size, columns.size]
  return pipe(
    matchProposals(proposals, examples),
    E.flatMap(() => runAll(options, measure.program, measure.inputs, {})),
    E.flatMap((outputs) => output(outputs, measure.maps, measure.program)),
    E.map(({ data }): Measured => {
      const maps = Float32Array.from(data)
      return { kind: 'boxes', maps, height, width, result: groundingAccuracy(maps, { height, width }, detail.references, proposals) }
    }),
  )
}

/**
 * How many examples cannot be answered right: no answer of the list is right for them, or their picture has no proposals. Left: the
 * answer list or the boxes belong to other data. Runs nothing, so that it can be asked before training.
 */
export const checkMeasure = (asked: Asked): E.Either<string, number> => {
  const { measure, examples, proposals } = asked
  if (measure.kind === 'labels') return E.right(0)
  if (measure.kind === 'answers') return pipe(listFor(asked, measure), E.map(({ unanswerable }) => unanswerable))
  if (proposals === undefined) return E.left('maps are scored on proposed boxes, and none are given')
  return pipe(matchProposals(proposals, examples), E.map(({ withoutProposals }) => withoutProposals))
}

/**
 * Measures a task's model on examples. Left: the programs, the examples, the answer list or the boxes do not go together. All of
 * that but the outputs' names is looked at before the first program runs.
 */
export const measureTask = (options: MeasureOptions): E.Either<string, Measured> => {
  const { measure } = options
  switch (measure.kind) {
    case 'labels':
      return measureLabels(options, measure)
    case 'answers':
      return measureAnswers(options, measure)
    case 'boxes':
      return measureBoxes(options, measure)
  }
}
