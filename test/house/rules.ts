// The rules of the house that a parser alone can check: who imports whom, and words that switch the type checker off.
import { dirname, extname, join, normalize } from 'node:path'
import { isBuiltin } from 'node:module'
import { ts } from 'ts-morph'

/** The packages that package.json names. */
export type Packages = { readonly dependencies: ReadonlySet<string>, readonly devDependencies: ReadonlySet<string> }

// What the files of a top folder may import, as path prefixes.
const mayImport: ReadonlyMap<string, readonly string[]> = new Map([
  ['compiler', ['compiler/']],
  ['models', ['models/', 'compiler/language/']],
  ['runtime', ['runtime/', 'compiler/']],
  ['examples', ['examples/', 'models/', 'runtime/', 'compiler/']],
  ['test', ['test/', 'examples/', 'models/', 'runtime/', 'compiler/']],
])

const strictFolders: ReadonlySet<string> = new Set(['compiler', 'runtime', 'models'])

const extensions: ReadonlySet<string> = new Set(['.ts', '.mjs', '.json'])

const topFolder = (path: string): string => path.slice(0, Math.max(0, path.indexOf('/')))

const packageName = (specifier: string): string =>
  specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')

/** The module a node imports or re-exports, also by `import('x')` and by the type `import('x').T`. */
const importedModule = (node: ts.Node): ts.StringLiteralLike | undefined => {
  const named = (expression: ts.Node | undefined) =>
    expression !== undefined && ts.isStringLiteralLike(expression) ? expression : undefined
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return named(node.moduleSpecifier)
  if (ts.isCallExpression(node) && (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require')) return named(node.arguments[0])
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return named(node.argument.literal)
  return undefined
}

const relativeFault = (path: string, specifier: string): string | undefined => {
  const target = normalize(join(dirname(path), specifier))
  if (target.startsWith('..')) return `imports ${specifier}, which lies outside the project`
  if (!extensions.has(extname(target))) return `imports ${specifier}: a relative import names its file with the extension`
  const allowed = mayImport.get(topFolder(path)) ?? []
  if (!target.includes('/') || allowed.some(prefix => target.startsWith(prefix))) return undefined
  return `imports ${target}: ${topFolder(path)}/ may import ${allowed.join(', ')} only`
}

const packageFault = (path: string, specifier: string, packages: Packages): string | undefined => {
  const folder = topFolder(path)
  if (folder === 'models') return `imports ${specifier}: models/ is written in the language alone`
  if (isBuiltin(specifier)) return undefined
  const name = packageName(specifier)
  if (packages.dependencies.has(name) || (folder === 'test' && packages.devDependencies.has(name))) return undefined
  return packages.devDependencies.has(name)
    ? `imports ${name}, which is a package of the tests only (devDependencies)`
    : `imports ${name}, which package.json does not name`
}

const importFault = (path: string, specifier: string, packages: Packages): string | undefined =>
  specifier.startsWith('.') ? relativeFault(path, specifier) : packageFault(path, specifier, packages)

const isAsConst = (node: ts.AsExpression): boolean => node.type.getText() === 'const'

const wordFault = (node: ts.Node): string | undefined => {
  if (node.kind === ts.SyntaxKind.AnyKeyword) return "says 'any', which switches the type checker off"
  if (ts.isAsExpression(node) && !isAsConst(node)) return "says 'as', which overrules the type checker (only 'as const' is allowed)"
  if (ts.isTypeAssertionExpression(node)) return "says '<T>value', which overrules the type checker"
  if (ts.isEnumDeclaration(node)) return "declares an 'enum'; use a union of literals"
  return undefined
}

/**
 * Every breach of the rules in one source file, one sentence each, `path:line:column` first.
 * `path` is relative to the project root, with slashes.
 */
export const breaches = (path: string, text: string, packages: Packages): readonly string[] => {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const strict = strictFolders.has(topFolder(path)) && path.endsWith('.ts')
  const found: string[] = []
  const note = (node: ts.Node, fault: string | undefined): void => {
    if (fault === undefined) return
    const { line, character } = source.getLineAndCharacterOfPosition(node.getStart())
    found.push(`${path}:${line + 1}:${character + 1} ${fault}.`)
  }
  const visit = (node: ts.Node): void => {
    const imported = importedModule(node)
    if (imported !== undefined) note(imported, importFault(path, imported.text, packages))
    if (strict) note(node, wordFault(node))
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}
