// Metrics as JSON lines: one object a line, one line a record, written at once, so that a crash loses nothing but its own line.
import { appendFileSync, closeSync, fstatSync, fsyncSync, openSync, readFileSync, readSync } from 'node:fs'
import * as E from 'fp-ts/Either'
import { describeError } from '../data/errors.ts'

/**
 * One record: the step it belongs to and named values. JSON has no NaN and no infinity: they are written as the strings "NaN",
 * "Infinity" and "-Infinity" and become numbers again when read.
 */
export type MetricsLine = { readonly step: number, readonly [name: string]: number | string | boolean }

const NOT_FINITE: ReadonlyMap<string, number> = new Map([['NaN', NaN], ['Infinity', Infinity], ['-Infinity', -Infinity]])

/** One record as a line of JSON, without the line end. */
export const formatMetrics = (line: MetricsLine): string =>
  JSON.stringify(line, (_, value: unknown) => typeof value === 'number' && !Number.isFinite(value) ? String(value) : value)

const isValue = (value: unknown): value is number | string | boolean =>
  typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'

const parseLine = (text: string): MetricsLine | undefined => {
  const parsed = E.tryCatch((): unknown => JSON.parse(text), () => undefined)
  if (E.isLeft(parsed) || typeof parsed.right !== 'object' || parsed.right === null) return undefined
  const values: Record<string, number | string | boolean> = {}
  for (const [name, value] of Object.entries(parsed.right)) {
    if (isValue(value)) values[name] = typeof value === 'string' ? NOT_FINITE.get(value) ?? value : value
  }
  const step = values['step']
  return typeof step === 'number' ? { ...values, step } : undefined
}

/** Records in the order written. Lines that are no record (a crash cut them off) are counted, not returned. */
export const parseMetrics = (text: string): { readonly lines: readonly MetricsLine[], readonly broken: number } => {
  const texts = text.split('\n').filter(line => line.trim() !== '')
  const lines = texts.flatMap(line => parseLine(line) ?? [])
  return { lines, broken: texts.length - lines.length }
}

/**
 * The records that led to the last one: a run resumed from an older checkpoint goes back to a lower step, and what the first
 * attempt wrote from that step on is left out.
 */
export const withoutRepeated = (lines: readonly MetricsLine[]): readonly MetricsLine[] => {
  const kept: MetricsLine[] = []
  for (const line of lines) {
    const last = kept.at(-1)
    if (last !== undefined && line.step < last.step) {
      while ((kept.at(-1)?.step ?? -Infinity) >= line.step) kept.pop()
    }
    kept.push(line)
  }
  return kept
}

/** All records of a file, or why it cannot be read. */
export const readMetrics = (path: string): E.Either<string, readonly MetricsLine[]> =>
  E.tryCatch(() => parseMetrics(readFileSync(path, 'utf8')).lines, error => `${path}: cannot be read: ${describeError(error)}`)

/** An open file of metrics. */
export type MetricsSink = {
  /** Appends one record; it is with the operating system when this returns. */
  readonly append: (line: MetricsLine) => E.Either<string, void>
  /** Makes sure everything is on disk and closes the file. */
  readonly close: () => E.Either<string, void>
}

const endsInsideLine = (file: number): boolean => {
  const { size } = fstatSync(file)
  const last = Buffer.alloc(1)
  return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last.toString() !== '\n'
}

/** Opens a file of metrics for appending, or creates it. A line that a crash cut off is ended first, so that it harms no other. */
export const openMetrics = (path: string): E.Either<string, MetricsSink> => {
  const attempt = <A>(action: () => A): E.Either<string, A> =>
    E.tryCatch(action, error => `${path}: cannot be written: ${describeError(error)}`)
  return attempt(() => {
    const file = openSync(path, 'a+')
    if (endsInsideLine(file)) appendFileSync(file, '\n')
    return {
      append: line => attempt(() => appendFileSync(file, `${formatMetrics(line)}\n`)),
      close: () => attempt(() => {
        fsyncSync(file)
        closeSync(file)
      }),
    }
  })
}
