import { readFileSync } from 'node:fs'
import * as E from 'fp-ts/Either'
import type { Finding } from '../../compiler/check/finding.ts'
import { settle } from '../../compiler/check/lints/index.ts'
import { inOrder, merged } from '../../compiler/check/report.ts'
import { selectFiles } from './files.ts'
import { openSources, type Sources } from './sources.ts'
import type { FileReport, Request } from './trace/messages.ts'
import type { Tracer } from './trace/tracer.ts'

export interface CheckOptions extends Omit<Request, 'version' | 'files'> {
  /** Files and folders; none: models/ and examples/. */
  readonly names: readonly string[]
  readonly cwd: string
}

export interface Checked {
  /** Files that were asked for and are there. */
  readonly files: readonly string[]
  readonly reports: readonly FileReport[]
  readonly findings: readonly Finding[]
  /** Something that was asked for could not be checked at all. */
  readonly refused: boolean
  readonly seconds: { readonly types: number; readonly traces: number; readonly all: number }
}

/** The text of a source file; `undefined` for what is none. */
export const readSource = (file: string): string | undefined => {
  if (!/\.[cm]?[jt]s$/.test(file)) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

const since = (start: number): number => (performance.now() - start) / 1000

/** A failure while a file was read, as what it comes from where that is known: a circle of imports, or something that TypeScript has said already. */
const explained = (failure: Finding, file: string, sources: Sources): readonly Finding[] => {
  if (failure.kind !== 'failure') return [failure]
  const closure = sources.closure([file], 'values')
  if (failure.code === 'AX071' && !closure.every(sources.runs)) return []
  const [first, ...rest] = closure.map(sources.circle).find(found => found !== undefined) ?? []
  if (first === undefined || !failure.sentence.includes('ReferenceError')) return [failure]
  return [{ ...failure, code: 'AX073', span: first, sentence: `these imports run in a circle, so that something is used before it is there: ${failure.sentence}`, related: [...rest.map(span => ({ span, sentence: 'and on' })), { span: failure.span, sentence: 'here it is used' }] }]
}

const findingsOf = ({ file, failure, wrong, programs }: FileReport, sources: Sources): readonly Finding[] => [
  ...(failure === undefined ? [] : explained(failure, file, sources)),
  ...wrong.map(({ name, sentence }): Finding => ({ kind: 'failure', code: 'AX072', span: sources.declarationOf(file, name), sentence, related: [] })),
  ...programs.flatMap(({ findings }) => findings),
]

const contains = (outer: Finding['span'], { file, line }: Finding['span']): boolean => file === outer.file && line >= outer.line && line <= (outer.endLine ?? outer.line)

/** What a trace stops at is often the mistake that the types have found: it is said once. */
const withoutEchoes = (types: readonly Finding[], traced: readonly Finding[]): readonly Finding[] =>
  traced.filter(finding => finding.kind === 'lint' || !types.some(({ span }) => contains(span, finding.span)))

/** Configurations that occur in every program of their file need no mention. */
const unlessAll = (findings: readonly Finding[], reports: readonly FileReport[]): readonly Finding[] => {
  const all = new Set(reports.flatMap(({ programs }) => programs.flatMap(({ config }) => config ?? [])))
  return findings.map(({ configs, ...finding }) => (configs === undefined || configs.length === all.size ? finding : { ...finding, configs }))
}

/** Checks what the options name: types here and traces in the tracer's process, side by side. Left: one sentence, where nothing can be checked. */
export const check = async (options: CheckOptions, tracer: Tracer): Promise<E.Either<string, Checked>> => {
  const start = performance.now()
  const { names, cwd, ...request } = options
  const { files, missing } = selectFiles(names, cwd)
  if (files.length === 0) return E.left(missing.map(({ span, sentence }) => `${span.file}: ${sentence}`).join('\n'))
  const tracing = tracer.trace({ ...request, files })
  const opened = openSources(files)
  if (E.isLeft(opened)) return opened
  const sources = opened.right
  const types = merged(sources.findings(sources.closure(files)))
  const typed = since(start)
  const reports = await tracing
  const traced = since(start)
  const found = merged([...types, ...withoutEchoes(types, reports.flatMap(report => findingsOf(report, sources)))])
  const judged = names.length === 0 && request.config === undefined ? sources.closure(files.filter(file => reports.some(report => report.file === file && report.programs.length > 0)), 'values') : []
  const findings = unlessAll(inOrder(settle(found, { judged, read: readSource })), reports)
  return E.right({ files, reports, findings: [...findings, ...missing], refused: missing.length > 0, seconds: { types: typed, traces: traced, all: since(start) } })
}
