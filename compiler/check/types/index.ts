import type { ts } from 'ts-morph'
import type { Finding, Related, Span } from '../finding.ts'
import type { Look, TypeScript } from './look.ts'
import { toldOf } from './rewrite.ts'

export type { TypeScript } from './look.ts'
export { typeCodes } from './codes.ts'
export { applied, fixesFor, type Fix } from './fixes.ts'

const stretch = (file: ts.SourceFile, start: number, end: number): Span => {
  const from = file.getLineAndCharacterOfPosition(start)
  const to = file.getLineAndCharacterOfPosition(end)
  return { file: file.fileName, line: from.line + 1, column: from.character + 1, endLine: to.line + 1, endColumn: to.character + 1 }
}

const spanOf = (node: ts.Node): Span => stretch(node.getSourceFile(), node.getStart(), node.end)

/** What stands at one place and says the same, once: TypeScript complains of both sides of an operator, and operands share their origins. */
const distinct = <T extends Related>(all: readonly T[]): readonly T[] => {
  const key = ({ span: { file, line, column }, sentence }: Related): string => `${file}:${line}:${column} ${sentence}`
  const first = new Map([...all].reverse().map(each => [key(each), each]))
  return all.filter(each => first.get(key(each)) === each)
}

/** One complaint of TypeScript as a finding: about tensors in our words, else as it is. */
export const findingOf = (ts: TypeScript, program: ts.Program, file: ts.SourceFile, diagnostic: ts.Diagnostic): Finding => {
  const look: Look = { ts, program, checker: program.getTypeChecker(), file }
  const told = toldOf(look, diagnostic)
  const { start = 0, length = 0, code, messageText, relatedInformation = [] } = diagnostic
  if (told !== undefined) return { kind: 'type', code: told.code, span: spanOf(told.node), sentence: told.sentence, related: distinct(told.related.map(({ node, sentence }) => ({ span: spanOf(node), sentence }))) }
  return {
    kind: 'typescript', code: `TS${code}`, span: stretch(file, start, start + length), sentence: ts.flattenDiagnosticMessageText(messageText, '\n'),
    related: relatedInformation.flatMap(each => (each.file === undefined ? [] : [{ span: stretch(each.file, each.start ?? 0, (each.start ?? 0) + (each.length ?? 0)), sentence: ts.flattenDiagnosticMessageText(each.messageText, '\n') }])),
  }
}

/**
 * What TypeScript says about the given files of a program (without a list, all that are no declarations and no packages), and about its
 * settings. Errors about tensors have a number and a sentence of ours; every other is passed on. None is lost.
 */
export const typeFindings = (ts: TypeScript, program: ts.Program, files?: readonly string[]): readonly Finding[] => {
  const chosen = program.getSourceFiles().filter(({ fileName, isDeclarationFile }) => (files === undefined ? !isDeclarationFile && !fileName.includes('/node_modules/') : files.includes(fileName)))
  const general = [...program.getConfigFileParsingDiagnostics(), ...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()].map((diagnostic): Finding => {
    const { file, start = 0, length = 0, code, messageText } = diagnostic
    if (file !== undefined) return findingOf(ts, program, file, diagnostic)
    const config = program.getCompilerOptions()['configFilePath']
    return { kind: 'typescript', code: `TS${code}`, span: { file: typeof config === 'string' ? config : program.getCurrentDirectory(), line: 1, column: 1 + start, endLine: 1, endColumn: 1 + start + length }, sentence: ts.flattenDiagnosticMessageText(messageText, '\n'), related: [] }
  })
  return distinct([...general, ...chosen.flatMap(file => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(each => findingOf(ts, program, file, each)))])
}
