// Slips with sizes, in configurations, declarations and slices.
import { ts } from 'ts-morph'
import { axesRecordOf, callsOf, nodesOf, rangeOf, type Source } from '../look.ts'
import { replaced, type Kind, type Mutant } from '../mutant.ts'

/** Properties of a configuration that become sizes of axes. */
const sizes: ReadonlySet<string> = new Set(['image', 'patch', 'hidden', 'heads', 'inner', 'words', 'places', 'tokens', 'embed', 'queue', 'batch', 'groups', 'anchors', 'size', 'channels'])

/** One more and twice as many, wherever the named configurations say a size. */
export const configurationSize = (configurations: readonly string[]) => (source: Source): readonly Mutant[] => nodesOf(source).filter(ts.isPropertyAssignment).flatMap(node => {
  const { name, initializer } = node
  if (!ts.isIdentifier(name) || !sizes.has(name.text) || !ts.isNumericLiteral(initializer)) return []
  const declaration = ts.findAncestor(node, ts.isVariableDeclaration)
  if (declaration === undefined || !ts.isIdentifier(declaration.name) || !configurations.includes(declaration.name.text)) return []
  const value = Number(initializer.text.replace(/_/g, ''))
  return [value + 1, value * 2].map(after => replaced('size in a configuration', source.root, source.file, rangeOf(initializer), String(after)))
})

const isNumber = ({ look }: Source, node: ts.Node): boolean => (look.checker.getTypeAtLocation(node).flags & ts.TypeFlags.NumberLike) !== 0

/** Other numbers that the pattern of the parameters around a node names. */
const numbersAround = (source: Source, node: ts.Node): readonly string[] => {
  const f = ts.findAncestor(node, ts.isArrowFunction)
  if (f === undefined) return []
  const found: string[] = []
  const visit = (pattern: ts.BindingName): void => {
    if (ts.isIdentifier(pattern)) {
      if (isNumber(source, pattern)) found.push(pattern.text)
    } else for (const each of pattern.elements) if (ts.isBindingElement(each)) visit(each.name)
  }
  for (const { name } of f.parameters) visit(name)
  return found
}

/** A size of a declared tensor replaced by another that is at hand, or by one more. */
export const declaredSize = (source: Source): readonly Mutant[] => nodesOf(source).flatMap(node => {
  if (!(ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) || axesRecordOf(node) === undefined) return []
  const value = ts.isPropertyAssignment(node) ? node.initializer : node.name
  if (!isNumber(source, value)) return []
  const put = (after: string): Mutant => replaced('size of a declaration', source.root, source.file, rangeOf(value), ts.isPropertyAssignment(node) ? after : `${node.name.text}: ${after}`)
  const other = numbersAround(source, node).find(name => name !== value.getText())
  return [put(`${value.getText()} + 1`), ...(other === undefined ? [] : [put(other)])]
})

/** A number one further and one back. */
const beside = (node: ts.Expression): readonly string[] => (ts.isNumericLiteral(node) ? [String(Number(node.text) + 1), String(Number(node.text) - 1)] : [`${node.getText()} + 1`, `${node.getText()} - 1`])

const moved = (kind: Kind, source: Source, node: ts.Expression | undefined): readonly Mutant[] =>
  node === undefined || !isNumber(source, node) ? [] : beside(node).map(after => replaced(kind, source.root, source.file, rangeOf(node), after))

/** How many positions a slice has. */
export const sliceLength = (source: Source): readonly Mutant[] => callsOf(source, 'slice').flatMap(call => moved('length of a slice', source, call.arguments[2]))

/** Where a slice starts, and the position of `at`. */
export const sliceMoved = (source: Source): readonly Mutant[] => callsOf(source, 'slice', 'at').flatMap(call => moved('slice or position moved', source, call.arguments[1]))
