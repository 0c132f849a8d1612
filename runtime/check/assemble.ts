import type { Finding, Span } from '../../compiler/check/finding.ts'
import { isForeign, type Sources } from './sources.ts'
import type { FileReport } from './trace/messages.ts'

/** TypeScript's numbers for what keeps modules from being read and put together: syntax, no such module, no such export. */
const unlinked = /^TS(1\d{3}|2305|2307|2459|2614|2724)$/

/** A failure while a file was read, as what it comes from where that is known: a circle of imports, or something that TypeScript has said already. */
const explained = (failure: Finding, file: string, sources: Sources, types: readonly Finding[]): readonly Finding[] => {
  if (failure.code !== 'AX071') return [failure]
  const closure = sources.closure([file], 'values')
  if (!closure.every(sources.runs)) return []
  const linking = /throws SyntaxError|throws Error: Cannot find (package|module)/.test(failure.sentence)
  if (linking && types.some(({ code, span }) => unlinked.test(code) && closure.includes(span.file))) return []
  const [first, ...rest] = closure.map(sources.circle).find(found => found !== undefined) ?? []
  if (first === undefined || !failure.sentence.includes('ReferenceError')) return [failure]
  const sentence = `these imports run in a circle, so that something is used before it is there: ${failure.sentence}`
  return [{ ...failure, code: 'AX073', span: first, sentence, related: [...rest.map(span => ({ span, sentence: 'and from there' })), { span: failure.span, sentence: 'used here' }] }]
}

/** What knows no place of its own is about the export or the file that it was found in. */
const placed = (finding: Finding, span: Span): Finding => (finding.span.file === '' || isForeign(finding.span.file) ? { ...finding, span } : finding)

/** The circle that a finding is about, whichever of its files it was found from. */
const circleOf = ({ code, span, related }: Finding): string | undefined => (code === 'AX073' ? [span, ...related.slice(0, -1).map(each => each.span)].map(({ file }) => file).sort().join('|') : undefined)

const oncePerCircle = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter((finding, i) => circleOf(finding) === undefined || findings.findIndex(each => circleOf(each) === circleOf(finding)) === i)

/** Everything that tracing has found. */
export const tracedFindings = (reports: readonly FileReport[], sources: Sources, types: readonly Finding[]): readonly Finding[] => oncePerCircle(reports.flatMap(report => findingsOf(report, sources, types)))

const findingsOf = ({ file, failure, left = [], wrong, programs }: FileReport, sources: Sources, types: readonly Finding[]): readonly Finding[] => [
  ...(failure === undefined ? [] : explained(placed(failure, { file, line: 1, column: 1 }), file, sources, types)),
  ...left.map(finding => placed(finding, { file, line: 1, column: 1 })),
  ...wrong.map(({ name, sentence }): Finding => ({ kind: 'failure', code: 'AX072', span: sources.declarationOf(file, name), sentence, related: [] })),
  ...programs.flatMap(({ name, findings }) => findings.map(finding => placed(finding, sources.declarationOf(file, name)))),
]

const contains = (outer: Span, { file, line }: Span): boolean => file === outer.file && line >= outer.line && line <= (outer.endLine ?? outer.line)

/** Where types are wrong a trace stops as well: what it says about the same lines is an echo. */
export const withoutEchoes = (types: readonly Finding[], traced: readonly Finding[]): readonly Finding[] => {
  const wrong = types.filter(({ kind }) => kind === 'type' || kind === 'typescript')
  return traced.filter(({ kind, span }) => (kind !== 'size' && kind !== 'failure') || !wrong.some(each => contains(each.span, span)))
}

/** What occurs in all configurations that were checked needs no list of them. */
export const unlessEverywhere = (findings: readonly Finding[], reports: readonly FileReport[]): readonly Finding[] => {
  const all = new Set(reports.flatMap(({ programs }) => programs.flatMap(({ config }) => config ?? [])))
  return findings.map(({ configs, ...finding }) => (configs === undefined || configs.length === all.size ? finding : { ...finding, configs }))
}
