import type { Traced } from '../../language/compile.ts'
import type { Finding } from '../finding.ts'

/** What a reader of programs has to say about a trace as written, explained or not: pass everything through `settle` at the end. */
export const lintFindings = (_traced: Traced): readonly Finding[] => []

/** The text of a source file, by its absolute path; `undefined` where there is none. */
export type ReadSource = (file: string) => string | undefined

export interface Settling {
  /** Files whose explanations are judged: those that were checked in all their configurations. */
  readonly judged: readonly string[]
  readonly read: ReadSource
}

/**
 * Findings of every configuration after the source's explanations (`// axle-allow AX055: why`, on the line or the one above): explained lints
 * are left out; explanations without a reason, and those that explain nothing, are findings themselves.
 */
export const settle = (findings: readonly Finding[], _settling: Settling): readonly Finding[] => findings
