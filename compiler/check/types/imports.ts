import type { ts } from 'ts-morph'
import type { Look } from './look.ts'
import type { Edit } from './proposal.ts'

const types: ReadonlySet<string> = new Set(['Tensor', 'Key', 'Leaf'])

const fromLanguage = ({ ts, checker }: Look, node: ts.Statement): node is ts.ImportDeclaration =>
  ts.isImportDeclaration(node) && checker.getSymbolAtLocation(node.moduleSpecifier)?.declarations?.some(each => each.getSourceFile().fileName.includes('/compiler/language/')) === true

/** Names that the imports of a file bring in, whatever module they come from. */
const imported = ({ ts, file }: Look): ReadonlySet<string> =>
  new Set(file.statements.flatMap(each => {
    const bindings = ts.isImportDeclaration(each) ? each.importClause?.namedBindings : undefined
    return bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements.map(({ name }) => name.text) : []
  }))

/** The edits that import what is missing of some names of the language; undefined where the file does not import the language at all. */
export const importing = (look: Look, names: readonly string[]): readonly Edit[] | undefined => {
  const { ts, file } = look
  const there = imported(look)
  const missing = [...new Set(names)].filter(name => !there.has(name))
  if (missing.length === 0) return []
  const declarations = file.statements.filter(each => fromLanguage(look, each))
  const [first] = declarations
  if (first === undefined || !ts.isImportDeclaration(first)) return undefined
  for (const each of declarations) {
    const clause = ts.isImportDeclaration(each) ? each.importClause : undefined
    const bindings = clause?.namedBindings
    if (clause === undefined || bindings === undefined || !ts.isNamedImports(bindings) || clause.phaseModifier !== undefined) continue
    const last = bindings.elements[bindings.elements.length - 1]
    const text = missing.map(name => (types.has(name) ? `type ${name}` : name)).join(', ')
    return [last === undefined ? { start: bindings.getStart() + 1, end: bindings.getStart() + 1, text: ` ${text} ` } : { start: last.end, end: last.end, text: `, ${text}` }]
  }
  const text = `import { ${missing.map(name => (types.has(name) ? `type ${name}` : name)).join(', ')} } from ${first.moduleSpecifier.getText()}\n`
  return [{ start: first.getStart(), end: first.getStart(), text }]
}
