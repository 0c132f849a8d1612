import type { ts } from 'ts-morph'
import { shapeAt, shapeOf, type Look, type Shape } from './look.ts'
import { axesText, bare, called, calleeOf } from './wording.ts'

/** A place that a message refers to, and what is there. */
export interface Place {
  readonly node: ts.Node
  readonly sentence: string
}

/** The declaration behind a name, through imports. */
export const declarationOf = ({ ts, checker }: Look, node: ts.Node): ts.Declaration | undefined => {
  const found = ts.isShorthandPropertyAssignment(node.parent) ? checker.getShorthandAssignmentValueSymbol(node.parent) : checker.getSymbolAtLocation(node)
  const symbol = found !== undefined && (found.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(found) : found
  return symbol?.valueDeclaration ?? symbol?.declarations?.[0]
}

/** What `pair[1]` and, after `const [a, b] = [x, y]`, `b` stand for: an element of a list that is written down. */
const elementOf = (look: Look, node: ts.Expression): ts.Expression | undefined => {
  const { ts } = look
  const listed = (list: ts.Expression | undefined, i: number): ts.Expression | undefined => {
    const found = list === undefined ? undefined : bare(look, list)
    return found !== undefined && ts.isArrayLiteralExpression(found) ? found.elements[i] : undefined
  }
  if (ts.isElementAccessExpression(node)) {
    const declaration = declarationOf(look, node.expression)
    const variable = declaration !== undefined && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined
    return ts.isNumericLiteral(node.argumentExpression) ? listed(variable, Number(node.argumentExpression.text)) : undefined
  }
  const declaration = ts.isIdentifier(node) ? declarationOf(look, node) : undefined
  if (declaration === undefined || !ts.isBindingElement(declaration) || !ts.isArrayBindingPattern(declaration.parent)) return undefined
  const whole = declaration.parent.parent
  return ts.isVariableDeclaration(whole) ? listed(whole.initializer, declaration.parent.elements.indexOf(declaration)) : undefined
}

const subset = (small: readonly string[], large: readonly string[]): boolean => small.every(each => large.includes(each))

/** The tensors among the arguments of a call, with their axes. */
const operandsOf = (look: Look, call: ts.CallExpression): readonly { readonly node: ts.Expression; readonly shape: Shape }[] =>
  call.arguments.flatMap(node => {
    const shape = shapeAt(look, node)
    return shape === undefined || shape.dtype === 'key' ? [] : [{ node, shape }]
  })

const ofCall = (look: Look, call: ts.CallExpression, missing: string | undefined, depth: number): Place | undefined => {
  const result = shapeAt(look, call)
  if (result === undefined) return undefined
  const operands = operandsOf(look, call)
  const lost = operands.find(({ shape }) => missing !== undefined && shape.axes.includes(missing) && !result.axes.includes(missing))
  if (lost !== undefined) return { node: call, sentence: `'${missing}' goes here: ${calleeOf(look, call)} makes ${axesText(result)} of ${axesText(lost.shape)}` }
  const same = operands.find(({ shape }) => subset(result.axes, shape.axes) && subset(shape.axes, result.axes))
  const from = same === undefined ? undefined : step(look, same.node, missing, depth + 1)
  return from ?? { node: call, sentence: `${calleeOf(look, call)} gives ${axesText(result)} here` }
}

const ofDeclaration = (look: Look, declaration: ts.Declaration, name: string, shape: Shape, missing: string | undefined, depth: number): Place => {
  const { ts } = look
  if (ts.isVariableDeclaration(declaration) && declaration.type === undefined && declaration.initializer !== undefined) {
    const found = step(look, declaration.initializer, missing, depth + 1)
    if (found !== undefined) return found
  }
  if (ts.isPropertyAssignment(declaration) && ts.isCallExpression(declaration.initializer)) return { node: declaration, sentence: `${name} is declared over ${axesText(shape)} here, by ${calleeOf(look, declaration.initializer)}` }
  const what = ts.isParameter(declaration) ? 'is a parameter with' : 'is declared with'
  return { node: ts.isBindingElement(declaration) ? declaration.name : declaration, sentence: `${name} ${what} ${axesText(shape)} here` }
}

const step = (look: Look, given: ts.Expression, missing: string | undefined, depth: number): Place | undefined => {
  const { ts } = look
  if (depth > 12) return undefined
  const node = bare(look, given)
  const shape = shapeAt(look, node)
  if (shape === undefined) return undefined
  if (ts.isCallExpression(node)) return ofCall(look, node, missing, depth)
  const element = elementOf(look, node)
  if (element !== undefined) return step(look, element, missing, depth + 1)
  if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return undefined
  const declaration = declarationOf(look, ts.isPropertyAccessExpression(node) ? node.name : node)
  return declaration === undefined ? undefined : ofDeclaration(look, declaration, called(look, node), shape, missing, depth)
}

/** The entry of a tree of declarations that a value is typed by: of `p.norm`, and of a parameter declared as `Encoders['visionProjection']`. */
const entryOf = (look: Look, given: ts.Expression): ts.PropertyAssignment | undefined => {
  const { ts, checker } = look
  const node = bare(look, given)
  if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return undefined
  const declaration = declarationOf(look, ts.isPropertyAccessExpression(node) ? node.name : node)
  if (declaration === undefined || ts.isPropertyAssignment(declaration)) return declaration
  if (ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined) return entryOf(look, declaration.initializer)
  if (!ts.isParameter(declaration) || declaration.type === undefined || !ts.isIndexedAccessTypeNode(declaration.type)) return undefined
  const { objectType, indexType } = declaration.type
  if (!ts.isLiteralTypeNode(indexType) || !ts.isStringLiteral(indexType.literal)) return undefined
  const [found] = checker.getTypeFromTypeNode(objectType).getProperty(indexType.literal.text)?.declarations ?? []
  return found !== undefined && ts.isPropertyAssignment(found) ? found : undefined
}

/** Where a tree of tensors is declared. */
export const treeOriginOf = (look: Look, node: ts.Expression): readonly Place[] => {
  const { ts } = look
  const entry = entryOf(look, node)
  if (entry === undefined || !ts.isCallExpression(entry.initializer)) return []
  return [{ node: entry, sentence: `${called(look, node)} is declared here, by ${calleeOf(look, entry.initializer)}` }]
}

const leavesCarry = (look: Look, node: ts.Expression, axis: string): boolean =>
  look.checker.getTypeAtLocation(node).getProperties().some(each => shapeOf(look, look.checker.getTypeOfSymbol(each))?.axes.includes(axis) === true)

/** Parameters that a call is given as a tree, by where they are declared: they decide which axes go and which come. */
const treesOf = (look: Look, call: ts.CallExpression): readonly Place[] => call.arguments.flatMap(each => (shapeAt(look, each) === undefined ? treeOriginOf(look, each) : []))

/** Operands of a call that all lack an axis, so that it is none of the call's doing, each where it was made. */
const lackingOf = (look: Look, call: ts.CallExpression, missing: string): readonly Place[] => {
  const operands = operandsOf(look, call)
  return operands.length < 2 || operands.some(({ shape }) => shape.axes.includes(missing)) ? [] : operands.flatMap(({ node }) => step(look, node, undefined, 1) ?? [])
}

/**
 * Where an expression got its axes: follows names to their declarations and operations that pass all axes on to their operands. What was made by
 * parameters is followed to these too. With `missing`, it stops where that axis was lost, or names the operands that lack it.
 */
export const originOf = (look: Look, node: ts.Expression, missing?: string): readonly Place[] => {
  const found = step(look, node, missing, 0)
  if (found === undefined) return []
  const all = look.ts.isCallExpression(found.node) ? [found, ...treesOf(look, found.node), ...(missing === undefined ? [] : lackingOf(look, found.node, missing))] : [found]
  return all.filter(each => all.find(other => other.node === each.node) === each)
}

const enteredCall = (look: Look, call: ts.CallExpression, axis: string, depth: number): readonly Place[] => {
  const operands = call.arguments.flatMap(each => (look.ts.isArrayLiteralExpression(each) ? each.elements : [each]))
  const through = operands.map(each => entered(look, each, axis, depth + 1)).find(places => places.length > 0)
  const trees = treesOf(look, call)
  return through === undefined && trees.length === 0 ? [{ node: call, sentence: `'${axis}' comes in here, by ${calleeOf(look, call)}` }] : [...trees, ...(through ?? [])]
}

const entered = (look: Look, given: ts.Expression, axis: string, depth: number): readonly Place[] => {
  const { ts } = look
  const node = bare(look, given)
  if (depth > 12) return []
  if (shapeAt(look, node)?.axes.includes(axis) !== true) return leavesCarry(look, node, axis) ? treeOriginOf(look, node) : []
  if (ts.isCallExpression(node)) return enteredCall(look, node, axis, depth)
  const element = elementOf(look, node)
  if (element !== undefined) return [{ node: element, sentence: `'${axis}' is in ${called(look, node)}, made here` }, ...entered(look, element, axis, depth + 1)]
  if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return []
  const declaration = declarationOf(look, ts.isPropertyAccessExpression(node) ? node.name : node)
  if (declaration === undefined) return []
  if (ts.isVariableDeclaration(declaration) && declaration.type === undefined && declaration.initializer !== undefined) return [{ node: declaration, sentence: `'${axis}' is in ${called(look, node)}, made here` }, ...entered(look, declaration.initializer, axis, depth + 1)]
  const place = ts.isBindingElement(declaration) ? declaration.name : declaration
  const use: readonly Place[] = depth > 0 && !ts.isVariableDeclaration(node.parent) ? [{ node, sentence: `'${axis}' comes in here` }] : []
  return [...use, { node: place, sentence: `'${axis}' comes with ${called(look, node)}, declared here` }]
}

/** Where an expression got its axes, and where an axis that is not wanted came in: the declared tensor, or tree, behind the first operand that carries it. */
export const originsOf = (look: Look, node: ts.Expression, { missing, extra }: { readonly missing?: string | undefined; readonly extra?: string | undefined }): readonly Place[] => {
  const origin = originOf(look, node, missing)
  return [...origin, ...(extra === undefined ? [] : entered(look, node, extra, 0)).filter(each => !origin.some(other => other.node === each.node))]
}
