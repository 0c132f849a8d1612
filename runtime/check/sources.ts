// The files of a check as TypeScript sees them: one program for all, kept for the next check.
import { dirname, isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { ts } from '@ts-morph/common'
import type { Finding, Span } from '../../compiler/check/finding.ts'
import { conditionFindings, wholeExpressions } from '../../compiler/check/lints/index.ts'
import { typeFindings } from '../../compiler/check/types/index.ts'
import { describeError } from '../data/errors.ts'
import { changesOf, isSilent, type Changed, type Changes } from './changes.ts'
import { openProject, type TypeProject } from './project.ts'

export interface Sources {
  /** The files and all that they import, without packages and without the compiler. */
  readonly closure: (files: readonly string[], what?: 'everything' | 'values') => readonly string[]
  /** What TypeScript says of these files, in one program. */
  readonly findings: (files: readonly string[]) => readonly Finding[]
  /** Whether a file parses and finds what it imports: whether there is a point in running it. */
  readonly runs: (file: string) => boolean
  /** Where an export is declared. */
  readonly declarationOf: (file: string, name: string) => Span
  /** A circle of imports that leads back to the file, as the places of the imports. */
  readonly circle: (file: string) => readonly Span[] | undefined
  /** Findings that know a point alone, widened to the expression that stands there. */
  readonly whole: (findings: readonly Finding[]) => readonly Finding[]
  /** The files of the language that the program has read. */
  readonly language: () => readonly string[]
  /** Reads files anew that have changed on the disk; `files` is what is checked from now on. What the change reaches, among these and all that they import. */
  readonly refresh: (files: readonly string[], changed: readonly string[]) => Changes
}

const ours = ['compiler', 'runtime'].map(folder => fileURLToPath(new URL(`../../${folder}/`, import.meta.url)))
/** Packages, the compiler and what runs it: places in them say nothing to whoever wrote a model. */
export const isForeign = (file: string): boolean => file.includes('/node_modules/') || ours.some(folder => file.startsWith(folder)) || file.endsWith('.d.ts')

const spanOf = (source: ts.SourceFile, node: ts.Node): Span => {
  const [from, to] = [source.getLineAndCharacterOfPosition(node.getStart(source)), source.getLineAndCharacterOfPosition(node.getEnd())]
  return { file: source.fileName, line: from.line + 1, column: from.character + 1, endLine: to.line + 1, endColumn: to.character + 1 }
}

interface Import {
  readonly file: string
  readonly specifier: ts.StringLiteral
  readonly value: boolean
}

const isValue = (statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean => {
  if (ts.isExportDeclaration(statement)) return !statement.isTypeOnly
  const clause = statement.importClause
  if (clause === undefined) return true
  const named = clause.namedBindings
  return !clause.isTypeOnly && (clause.name !== undefined || named === undefined || ts.isNamespaceImport(named) || named.elements.some(({ isTypeOnly }) => !isTypeOnly))
}

const importsOf = (source: ts.SourceFile): readonly Import[] => source.statements.flatMap(statement => {
  if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return []
  const specifier = statement.moduleSpecifier
  if (specifier === undefined || !ts.isStringLiteral(specifier)) return []
  const { text } = specifier
  if (!text.startsWith('.') && !isAbsolute(text)) return []
  return [{ file: resolve(dirname(source.fileName), text), specifier, value: isValue(statement) }]
})

const declares = (statement: ts.Statement, name: string): ts.Node | undefined => {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.find(declaration => ts.isIdentifier(declaration.name) && declaration.name.text === name)?.name
  if (ts.isFunctionDeclaration(statement) && statement.name?.text === name) return statement.name
  if (ts.isExportDeclaration(statement) && statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause)) return statement.exportClause.elements.find(each => each.name.text === name)
  return ts.isExportAssignment(statement) && name === 'default' ? statement : undefined
}

/** The project that the files belong to, by the nearest tsconfig.json above the first. Left: why it cannot be used. */
export const openSources = (files: readonly string[]): E.Either<string, Sources> => {
  const config = ts.findConfigFile(dirname(files[0] ?? '.'), ts.sys.fileExists)
  return E.tryCatch(() => sourcesOf(openProject(config, files)), error => `${config ?? 'the settings of TypeScript'}: ${describeError(error)}`)
}

const sourcesOf = (project: TypeProject): Sources => {
  const sourceOf = (file: string): ts.SourceFile | undefined => project.program().getSourceFile(file)
  const known = (file: string): readonly Import[] => {
    const source = sourceOf(file)
    return source === undefined ? [] : importsOf(source)
  }
  const closure: Sources['closure'] = (files, what = 'everything') => {
    const found = new Set<string>()
    const queue = [...files]
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      if (found.has(file) || isForeign(file) || sourceOf(file) === undefined) continue
      found.add(file)
      queue.push(...known(file).filter(({ value }) => value || what === 'everything').map(each => each.file))
    }
    return [...found]
  }
  const circle = (file: string): readonly Span[] | undefined => {
    const seen = new Set<string>()
    const walk = (at: string): readonly Span[] | undefined => {
      const source = sourceOf(at)
      if (source === undefined || isForeign(at)) return undefined
      for (const { file: next, specifier, value } of importsOf(source)) {
        if (!value) continue
        if (next === file) return [spanOf(source, specifier)]
        if (seen.has(next)) continue
        seen.add(next)
        const rest = walk(next)
        if (rest !== undefined) return [spanOf(source, specifier), ...rest]
      }
      return undefined
    }
    return walk(file)
  }
  const findingsIn = (file: string): readonly Finding[] => {
    const types = typeFindings(ts, project.program(), [file])
    // The first thing that is said of a binary file is enough: the rest is said of noise.
    return sourceOf(file)?.text.includes('\0') === true ? types.slice(0, 1) : [...types, ...conditionFindings(ts, project.program(), [file])]
  }
  const said = new Map<string, readonly Finding[]>()
  /** A file that no module imports may change what every other one means. */
  const isScript = (file: string): boolean => { const source = sourceOf(file); return source !== undefined && !ts.isExternalModule(source) }
  const isAbout = (findings: readonly Finding[], files: readonly string[]): boolean => findings.some(({ span, related }) => [span, ...related.map(each => each.span)].some(({ file }) => files.includes(file)))
  /** What must be said anew: of files that import, or did before, what was changed by more than comments; and what is said of places that have moved. */
  const forget = (imported: ReadonlyMap<string, readonly string[]>, changed: readonly Changed[]): void => {
    const files = changed.map(({ file }) => file)
    const real = changed.filter(each => !isSilent(each)).map(({ file }) => file)
    const all = real.some(isScript)
    for (const [file, findings] of [...said]) {
      const reached = [...(imported.get(file) ?? []), ...closure([file])].some(each => real.includes(each))
      if (all || reached || files.includes(file) || isAbout(findings, files)) said.delete(file)
    }
  }
  return {
    closure,
    circle,
    findings: files => files.flatMap(file => {
      const found = said.get(file) ?? findingsIn(file)
      said.set(file, found)
      return found
    }),
    runs: file => {
      const source = sourceOf(file)
      return source !== undefined && project.program().getSyntacticDiagnostics(source).length === 0 && known(file).every(each => ts.sys.fileExists(each.file))
    },
    declarationOf: (file, name) => {
      const source = sourceOf(file)
      const node = source?.statements.map(statement => declares(statement, name)).find(each => each !== undefined)
      return source === undefined || node === undefined ? { file, line: 1, column: 1 } : spanOf(source, node)
    },
    whole: findings => wholeExpressions(ts, findings, file => sourceOf(file)?.text),
    language: () => project.program().getSourceFiles().map(({ fileName }) => fileName).filter(file => ours.some(folder => file.startsWith(folder))),
    refresh: (files, changed) => {
      const olds = changed.map(file => ({ file, before: sourceOf(file) }))
      const imported = new Map([...said.keys()].map(file => [file, closure([file])]))
      project.update(files, changed)
      const both = olds.map(old => ({ ...old, after: sourceOf(old.file) }))
      forget(imported, both)
      return changesOf(both, closure(files), sourceOf)
    },
  }
}
