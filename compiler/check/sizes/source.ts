import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mapFrame, type Frame } from '../../program/site.ts'
import type { Span } from '../finding.ts'
import { typescript, type ts } from './typescript.ts'

const parsed = new Map<string, ts.SourceFile>()

/** A source file as it stands on the disk now; parsed again only where it changed. */
export const sourceAt = (file: string): ts.SourceFile | undefined => {
  if (!existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
  const before = parsed.get(file)
  if (before?.text === text) return before
  const T = typescript()
  const source = T.createSourceFile(file, text, T.ScriptTarget.Latest, true)
  parsed.set(file, source)
  return source
}

/** A place on the stack of calls: where it is in its source. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly source: ts.SourceFile | undefined
  readonly offset: number
}

export const placeOf = (frame: Frame): Place => {
  const { file: url, line, column } = mapFrame(frame)
  const file = fileURLToPath(url.replace(/[?#].*$/, ''))
  const source = sourceAt(file)
  const lines = source?.getLineStarts() ?? []
  return { file, line, column, source, offset: Math.min((lines[line - 1] ?? 0) + column - 1, source?.text.length ?? 0) }
}

export const spanOfNode = (node: ts.Node): Span => {
  const source = node.getSourceFile()
  const [from, to] = [source.getLineAndCharacterOfPosition(node.getStart()), source.getLineAndCharacterOfPosition(node.getEnd())]
  return { file: source.fileName, line: from.line + 1, column: from.character + 1, endLine: to.line + 1, endColumn: to.character + 1 }
}

/** The innermost node that a condition holds for, from a position outwards. */
export const enclosing = <N extends ts.Node>(start: ts.Node | undefined, is: (node: ts.Node) => node is N): N | undefined => {
  for (let node = start; node !== undefined; node = node.parent) if (is(node)) return node
  return undefined
}

const tokenAt = (source: ts.SourceFile, offset: number): ts.Node => {
  let node: ts.Node = source
  for (;;) {
    const child: ts.Node | undefined = typescript().forEachChild(node, each => (each.getStart() <= offset && offset < each.getEnd() ? each : undefined))
    if (child === undefined) return node
    node = child
  }
}

/** Where the engine says that a call happens: at the last name of what is called. */
const calledAt = (call: ts.CallExpression): number => {
  const { expression } = call
  return typescript().isPropertyAccessExpression(expression) ? expression.name.getStart() : expression.getStart()
}

/** The call that is made at a place; the innermost one where several begin there. */
export const callAt = ({ source, offset }: Place): ts.CallExpression | undefined => {
  if (source === undefined) return undefined
  const T = typescript()
  const token = tokenAt(source, offset)
  for (let node: ts.Node | undefined = token; node !== undefined; node = node.parent) if (T.isCallExpression(node) && (calledAt(node) === offset || node.getStart() === offset)) return node
  return enclosing(token, T.isCallExpression)
}

export type FunctionNode = ts.ArrowFunction | ts.FunctionExpression | ts.FunctionDeclaration | ts.MethodDeclaration
export const isFunction = (node: ts.Node): node is FunctionNode => {
  const T = typescript()
  return T.isArrowFunction(node) || T.isFunctionExpression(node) || T.isFunctionDeclaration(node) || T.isMethodDeclaration(node)
}

/** The function whose body runs at a place. */
export const functionAt = (place: Place): FunctionNode | undefined => (place.source === undefined ? undefined : enclosing(callAt(place) ?? tokenAt(place.source, place.offset), isFunction))

/** The name that a function is called by: its own, or that of the constant or property it is given to. */
export const nameOfFunction = (node: FunctionNode): string | undefined => {
  const T = typescript()
  if (node.name !== undefined) return node.name.getText()
  const { parent } = node
  return (T.isVariableDeclaration(parent) || T.isPropertyAssignment(parent)) && parent.name.getText() !== '' ? parent.name.getText() : undefined
}

/** `config.vision.hidden` without parentheses and assertions around it. */
export const bare = (node: ts.Expression): ts.Expression => {
  const T = typescript()
  if (T.isParenthesizedExpression(node) || T.isAsExpression(node) || T.isSatisfiesExpression(node) || T.isNonNullExpression(node)) return bare(node.expression)
  return node
}

/** What a name stands for. `path`: the properties that a pattern takes it from. */
export type Binding =
  | { readonly kind: 'value'; readonly value: ts.Expression; readonly path: readonly string[] }
  | { readonly kind: 'parameter'; readonly of: FunctionNode; readonly index: number; readonly path: readonly string[] }
  | { readonly kind: 'function'; readonly node: ts.FunctionDeclaration }

/** How a name occurs in a pattern: the properties that lead to it. */
const pathIn = (pattern: ts.BindingName, name: string): readonly string[] | undefined => {
  const T = typescript()
  if (T.isIdentifier(pattern)) return pattern.text === name ? [] : undefined
  for (const [i, element] of pattern.elements.entries()) {
    if (T.isOmittedExpression(element)) continue
    const rest = pathIn(element.name, name)
    if (rest === undefined) continue
    if (element.dotDotDotToken !== undefined) return rest
    return [T.isArrayBindingPattern(pattern) ? String(i) : (element.propertyName ?? element.name).getText(), ...rest]
  }
  return undefined
}

const inStatements = (statements: readonly ts.Statement[], name: string): Binding | undefined => {
  const T = typescript()
  for (const statement of statements) {
    if (T.isVariableStatement(statement)) {
      for (const { name: pattern, initializer } of statement.declarationList.declarations) {
        const path = initializer === undefined ? undefined : pathIn(pattern, name)
        if (initializer !== undefined && path !== undefined) return { kind: 'value', value: initializer, path }
      }
    }
    if (T.isFunctionDeclaration(statement) && statement.name?.text === name && statement.body !== undefined) return { kind: 'function', node: statement }
  }
  return undefined
}

const compiler = fileURLToPath(new URL('../../', import.meta.url))

/** The file of a module of the model; what the language itself does with a size says nothing about it. */
const moduleFile = (source: ts.SourceFile, specifier: ts.Expression | undefined): string | undefined => {
  if (specifier === undefined || !typescript().isStringLiteral(specifier) || !specifier.text.startsWith('.')) return undefined
  const path = resolve(dirname(source.fileName), specifier.text)
  const file = [path, `${path}.ts`, path.replace(/\.js$/, '.ts')].find(existsSync)
  return file === undefined || realpathSync(file).startsWith(compiler) ? undefined : file
}

/** What a module exports under a name, through other modules that it passes on. */
const exported = (file: string, name: string, depth = 0): Binding | undefined => {
  const T = typescript()
  const source = depth > 8 ? undefined : sourceAt(file)
  if (source === undefined) return undefined
  const own = inStatements(source.statements, name)
  if (own !== undefined) return own
  for (const statement of source.statements) {
    if (!T.isExportDeclaration(statement)) continue
    const from = moduleFile(source, statement.moduleSpecifier)
    const { exportClause } = statement
    const before = exportClause === undefined ? name : T.isNamedExports(exportClause) ? exportClause.elements.find(each => each.name.text === name) : undefined
    if (from === undefined || before === undefined) continue
    const found = exported(from, typeof before === 'string' ? before : (before.propertyName ?? before.name).getText(), depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

const imported = (source: ts.SourceFile, name: string): Binding | undefined => {
  const T = typescript()
  for (const statement of source.statements) {
    const bindings = T.isImportDeclaration(statement) ? statement.importClause?.namedBindings : undefined
    if (!T.isImportDeclaration(statement) || bindings === undefined || !T.isNamedImports(bindings)) continue
    const element = bindings.elements.find(each => each.name.text === name)
    const file = element === undefined ? undefined : moduleFile(source, statement.moduleSpecifier)
    if (element !== undefined && file !== undefined) return exported(file, (element.propertyName ?? element.name).getText())
  }
  return undefined
}

/** What a name means where it stands. */
export const bindingOf = (identifier: ts.Identifier): Binding | undefined => {
  const T = typescript()
  const name = identifier.text
  for (let node: ts.Node | undefined = identifier.parent; node !== undefined; node = node.parent) {
    if (isFunction(node)) {
      for (const [index, { name: pattern }] of node.parameters.entries()) {
        const path = pathIn(pattern, name)
        if (path !== undefined) return { kind: 'parameter', of: node, index, path }
      }
    }
    const found = T.isBlock(node) || T.isSourceFile(node) ? inStatements(node.statements, name) : undefined
    if (found !== undefined) return found
  }
  return imported(identifier.getSourceFile(), name)
}
