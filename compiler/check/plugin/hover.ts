import type { ts } from 'ts-morph'
import { inOrder, shapeAt, type Look, type Shape } from '../types/look.ts'
import { nodeAt } from '../types/rewrite.ts'
import { tensorText } from '../types/wording.ts'
import { sizesText, together, type SeenSizes } from './sizes.ts'

/** A tensor under the cursor: the expression or name it is, and its shape. */
interface Pointed {
  readonly node: ts.Node
  readonly shape: Shape
}

/** The tensor at a place: of a name the property access or the call that it is part of, of brackets the call around them. */
const tensorAt = (look: Look, position: number): Pointed | undefined => {
  const { ts, file } = look
  const climb = (node: ts.Node | undefined): Pointed | undefined => {
    if (node === undefined || ts.isStatement(node) || ts.isTypeNode(node) || ts.isSourceFile(node) || ts.isFunctionLike(node)) return undefined
    const { parent } = node
    if (parent !== undefined && ts.isPropertyAccessExpression(parent) && parent.name === node) return climb(parent)
    if (parent !== undefined && ts.isPropertyAssignment(parent) && parent.name === node) return climb(parent.initializer)
    if (parent !== undefined && ts.isCallExpression(parent) && parent.expression === node) return climb(parent)
    const shape = shapeAt(look, node)
    const alone = look.checker.getTypeAtLocation(node).getCallSignatures().length === 0
    if (shape !== undefined && alone && shape.open.length === 0) return { node, shape }
    return ts.isIdentifier(node) || ts.isStringLiteral(node) ? undefined : climb(parent)
  }
  const innermost = nodeAt(file, ts, position, position)
  return climb(ts.isStringLiteral(innermost) || ts.isNumericLiteral(innermost) ? undefined : innermost)
}

/** Uses of a name in its file: what a parameter was is seen where it is used. */
const usesOf = ({ ts, checker, file }: Look, name: ts.Identifier): readonly ts.Identifier[] => {
  const symbol = checker.getSymbolAtLocation(name)
  const found: ts.Identifier[] = []
  const walk = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === name.text && (ts.isShorthandPropertyAssignment(node.parent) ? checker.getShorthandAssignmentValueSymbol(node.parent) : checker.getSymbolAtLocation(node)) === symbol) found.push(node)
    ts.forEachChild(node, walk)
  }
  if (symbol !== undefined) walk(file)
  return found
}

type Lookup = (start: number, end: number) => SeenSizes | undefined

const sizesOf = (look: Look, node: ts.Node, lookup: Lookup): SeenSizes | undefined => {
  const { ts } = look
  const own = lookup(node.getStart(), node.end)
  if (own !== undefined || !ts.isIdentifier(node)) return own
  const { parent } = node
  const initial = ts.isVariableDeclaration(parent) && parent.name === node && parent.initializer !== undefined ? lookup(parent.initializer.getStart(), parent.initializer.end) : undefined
  if (initial !== undefined) return initial
  const all = usesOf(look, node).map(use => lookup(use.getStart(), use.end)).filter(each => each !== undefined)
  return all.length === 0 ? undefined : together(all)
}

/** The axes in the order in which the trace lists them, where there was one. */
const ordered = (look: Look, shape: Shape, seen: SeenSizes | undefined): Shape => {
  const listed = Object.values(seen ?? {})[0]?.[0]?.split(', ').map(each => each.slice(0, each.lastIndexOf(' '))) ?? []
  const known = listed.filter(axis => shape.axes.includes(axis))
  return { ...shape, axes: [...known, ...inOrder(look, shape.axes).filter(axis => !known.includes(axis))] }
}

/** What a hover adds: the tensor at a place with its axes, and the sizes that each configuration gave it. */
export const hoverOf = (look: Look, position: number, lookup: Lookup): { readonly node: ts.Node; readonly text: string } | undefined => {
  const pointed = tensorAt(look, position)
  if (pointed === undefined) return undefined
  const seen = sizesOf(look, pointed.node, lookup)
  const sizes = seen === undefined ? '' : sizesText(seen)
  return { node: pointed.node, text: `${tensorText(ordered(look, pointed.shape, seen))}${sizes === '' ? '' : `  ${sizes}`}` }
}
