import type { ts } from 'ts-morph'
import { shapeAt, shapeOf, type Carried, type Look } from './look.ts'
import { declarationOf } from './origin.ts'
import { averaging, renaming } from './proposal.ts'
import type { Told } from './told.ts'
import { bare, called, hasText, quoted } from './wording.ts'

/** What a function returns, in its own body. */
const returnsOf = ({ ts }: Look, f: ts.Node): readonly ts.Expression[] => {
  if (!ts.isFunctionLike(f) || !('body' in f) || f.body === undefined) return []
  if (ts.isArrowFunction(f) && !ts.isBlock(f.body)) return [f.body]
  const found: ts.Expression[] = []
  const walk = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return
    if (ts.isReturnStatement(node) && node.expression !== undefined) found.push(node.expression)
    ts.forEachChild(node, walk)
  }
  ts.forEachChild(f, walk)
  return found
}

/** The function behind an expression: itself, or the one that its name stands for. */
const functionOf = (look: Look, given: ts.Expression): ts.Node => {
  const { ts } = look
  const node = bare(look, given)
  if (!ts.isIdentifier(node)) return node
  const declaration = declarationOf(look, node)
  return declaration !== undefined && ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined ? functionOf(look, declaration.initializer) : declaration ?? node
}

export const lossHasAxes = (look: Look, node: ts.Expression, { op, args: [axes = []] }: Carried): Told => {
  const { ts } = look
  const results = returnsOf(look, functionOf(look, node)).map(each => {
    const inner = bare(look, each)
    return op === 'valueAndGradWithAux' && ts.isArrayLiteralExpression(inner) ? inner.elements[0] ?? inner : inner
  })
  return {
    code: 'AX016', node,
    sentence: `${op}: the loss still has ${quoted(axes)}, wanted a number; take the mean or the sum first`,
    related: results.filter(each => (shapeAt(look, each)?.axes.length ?? 0) > 0).map(each => ({ node: each, sentence: hasText(look, each) })),
    proposals: () => (results.length === 0 || results.some(each => each.getSourceFile() !== node.getSourceFile()) ? [] : [averaging(results)]),
  }
}

export const notDifferentiable = (look: Look, node: ts.Expression, { args: [has = []] }: Carried): Told => {
  const [signature] = look.checker.getTypeAtLocation(node).getCallSignatures()
  const tree = signature === undefined ? look.checker.getTypeAtLocation(node) : signature.parameters[0] === undefined ? undefined : look.checker.getTypeOfSymbol(signature.parameters[0])
  const leaves = tree === undefined ? [] : tree.getProperties().filter(each => {
    const shape = shapeOf(look, look.checker.getTypeOfSymbol(each))
    return shape !== undefined && shape.dtype !== 'f32'
  })
  const types = [...new Set([...has.filter(each => !each.includes('<')), ...leaves.map(each => shapeOf(look, look.checker.getTypeOfSymbol(each))?.dtype ?? '')])].filter(each => each !== '')
  const where = leaves.length === 0 ? '' : ` (${leaves.map(({ name }) => `'${name}'`).join(', ')})`
  return {
    code: 'AX010', node,
    sentence: `no gradient with respect to a leaf of ${types.join(' or ')}${where}: what is differentiated is a tree of f32; give the rest beside it`,
    related: leaves.flatMap(each => (each.valueDeclaration === undefined ? [] : [{ node: each.valueDeclaration, sentence: `'${each.name}' is declared here` }])),
    proposals: () => [],
  }
}

/** Names from outside a function whose tensors carry an axis: what it captures. */
const capturedWith = (look: Look, f: ts.Node, axis: string): readonly ts.Identifier[] => {
  const { ts } = look
  const found: ts.Identifier[] = []
  const walk = (node: ts.Node): void => {
    if (ts.isTypeNode(node)) return
    if (ts.isIdentifier(node) && !ts.isPropertyAssignment(node.parent) && shapeAt(look, node)?.axes.includes(axis) === true) {
      const declaration = declarationOf(look, node)
      const inside = declaration !== undefined && declaration.getSourceFile() === f.getSourceFile() && declaration.pos >= f.pos && declaration.end <= f.end
      if (!inside && !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node)) found.push(node)
    }
    ts.forEachChild(node, walk)
  }
  walk(f)
  return found
}

export const invisibleInside = (look: Look, node: ts.Expression, { op, args: [axes = []] }: Carried): Told => {
  const { checker } = look
  const [axis = ''] = axes
  const f = functionOf(look, node)
  const [signature] = checker.getTypeAtLocation(node).getCallSignatures()
  const parameter = signature?.parameters.find(each => each.valueDeclaration !== undefined && shapeOf(look, checker.getTypeOfSymbol(each))?.axes.includes(axis) === true)
  if (parameter?.valueDeclaration !== undefined) {
    const sentence = `${op} over '${axis}': ${called(look, node)} takes ${parameter.name} with '${axis}' itself; inside, one example has no '${axis}', so declare ${parameter.name} without it`
    return { code: 'AX006', node, sentence, related: [{ node: parameter.valueDeclaration, sentence: `${parameter.name} is declared with '${axis}' here` }], proposals: () => [] }
  }
  const captured = capturedWith(look, f, axis)
  const names = [...new Set(captured.map(({ text }) => text))]
  const said = names.length === 0 ? 'a captured tensor' : names.join(' and ')
  const other = axis === 'batch' ? 'candidate' : `other${axis.slice(0, 1).toUpperCase()}${axis.slice(1)}`
  return {
    code: 'AX006', node,
    sentence: `${op} over '${axis}': ${called(look, node)} captures ${said}, which ${names.length > 1 ? 'carry' : 'carries'} '${axis}' into the result; rename it there, or pass ${names.length > 1 ? 'them' : 'it'} as an argument`,
    related: captured.slice(0, 4).map(each => ({ node: each, sentence: `${each.text} with '${axis}' is captured here` })),
    proposals: () => captured.filter(each => each.getSourceFile() === look.file).map(each => renaming(look, each, axis, other)),
  }
}
