import type { ts } from 'ts-morph'
import type { Finding, Span } from '../finding.ts'
import type { ReadSource } from './explanations.ts'

/** The module of TypeScript that parses: the checker itself imports none. */
type TypeScript = typeof ts

/** Where V8 says that a call is made: at the name that is called. */
const nameOf = (ts: TypeScript, callee: ts.Expression): ts.Node => (ts.isPropertyAccessExpression(callee) ? callee.name : callee)

const callsAt = (ts: TypeScript, file: ts.SourceFile, position: number): readonly ts.CallExpression[] => {
  const found: ts.CallExpression[] = []
  const visit = (node: ts.Node): void => {
    if (position < node.getFullStart() || position >= node.getEnd()) return
    if (ts.isCallExpression(node) && nameOf(ts, node.expression).getStart(file) === position) found.push(node)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** The part of a call that a lint is about: the target of a loss is its last argument. */
const partOf = (call: ts.CallExpression, code: string): ts.Node => (code === 'AX052' ? (call.arguments[call.arguments.length - 1] ?? call) : call)

/**
 * Findings and related places that are points, widened to the call that stands there, from its first letter to its closing bracket. `read`
 * gives the sources; what no call stands at stays a point.
 */
export const wholeExpressions = (ts: TypeScript, findings: readonly Finding[], read: ReadSource): readonly Finding[] => {
  const files = new Map<string, ts.SourceFile | undefined>()
  const fileOf = (name: string): ts.SourceFile | undefined => {
    const text = files.has(name) ? undefined : read(name)
    if (!files.has(name)) files.set(name, text === undefined ? undefined : ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true))
    return files.get(name)
  }
  const widened = (span: Span, code: string): Span => {
    const file = span.endLine === undefined ? fileOf(span.file) : undefined
    if (file === undefined || span.line > file.getLineStarts().length) return span
    const [call] = callsAt(ts, file, file.getPositionOfLineAndCharacter(span.line - 1, 0) + span.column - 1)
    if (call === undefined) return span
    const part = partOf(call, code)
    const [from, to] = [file.getLineAndCharacterOfPosition(part.getStart(file)), file.getLineAndCharacterOfPosition(part.getEnd())]
    return { file: span.file, line: from.line + 1, column: from.character + 1, endLine: to.line + 1, endColumn: to.character + 1 }
  }
  return findings.map(finding => ({ ...finding, span: widened(finding.span, finding.code), related: finding.related.map(each => ({ ...each, span: widened(each.span, '') })) }))
}
