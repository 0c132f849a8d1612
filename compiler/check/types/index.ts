import type { ts } from 'ts-morph'
import type { Finding } from '../finding.ts'

/** The module of TypeScript that made the program: the checker itself imports none, so that ts-morph's and an editor's both serve. */
export type TypeScript = typeof ts

const spanOf = (file: ts.SourceFile, start: number, end: number): Finding['span'] => {
  const from = file.getLineAndCharacterOfPosition(start)
  const to = file.getLineAndCharacterOfPosition(end)
  return { file: file.fileName, line: from.line + 1, column: from.character + 1, endLine: to.line + 1, endColumn: to.character + 1 }
}

/** What TypeScript says about the given files of a program (all that are no declarations and no packages, unless said), tensor errors rewritten. */
export const typeFindings = (ts: TypeScript, program: ts.Program, files?: readonly string[]): readonly Finding[] =>
  program.getSourceFiles().filter(({ fileName, isDeclarationFile }) => (files === undefined ? !isDeclarationFile && !fileName.includes('/node_modules/') : files.includes(fileName))).flatMap(file =>
    [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(({ start = 0, length = 0, code, messageText }): Finding => (
      { kind: 'typescript', code: `TS${code}`, span: spanOf(file, start, start + length), sentence: ts.flattenDiagnosticMessageText(messageText, ' '), related: [] })))
