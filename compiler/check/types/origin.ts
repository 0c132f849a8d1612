import type { ts } from 'ts-morph'
import { shapeAt, type Look, type Shape } from './look.ts'
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
  if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return undefined
  const declaration = declarationOf(look, ts.isPropertyAccessExpression(node) ? node.name : node)
  return declaration === undefined ? undefined : ofDeclaration(look, declaration, called(look, node), shape, missing, depth)
}

/**
 * Where an expression got its axes: follows names to their declarations and operations that pass all axes on to their operands. With
 * `missing`, it stops where that axis was lost.
 */
export const originOf = (look: Look, node: ts.Expression, missing?: string): readonly Place[] => {
  const found = step(look, node, missing, 0)
  return found === undefined ? [] : [found]
}
