import type { ts } from 'ts-morph'
import { importing } from './imports.ts'
import type { Look, TypeScript } from './look.ts'
import type { Edit, ProposalKind } from './proposal.ts'
import { toldOf } from './rewrite.ts'

/** A way to repair an error: what it is called, and what changes in the file, imports included. */
export interface Fix {
  readonly kind: ProposalKind
  readonly title: string
  readonly edits: readonly Edit[]
}

/** The text after some edits, which do not overlap. */
export const applied = (text: string, edits: readonly Edit[]): string =>
  [...edits].sort((a, b) => b.start - a.start).reduce((now, { start, end, text: put }) => now.slice(0, start) + put + now.slice(end), text)

const settings = ({ program }: Look): ts.CompilerOptions => ({ ...program.getCompilerOptions(), noEmit: true, skipLibCheck: true, incremental: false, composite: false })

/** A program of copies of one file with other texts, that shares every other file with the program it comes from. */
const copiesOf = (look: Look, texts: readonly string[]): { readonly program: ts.Program; readonly files: readonly ts.SourceFile[] } => {
  const { ts, program, file } = look
  const options = settings(look)
  const target = { languageVersion: file.languageVersion, ...(file.impliedNodeFormat === undefined ? {} : { impliedNodeFormat: file.impliedNodeFormat }) }
  const copies = new Map(texts.map((text, i) => {
    const name = file.fileName.replace(/(\.\w+)$/, (_, end: string) => `.fix${i}${end}`)
    return [name, ts.createSourceFile(name, text, target, true)]
  }))
  const libraries = program.getSourceFiles().find(each => program.isSourceFileDefaultLibrary(each))?.fileName ?? ts.getDefaultLibFilePath(options)
  const folder = libraries.slice(0, libraries.lastIndexOf('/'))
  const host: ts.CompilerHost = {
    getSourceFile: name => copies.get(name) ?? program.getSourceFile(name),
    fileExists: name => copies.has(name) || program.getSourceFile(name) !== undefined || ts.sys.fileExists(name),
    readFile: name => copies.get(name)?.text ?? program.getSourceFile(name)?.text ?? ts.sys.readFile(name),
    directoryExists: name => ts.sys.directoryExists(name),
    getDirectories: name => ts.sys.getDirectories(name),
    realpath: name => name,
    getDefaultLibFileName: given => `${folder}/${ts.getDefaultLibFileName(given)}`,
    getDefaultLibLocation: () => folder,
    getCurrentDirectory: () => program.getCurrentDirectory(),
    getCanonicalFileName: name => (ts.sys.useCaseSensitiveFileNames ? name : name.toLowerCase()),
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    getNewLine: () => '\n',
    writeFile: () => undefined,
  }
  const declared = program.getRootFileNames().filter(name => name.endsWith('.d.ts'))
  return { program: ts.createProgram({ rootNames: [...declared, ...copies.keys()], options, host }), files: [...copies.values()] }
}

/** Where a place of the old text lies after some edits. */
const moved = (at: number, edits: readonly Edit[]): number => edits.reduce((now, { start, end, text }) => (end <= at ? now + text.length - (end - start) : now), at)

/**
 * What a file may be changed to so that a complaint of TypeScript about tensors goes away. Each was tried on a copy of the file: first
 * those that leave fewer errors; where there are none, those after which the error stands no more at its place.
 */
export const fixesFor = (ts: TypeScript, program: ts.Program, file: ts.SourceFile, diagnostic: ts.Diagnostic, kinds?: ReadonlySet<ProposalKind>): readonly Fix[] => {
  const look: Look = { ts, program, checker: program.getTypeChecker(), file }
  const told = toldOf(look, diagnostic)
  const drafts = (told?.proposals() ?? []).filter(({ kind }) => kinds === undefined || kinds.has(kind)).flatMap(({ kind, title, edits, needs }): readonly Fix[] => {
    const imports = importing(look, needs)
    return imports === undefined ? [] : [{ kind, title, edits: [...imports, ...edits] }]
  })
  const candidates = drafts.filter((each, i) => drafts.findIndex(other => JSON.stringify(other.edits) === JSON.stringify(each.edits)) === i)
  if (told === undefined || candidates.length === 0) return []
  const { program: tried, files } = copiesOf(look, candidates.map(({ edits }) => applied(file.text, edits)))
  const before = program.getSyntacticDiagnostics(file).length + program.getSemanticDiagnostics(file).length
  const rated = candidates.flatMap((fix, i) => {
    const copy = files[i]
    if (copy === undefined || tried.getSyntacticDiagnostics(copy).length > 0) return []
    const after = tried.getSemanticDiagnostics(copy)
    const gone = !after.some(({ start = 0 }) => touches(fix, start))
    return after.length < before ? [{ fix, clean: true }] : gone && after.length === before ? [{ fix, clean: false }] : []
  })
  const clean = rated.filter(each => each.clean)
  return firstOfEachTitle((clean.length > 0 ? clean : rated).map(({ fix }) => fix))
}

/** Whether a place of the new text lies in what a fix wrote. */
const touches = ({ edits }: Fix, at: number): boolean =>
  edits.some(edit => {
    const start = moved(edit.start, edits.filter(each => each !== edit && each.start <= edit.start))
    return at >= start && at < start + edit.text.length
  })

const firstOfEachTitle = (fixes: readonly Fix[]): readonly Fix[] => fixes.filter(({ title }, i) => fixes.findIndex(each => each.title === title) === i)
