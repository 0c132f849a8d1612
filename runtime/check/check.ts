import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import * as E from 'fp-ts/Either'
import type { Finding } from '../../compiler/check/finding.ts'
import { settle } from '../../compiler/check/lints/index.ts'
import { inOrder, merged } from '../../compiler/check/report.ts'
import { tracedFindings, unlessEverywhere, withoutEchoes } from './assemble.ts'
import { selectFiles } from './files.ts'
import { openSources, type Sources } from './sources.ts'
import type { Changes } from './changes.ts'
import { movedReport } from './moved.ts'
import type { Asked, FileReport } from './trace/messages.ts'
import { TracerError, type Tracer } from './trace/tracer.ts'

/** Whether what was asked for is said with places of the source, line by line. */
const saysPlaces = ({ cost, fit, weights, before }: Asked): boolean => cost === true || fit !== undefined || weights !== undefined || before !== undefined

export interface CheckOptions {
  /** Files and folders; none: models/ and examples/. */
  readonly names: readonly string[]
  readonly cwd: string
  readonly asked: Asked
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

/** What TypeScript says, while programs are still traced. */
export interface Early {
  readonly types: readonly Finding[]
  /** How many files with programs are traced. */
  readonly tracing: number
  readonly seconds: number
}

/** A check that can be done again. */
export interface Check {
  /** Checks everything, or what changed files may have changed (`all`: which is everything). Left: one sentence, where nothing can be checked. */
  readonly run: (changed?: readonly string[], all?: boolean, early?: (early: Early) => void) => Promise<E.Either<string, Checked>>
  /** Every file that the last run looked at. */
  readonly watched: () => readonly string[]
}

/** The text of a source file; `undefined` for what is none, by its name or by its bytes. */
export const readSource = (file: string): string | undefined => {
  if (!/\.[cm]?[jt]s$/.test(file)) return undefined
  try {
    const text = readFileSync(file, 'utf8')
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}

const since = (start: number): number => (performance.now() - start) / 1000

/** Configurations are asked for by name: a name that no task has is a mistake of the command line. */
const unknownConfig = (config: string | undefined, reports: readonly FileReport[]): string | undefined => {
  const known = new Set(reports.flatMap(({ configs }) => configs))
  if (config === undefined || known.has(config) || reports.some(({ failure }) => failure !== undefined)) return undefined
  return known.size === 0 ? `--config ${config}: no file that is checked has configurations` : `--config ${config}: there is no such configuration; there is ${[...known].join(', ')}`
}

/** A comparison that was asked for and could not be made. */
const uncompared = ({ programs }: FileReport): boolean => programs.some(({ change }) => change !== undefined && 'failed' in change)

/** A checkpoint is that of one program. */
const severalFor = ({ weights }: Asked, reports: readonly FileReport[]): string | undefined => {
  const programs = reports.flatMap(({ programs: each }) => each)
  if (weights === undefined || programs.length === 1) return undefined
  const configs = [...new Set(programs.map(({ name, config }) => config ?? name))]
  return programs.length === 0 ? '--weights: no file that is checked has a program' : `--weights compares with one program, not ${programs.length}: name its file, and --config (there is ${configs.join(', ')})`
}

/** A mesh that a program does not run on. */
const unmeshed = ({ devices }: Asked, reports: readonly FileReport[]): string | undefined => {
  const refused = reports.flatMap(({ file, programs }) => programs.flatMap(({ name, config, devices: found }) => (found !== undefined && 'refused' in found ? [`${basename(file)} ${config ?? name}: ${found.refused}`] : [])))
  return refused.length === 0 ? undefined : `--mesh ${devices?.text ?? ''}: ${refused[0] ?? ''}${refused.length === 1 ? '' : ` (and ${refused.length - 1} more: name a file, and --config)`}`
}

/** Types here, traces in the tracer's processes, side by side; what was read is kept for the next run. */
export const openCheck = ({ names, cwd, asked }: CheckOptions, tracer: Tracer): Check => {
  let sources: Sources | undefined
  let watched: readonly string[] = []
  const known = new Map<string, FileReport>()

  /** Whether what is known of a file's programs stands after a change, at the places where it is now. */
  const stands = (file: string, changed: readonly string[], changes: Changes): boolean => {
    const before = known.get(file)
    if (before === undefined) return false
    if (sources?.closure([file], 'values').some(each => changed.includes(each)) === false) return true
    const moved = changes.reaches(file) || saysPlaces(asked) ? undefined : movedReport(before, changes)
    if (moved !== undefined) known.set(file, moved)
    return moved !== undefined
  }

  /** What must be traced: the files that were changed first. */
  const stale = (files: readonly string[], changed: readonly string[] | undefined, changes: Changes | undefined): readonly string[] => {
    if (changed === undefined || changes === undefined) return files
    const wrong = files.filter(file => !stands(file, changed, changes))
    return [...wrong.filter(file => changed.includes(file)), ...wrong.filter(file => !changed.includes(file))]
  }

  const judgedIn = (open: Sources, reports: readonly FileReport[]): readonly string[] =>
    names.length > 0 || asked.config !== undefined || reports.some(({ failure }) => failure !== undefined) ? [] : open.closure(reports.filter(({ programs }) => programs.length > 0).map(({ file }) => file), 'values')

  const run = async (changed?: readonly string[], all = false, early: (early: Early) => void = () => undefined): Promise<Checked | string> => {
    const start = performance.now()
    const { files, missing } = selectFiles(names, cwd)
    if (files.length === 0) return missing.map(({ span, sentence }) => `${span.file}: ${sentence}`).join('\n')
    const changes = changed === undefined ? undefined : sources?.refresh(files, changed)
    if (all) known.clear()
    // The processes begin before TypeScript, which keeps this one busy.
    const traces = stale(files, changed, changes)
    const tracing = tracer.trace(traces, asked)
    tracing.catch(() => undefined)
    await new Promise(setImmediate)
    const opened = sources === undefined ? openSources(files) : E.right(sources)
    if (E.isLeft(opened)) return opened.left
    const open = opened.right
    sources = open
    const closure = open.closure(files)
    watched = [...closure, ...open.language()]
    const types = merged(open.findings(closure))
    const typed = since(start)
    if (traces.length > 0) early({ types, tracing: traces.length, seconds: typed })
    for (const report of await tracing) known.set(report.file, report)
    const traced = since(start)
    const reports = files.flatMap(file => known.get(file) ?? [])
    const refusal = unknownConfig(asked.config, reports) ?? severalFor(asked, reports) ?? unmeshed(asked, reports)
    if (refusal !== undefined) return refusal
    const found = merged([...types, ...withoutEchoes(types, tracedFindings(reports, open, types))])
    const findings = unlessEverywhere(inOrder(open.whole(settle(found, { judged: judgedIn(open, reports), read: readSource }))), reports)
    return { files, reports, findings: [...findings, ...missing], refused: missing.length > 0 || reports.some(uncompared), seconds: { types: typed, traces: traced, all: since(start) } }
  }

  return {
    run: async (changed, all, early) => {
      try {
        const result = await run(changed, all, early)
        return typeof result === 'string' ? E.left(result) : E.right(result)
      } catch (error) {
        if (error instanceof TracerError) return E.left(error.message)
        throw error
      }
    },
    watched: () => watched,
  }
}
