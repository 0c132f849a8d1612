import type { Finding, Span } from '../finding.ts'
import { aboutExplanations, lints } from './codes.ts'

/** The text of a source file, by its absolute path; `undefined` where there is none. */
export type ReadSource = (file: string) => string | undefined

/** `// axle-allow AX056: why`. */
interface Explanation {
  readonly code: string
  readonly reason: string
  readonly span: Span
  /** The line that it is about: its own, or the next that is no comment. */
  readonly about: number
}

const pattern = /\/\/\s*axle-allow\b\s*(?<code>AX\d{3})?\s*:?\s*(?<reason>.*)$/
const isComment = (line: string | undefined): boolean => line !== undefined && line.trimStart().startsWith('//')

const explanationsIn = (file: string, text: string): readonly Explanation[] => {
  const lines = text.split(/\r?\n/)
  return lines.flatMap((line, i): readonly Explanation[] => {
    const found = pattern.exec(line)
    if (found === null) return []
    let about = i
    while (isComment(lines[about])) about++
    const span = { file, line: i + 1, column: found.index + 1, endLine: i + 1, endColumn: line.length + 1 }
    return [{ code: found.groups?.['code'] ?? '', reason: (found.groups?.['reason'] ?? '').trim(), span, about: about + 1 }]
  })
}

const wrong = (code: 'AX060' | 'AX061', { span }: Explanation, sentence: string): Finding => ({ kind: 'lint', code, span, sentence, related: [] })

const covers = (explanation: Explanation, { kind, code, span }: Finding): boolean =>
  kind === 'lint' && code === explanation.code && !aboutExplanations.has(code) && explanation.reason !== '' && span.file === explanation.span.file && span.line === explanation.about

export interface Settling {
  /** Files whose explanations are judged: those that were checked in all their configurations. */
  readonly judged: readonly string[]
  readonly read: ReadSource
}

/**
 * Findings of every configuration after the source's explanations (`// axle-allow AX056: why`, on the line or the one above): explained lints
 * are left out; explanations without a reason, and those that explain nothing, are findings themselves.
 */
export const settle = (findings: readonly Finding[], { judged, read }: Settling): readonly Finding[] => {
  const files = [...new Set([...judged, ...findings.filter(({ kind }) => kind === 'lint').map(({ span }) => span.file)])]
  const explanations = files.flatMap(file => explanationsIn(file, read(file) ?? ''))
  const about = explanations.flatMap((each): readonly Finding[] => {
    if (!judged.includes(each.span.file)) return []
    if (!(each.code in lints)) return [wrong('AX061', each, each.code === '' ? 'this explains nothing: say which lint, as in `axle-allow AX056: why`' : `there is no lint ${each.code}`)]
    if (each.reason === '') return [wrong('AX060', each, `an explanation needs a reason: \`axle-allow ${each.code}: why\`; until then ${each.code} is reported`)]
    return findings.some(finding => covers(each, finding)) ? [] : [wrong('AX061', each, `nothing on line ${each.about} is ${each.code} (${lints[lintOf(each.code)]}): take the explanation out`)]
  })
  return [...findings.filter(finding => !explanations.some(each => covers(each, finding))), ...about]
}

const lintOf = (code: string): keyof typeof lints => (code in lints ? keys.find(key => key === code) ?? 'AX061' : 'AX061')
const keys: readonly (keyof typeof lints)[] = Object.keys(lints).filter((key): key is keyof typeof lints => key in lints)
