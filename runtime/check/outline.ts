// The top level of a module: which names it declares, what each is made of, and what it takes from other modules.
import { dirname, resolve } from 'node:path'
import { ts } from '@ts-morph/common'

/** Something that runs when a module is read. What only types say is left out: it runs nowhere. */
export interface Statement {
  readonly node: ts.Statement
  /** What it declares, as this module says it; empty for a statement that only does something. */
  readonly names: readonly string[]
  /** Every name that it says, of whatever. */
  readonly says: ReadonlySet<string>
}

/** A name of another module. `'*'` is all that it has. */
export interface Taken {
  readonly file: string
  readonly name: string
}

export interface Outline {
  readonly statements: readonly Statement[]
  /** What the names are that other modules declare, by the name that they have here. */
  readonly imports: ReadonlyMap<string, Taken>
  /** What the module hands on under another name, or from another module. */
  readonly exports: ReadonlyMap<string, Taken>
  /** Modules all of whose names are handed on. */
  readonly handedOn: readonly string[]
  /** Modules that are read for what they do. */
  readonly run: readonly string[]
}

const isErased = (node: ts.Node): boolean => ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)
/** Types say nothing to whoever runs a module; what a class extends does. */
export const isOfTypes = (node: ts.Node): boolean => isErased(node) || ts.isTypeParameterDeclaration(node) || (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node))

const namesIn = (binding: ts.BindingName): readonly string[] =>
  ts.isIdentifier(binding) ? [binding.text] : binding.elements.flatMap(element => (ts.isOmittedExpression(element) ? [] : namesIn(element.name)))

const declaredBy = (node: ts.Statement): readonly string[] => {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.flatMap(({ name }) => namesIn(name))
  if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) return [node.name?.text ?? 'default']
  return ts.isExportAssignment(node) ? ['default'] : []
}

const saidBy = (statement: ts.Statement): ReadonlySet<string> => {
  const said = new Set<string>()
  const walk = (node: ts.Node): void => {
    if (isOfTypes(node)) return
    if (ts.isIdentifier(node)) said.add(node.text)
    ts.forEachChild(node, walk)
  }
  walk(statement)
  return said
}

const moduleOf = (source: ts.SourceFile, specifier: ts.Expression | undefined): string | undefined =>
  specifier !== undefined && ts.isStringLiteral(specifier) && specifier.text.startsWith('.') ? resolve(dirname(source.fileName), specifier.text) : undefined

const importedBy = ({ importClause: clause }: ts.ImportDeclaration, file: string): readonly (readonly [string, Taken])[] => {
  if (clause === undefined || clause.isTypeOnly) return []
  const named = clause.namedBindings
  const whole: readonly (readonly [string, Taken])[] = clause.name === undefined ? [] : [[clause.name.text, { file, name: 'default' }]]
  if (named === undefined) return whole
  if (ts.isNamespaceImport(named)) return [...whole, [named.name.text, { file, name: '*' }]]
  return [...whole, ...named.elements.filter(({ isTypeOnly }) => !isTypeOnly).map(({ name, propertyName }) => [name.text, { file, name: (propertyName ?? name).text }] as const)]
}

const exportedBy = (clause: ts.NamedExportBindings, file: string): readonly (readonly [string, Taken])[] =>
  ts.isNamespaceExport(clause) ? [[clause.name.text, { file, name: '*' }]] : clause.elements.filter(({ isTypeOnly }) => !isTypeOnly).map(({ name, propertyName }) => [name.text, { file, name: (propertyName ?? name).text }] as const)

const outlined = (source: ts.SourceFile): Outline => {
  const [imports, exports] = [new Map<string, Taken>(), new Map<string, Taken>()]
  const [statements, handedOn, run]: readonly [Statement[], string[], string[]] = [[], [], []]
  for (const node of source.statements) {
    if (isErased(node)) continue
    if (ts.isImportDeclaration(node)) {
      const file = moduleOf(source, node.moduleSpecifier)
      if (file !== undefined && node.importClause === undefined) run.push(file)
      if (file !== undefined) for (const [name, taken] of importedBy(node, file)) imports.set(name, taken)
    } else if (ts.isExportDeclaration(node)) {
      const file = node.moduleSpecifier === undefined ? source.fileName : moduleOf(source, node.moduleSpecifier)
      if (node.isTypeOnly || file === undefined) continue
      if (node.exportClause === undefined) handedOn.push(file)
      else for (const [name, taken] of exportedBy(node.exportClause, file)) exports.set(name, taken)
    } else statements.push({ node, names: declaredBy(node), says: saidBy(node) })
  }
  return { statements, imports, exports, handedOn, run }
}

const known = new WeakMap<ts.SourceFile, Outline>()

export const outlineOf = (source: ts.SourceFile): Outline => {
  const outline = known.get(source) ?? outlined(source)
  known.set(source, outline)
  return outline
}
