import pc from 'picocolors'
import type { Finding, FindingKind, Span } from './finding.ts'
import { frameOf } from './frame.ts'

/** How findings are printed: where the reader stands, what the sources say, where the pages lie, whether colours are welcome. */
export interface Printing {
  /** A path as the reader writes it. */
  readonly shorten: (file: string) => string
  /** The text of a source file, `undefined` where it is none. */
  readonly read: (file: string) => string | undefined
  /** The page of a number; `undefined` for numbers that have none. */
  readonly page: (code: string) => string | undefined
  readonly colour: boolean
}

const indent = (text: string): string => text.split('\n').map(line => `  ${line}`).join('\n')

const placeOf = ({ file, line, column }: Span, { shorten, read }: Printing): string => (read(file) === undefined ? shorten(file) : `${shorten(file)}:${line}:${column}`)

const framed = (span: Span, context: number, { read, colour }: Printing): readonly string[] => {
  const text = read(span.file)
  const frame = text === undefined ? '' : frameOf(text, span, context, colour)
  return frame === '' ? [] : [indent(frame)]
}

/** Sources outside of where the reader stands are named and not shown. */
const isNear = ({ file }: Span, { shorten }: Printing): boolean => !shorten(file).startsWith('..')

/** One finding for people: place, number and sentence on one line, then the source with carets, related places, and the number's page. */
export const findingText = (finding: Finding, printing: Printing): string => {
  const { bold, cyan, red, yellow, dim } = pc.createColors(printing.colour)
  const { span, code, kind, sentence, related, configs } = finding
  const mark = kind === 'lint' ? yellow : red
  const page = printing.page(code)
  return [
    `${cyan(placeOf(span, printing))} ${mark(code)} ${bold(sentence)}${configs === undefined ? '' : dim(` (${configs.join(', ')})`)}`,
    ...framed(span, 1, printing),
    ...related.flatMap(({ span: place, sentence: what }) => [`  ${cyan(placeOf(place, printing))} ${what}`, ...(isNear(place, printing) ? framed(place, 0, printing) : [])]),
    ...(page === undefined ? [] : [`  ${dim(page)}`]),
    '',
  ].join('\n')
}

const order: readonly FindingKind[] = ['typescript', 'type', 'size', 'lint', 'weights', 'failure']
const rank = ({ kind }: Finding): number => order.indexOf(kind === 'typescript' ? 'type' : kind)

const byPlace = (a: Span, b: Span): number => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column)

/** Types first, then sizes, then lints, each in the order of the sources. */
export const inOrder = (findings: readonly Finding[]): readonly Finding[] => [...findings].sort((a, b) => rank(a) - rank(b) || byPlace(a.span, b.span))

/** One mistake about sizes has other numbers, and other lines where they stand, in each configuration. */
const wording = ({ kind, sentence }: Finding): string => (kind === 'size' ? sentence.replace(/\d+/g, '#') : sentence)
const identity = (finding: Finding): string => JSON.stringify([finding.kind, finding.code, finding.span.file, finding.span.line, finding.span.column, wording(finding)])

/** Equal findings of several configurations as one that names them all. */
export const merged = (findings: readonly Finding[]): readonly Finding[] => {
  const found = new Map<string, Finding>()
  for (const finding of findings) {
    const key = identity(finding)
    const before = found.get(key)
    const configs = [...new Set([...(before?.configs ?? []), ...(finding.configs ?? [])])]
    found.set(key, { ...(before ?? finding), ...(configs.length > 0 ? { configs } : {}) })
  }
  return [...found.values()]
}

const names: Readonly<Record<FindingKind, string>> = { type: 'type', typescript: 'TypeScript', size: 'size', lint: 'lint', weights: 'checkpoint', failure: 'failure' }

/** `3 findings (2 type, 1 lint)`. */
export const countText = (findings: readonly Finding[]): string => {
  if (findings.length === 0) return 'no findings'
  const parts = order.flatMap(kind => {
    const count = findings.filter(finding => finding.kind === kind).length
    return count === 0 ? [] : [`${count} ${names[kind]}`]
  })
  return `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'} (${parts.join(', ')})`
}
