import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Project, ts } from 'ts-morph'
import { typeFindings } from '../../../../compiler/check/types/index.ts'
import type { Finding } from '../../../../compiler/check/finding.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
export const rejected = `${root}test/types/rejected/`

/** The files that must not compile: name and text. */
export const rejectedFiles = (): readonly (readonly [name: string, text: string])[] => readdirSync(rejected).filter(name => name.endsWith('.ts')).sort().map(name => [name, readFileSync(rejected + name, 'utf8')])

/** A program of texts that lie (or seem to lie) in the folder of rejected files, checked with the project's settings. */
export const programOf = (texts: ReadonlyMap<string, string>): ts.Program => {
  const project = new Project({ tsConfigFilePath: `${root}tsconfig.json`, skipAddingFilesFromTsConfig: true })
  for (const [name, text] of texts) project.createSourceFile(rejected + name, text, { overwrite: true })
  return project.getProgram().compilerObject
}

export const findingsIn = (program: ts.Program, name: string): readonly Finding[] => typeFindings(ts, program, [rejected + name])

/** The text that a span covers. */
export const covered = (text: string, { span: { line, column, endLine = line, endColumn = column } }: Pick<Finding, 'span'>): string => {
  const lines = text.split('\n').slice(line - 1, endLine)
  return lines.map((each, i) => each.slice(i === 0 ? column - 1 : 0, i === lines.length - 1 ? endColumn - 1 : undefined)).join('\n')
}

/** A finding as the last lines of a rejected file say it; places in other files without their lines, which may move. */
export const sayings = (finding: Finding): readonly string[] => {
  const { code, span: { line, column, endLine, endColumn }, sentence, related } = finding
  const place = (file: string, at: string): string => (file.startsWith(rejected) ? at : file.slice(root.length))
  return [`// says ${code} ${line}:${column}-${endLine}:${endColumn} ${sentence}`, ...related.map(each => `// see ${place(each.span.file, `${each.span.line}:${each.span.column}`)} ${each.sentence}`)]
}
