// What a change of some modules changes in what other modules compute: by the names that their top levels declare and say.
import { ts } from '@ts-morph/common'
import type { Span } from '../../compiler/check/finding.ts'
import { isOfTypes, outlineOf, type Statement, type Taken } from './outline.ts'

/** What was changed since the modules were read the last time. */
export interface Changes {
  /** Whether anything that a module declares or does may be computed otherwise than before. Comments, types and line breaks compute nothing. */
  readonly reaches: (file: string) => boolean
  /** Where a place of before is now; `undefined` where it is gone. */
  readonly moved: (span: Span) => Span | undefined
}

/** A module before and after a change; one of them is missing where the module is new or gone. */
export interface Changed {
  readonly file: string
  readonly before: ts.SourceFile | undefined
  readonly after: ts.SourceFile | undefined
}

interface Token {
  readonly text: string
  readonly start: number
}

/** The tokens of a statement or a whole module; with `values`, those that are more than types. */
const tokensOf = (source: ts.SourceFile, root: ts.Node, what: 'values' | 'everything' = 'values'): readonly Token[] => {
  const found: Token[] = []
  const walk = (node: ts.Node): void => {
    if (what === 'values' && isOfTypes(node)) return
    const children = node.getChildren(source)
    if (children.length > 0) children.forEach(walk)
    else if (node.getEnd() > node.getStart(source)) found.push({ text: node.getText(source), start: node.getStart(source) })
  }
  walk(root)
  return found
}

const sameTokens = (a: readonly Token[], b: readonly Token[]): boolean => a.length === b.length && a.every(({ text }, i) => text === b[i]?.text)

/** Comments that TypeScript obeys. */
const obeyed = /@ts-|\/\/\/\s*</

/** Whether nothing but comments, spaces and line breaks has changed: nothing that TypeScript says but its places. */
export const isSilent = ({ before, after }: Changed): boolean =>
  before !== undefined && after !== undefined && !obeyed.test(before.text) && !obeyed.test(after.text) && sameTokens(tokensOf(before, before, 'everything'), tokensOf(after, after, 'everything'))

/** Statements that stand in both, token by token, with the tokens of each. */
interface Kept {
  readonly statement: Statement
  readonly before: readonly Token[]
  readonly after: readonly Token[]
}

const key = ({ names, node }: Statement, i: number): string => (names.length > 0 ? names.join(',') : `${ts.SyntaxKind[node.kind]} ${i}`)

interface Difference {
  readonly kept: readonly Kept[]
  /** Names that are made otherwise, are new or are gone; `'*'` where the module does something else, or in another order. */
  readonly names: ReadonlySet<string>
}

const everything: Difference = { kept: [], names: new Set(['*']) }

/** What a module takes, in words that can be compared. */
const takenBy = (source: ts.SourceFile): ReadonlyMap<string, string> => {
  const { imports, exports, handedOn, run } = outlineOf(source)
  const text = ({ file, name }: Taken): string => `${file} ${name}`
  return new Map([...[...imports].map(([name, taken]) => [name, text(taken)] as const), ...[...exports].map(([name, taken]) => [name, text(taken)] as const), ['*', [...handedOn, ...run].join(' ')]])
}

const differenceOf = ({ before, after }: Changed): Difference => {
  if (before === undefined || after === undefined) return everything
  const [olds, news] = [before, after].map(source => new Map(outlineOf(source).statements.map((statement, i) => [key(statement, i), statement])))
  if (olds === undefined || news === undefined) return everything
  const stay = [...news.keys()].filter(name => olds.has(name))
  // What runs first is seen by what runs after it.
  if ([...olds.keys()].filter(name => news.has(name)).join() !== stay.join()) return everything
  const names = new Set<string>()
  const kept: Kept[] = []
  for (const [name, statement] of news) {
    const old = olds.get(name)
    const [was, is] = [old === undefined ? [] : tokensOf(before, old.node), tokensOf(after, statement.node)]
    if (old !== undefined && sameTokens(was, is)) kept.push({ statement, before: was, after: is })
    else (statement.names.length > 0 ? statement.names : ['*']).forEach(each => names.add(each))
  }
  for (const [name, { names: declared }] of olds) if (!news.has(name)) (declared.length > 0 ? declared : ['*']).forEach(each => names.add(each))
  const [took, takes] = [takenBy(before), takenBy(after)]
  for (const name of new Set([...took.keys(), ...takes.keys()])) if (took.get(name) !== takes.get(name)) names.add(name)
  return { kept, names }
}

