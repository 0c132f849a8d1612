// TypeScript's program over the files of a check. It is TypeScript itself, as ts-morph brings it along: nothing here changes a tree, and a
// program by hand skips the comments of declarations and links no tree backwards, which is half of the time.
import { getLibFiles, ts } from '@ts-morph/common'
import { dirname } from 'node:path'

/** A program that is made anew from what has changed. */
export interface TypeProject {
  readonly program: () => ts.Program
  /** Reads files anew that have changed on the disk, and takes other files to begin with. */
  readonly update: (roots: readonly string[], changed: readonly string[]) => void
}

/** Where the declarations of the language lie that TypeScript brings along: in memory. */
const libraries = '/node_modules/typescript/lib'

const settings: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, moduleDetection: ts.ModuleDetectionKind.Force,
  strict: true, noUncheckedIndexedAccess: true, allowImportingTsExtensions: true, skipLibCheck: true, noEmit: true, types: [],
}

/** The options of a tsconfig.json; throws where it is none. Which files it names is not asked. */
const optionsOf = (config: string): ts.CompilerOptions => {
  const { config: json, error }: { readonly config?: unknown; readonly error?: ts.Diagnostic } = ts.readConfigFile(config, ts.sys.readFile)
  if (error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, ' '))
  return ts.parseJsonConfigFileContent(json, { ...ts.sys, readDirectory: () => [] }, dirname(config), undefined, config).options
}

const hostOf = (options: ts.CompilerOptions, sources: Map<string, ts.SourceFile | undefined>): ts.CompilerHost => {
  const texts = new Map(getLibFiles().map(({ fileName, text }) => [`${libraries}/${fileName}`, text]))
  const host = ts.createCompilerHost(options)
  const readFile = (file: string): string | undefined => texts.get(file) ?? host.readFile(file)
  return {
    ...host,
    readFile,
    fileExists: file => texts.has(file) || host.fileExists(file),
    getDefaultLibLocation: () => libraries,
    getDefaultLibFileName: given => `${libraries}/${ts.getDefaultLibFileName(given)}`,
    jsDocParsingMode: ts.JSDocParsingMode.ParseForTypeErrors,
    getSourceFile: (file, how) => {
      if (sources.has(file)) return sources.get(file)
      const text = readFile(file)
      const source = text === undefined ? undefined : ts.createSourceFile(file, text, how)
      sources.set(file, source)
      return source
    },
  }
}

/** The project of a tsconfig.json, or without one; throws where it cannot be used. */
export const openProject = (config: string | undefined, roots: readonly string[]): TypeProject => {
  const options = config === undefined ? settings : optionsOf(config)
  const sources = new Map<string, ts.SourceFile | undefined>()
  const host = hostOf(options, sources)
  let rootNames = roots
  let program: ts.Program | undefined
  let before: ts.Program | undefined
  return {
    program: () => (program ??= ts.createProgram({ rootNames, options, host, ...(before === undefined ? {} : { oldProgram: before }) })),
    update: (next, changed) => {
      for (const file of changed) sources.delete(file)
      // What was not there may be there now.
      for (const [file, source] of sources) if (source === undefined) sources.delete(file)
      before = program ?? before
      program = undefined
      rootNames = next
    },
  }
}
