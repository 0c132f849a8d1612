import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What the type checker says about a file: a place, counted from 1, and the whole text. */
export interface Diagnostic {
  readonly line: number
  readonly column: number
  readonly code: number
  readonly text: string
}

/** The files of a folder of this test, by path. */
export const filesOf = (folder: string): readonly string[] => {
  const at = fileURLToPath(new URL(`${folder}/`, import.meta.url))
  return readdirSync(at).filter(name => name.endsWith('.ts')).sort().map(name => at + name)
}

const options = (): ts.CompilerOptions => {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile)
  return ts.parseJsonConfigFileContent(config, ts.sys, root).options
}

/** Serves files that are on no disk, and everything else from the disk. */
const hostWith = (texts: ReadonlyMap<string, string>, settings: ts.CompilerOptions): ts.CompilerHost => {
  const host = ts.createCompilerHost(settings)
  return {
    ...host,
    fileExists: name => texts.has(name) || host.fileExists(name),
    readFile: name => texts.get(name) ?? host.readFile(name),
    getSourceFile: (name, language) => {
      const text = texts.get(name) ?? host.readFile(name)
      return text === undefined ? undefined : ts.createSourceFile(name, text, language)
    },
  }
}

/** Checks all files as one program, with the settings of the project; `texts` are files that are not on the disk. */
export const diagnose = (files: readonly string[], texts: ReadonlyMap<string, string> = new Map()): ((file: string) => readonly Diagnostic[]) => {
  const settings = options()
  const program = ts.createProgram([...files, ...texts.keys()], settings, hostWith(texts, settings))
  return file => {
    const source = program.getSourceFile(file)
    if (source === undefined) throw new Error(`${file} is not part of the program`)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(({ start = 0, code, messageText }) => {
      const { line, character } = source.getLineAndCharacterOfPosition(start)
      return { line: line + 1, column: character + 1, code, text: ts.flattenDiagnosticMessageText(messageText, '\n') }
    })
  }
}