/** The names of every module that a change reaches, of modules `files`: whatever says a name that is reached is reached. */
const reachedFrom = (differences: ReadonlyMap<string, Difference>, files: readonly string[], sourceOf: (file: string) => ts.SourceFile | undefined): ReadonlyMap<string, ReadonlySet<string>> => {
  const reached = new Map(files.map(file => [file, new Set(differences.get(file)?.names)]))
  const has = ({ file, name }: Taken): boolean => {
    const names = reached.get(file)
    return names !== undefined && names.size > 0 && (name === '*' || names.has(name) || names.has('*'))
  }
  const spread = (file: string, names: Set<string>): void => {
    const source = sourceOf(file)
    if (source === undefined) return
    const { statements, imports, exports, handedOn, run } = outlineOf(source)
    for (const [name, taken] of [...imports, ...exports]) if (has(taken)) names.add(name)
    for (const other of handedOn) reached.get(other)?.forEach(name => names.add(name))
    if (run.some(other => (reached.get(other)?.size ?? 0) > 0)) names.add('*')
    for (const { names: declared, says } of statements) {
      if (names.has('*') || [...says].some(name => names.has(name))) (declared.length > 0 ? declared : ['*']).forEach(name => names.add(name))
    }
  }
  const total = (): number => [...reached.values()].reduce((sum, names) => sum + names.size, 0)
  for (let before = -1; before !== total(); ) {
    before = total()
    for (const [file, names] of reached) spread(file, names)
  }
  return reached
}

/** The last token that begins at or before a position. */
const tokenAt = (tokens: readonly Token[], position: number): number => tokens.findLastIndex(({ start }) => start <= position)

const positionAfter = (kept: readonly Kept[], position: number): number | undefined => {
  for (const { before, after } of kept) {
    const [first, last] = [before[0], before[before.length - 1]]
    if (first === undefined || last === undefined || position < first.start || position > last.start + last.text.length) continue
    const i = tokenAt(before, position)
    const [was, is] = [before[i], after[i]]
    return was === undefined || is === undefined ? undefined : is.start + Math.min(position - was.start, was.text.length)
  }
  return undefined
}

/** What some changed modules change, among modules `files`, as they are now. */
export const changesOf = (changed: readonly Changed[], files: readonly string[], sourceOf: (file: string) => ts.SourceFile | undefined): Changes => {
  const differences = new Map(changed.map(each => [each.file, differenceOf(each)]))
  const reached = reachedFrom(differences, files, sourceOf)
  const pointAfter = ({ before, after, file }: Changed, line: number, column: number): { readonly line: number; readonly column: number } | undefined => {
    if (before === undefined || after === undefined || line > before.getLineStarts().length) return undefined
    const position = positionAfter(differences.get(file)?.kept ?? [], before.getPositionOfLineAndCharacter(line - 1, 0) + column - 1)
    const point = position === undefined ? undefined : after.getLineAndCharacterOfPosition(position)
    return point && { line: point.line + 1, column: point.character + 1 }
  }
  return {
    reaches: file => (reached.get(file)?.size ?? 1) > 0,
    moved: span => {
      const own = changed.find(({ file }) => file === span.file)
      if (own === undefined) return span
      const start = pointAfter(own, span.line, span.column)
      if (start === undefined || span.endLine === undefined || span.endColumn === undefined) return start && { file: span.file, ...start }
      const end = pointAfter(own, span.endLine, span.endColumn)
      return end && { file: span.file, ...start, endLine: end.line, endColumn: end.column }
    },
  }
}
