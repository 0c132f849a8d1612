import { ts } from 'ts-morph'
import type { Finding, Span } from '../../compiler/check/finding.ts'
import { topOf } from './look.ts'
import type { Mutant } from './mutant.ts'

/**
 * How near to a slip a finding is: `at` the expression that was changed, the call or declaration that it is directly part of, or another part
 * of that; `named`: at the expression where it clashes, with the changed one among the places that the finding names; `near`: the same line
 * or the same top declaration; else `elsewhere`.
 */
export type Nearness = 'at' | 'named' | 'near' | 'elsewhere'
export const nearnesses: readonly Nearness[] = ['at', 'named', 'near', 'elsewhere']

/** The innermost node that covers a stretch. */
const covering = (file: ts.SourceFile, start: number, end: number): ts.Node => {
  const within = (node: ts.Node): ts.Node => {
    const child = ts.forEachChild(node, each => (each.getStart(file) <= start && each.end >= end && each.end > each.getStart(file) ? each : undefined))
    return child === undefined ? node : within(child)
  }
  return within(file)
}

/** Nodes that say the same stretch, outermost first. */
const outermost = (node: ts.Node): ts.Node => (node.parent !== undefined && !ts.isSourceFile(node.parent) && node.parent.getStart() === node.getStart() && node.parent.end === node.end ? outermost(node.parent) : node)

const isUser = (node: ts.Node): boolean => ts.isCallExpression(node) || ts.isBinaryExpression(node) || ts.isVariableDeclaration(node) || ts.isReturnStatement(node) || (ts.isPropertyAssignment(node) && !ts.isCallExpression(node.parent.parent)) || ts.isArrowFunction(node) || ts.isConditionalExpression(node)

/** What a node is directly part of: the next call, declaration or operator around it. */
const userOf = (node: ts.Node): ts.Node | undefined => {
  const parent: ts.Node | undefined = node.parent
  return parent === undefined || ts.isSourceFile(parent) ? undefined : isUser(parent) ? parent : userOf(parent)
}

const partsOf = (node: ts.Node): readonly ts.Node[] => {
  if (ts.isCallExpression(node)) return [node.expression, ...(ts.isPropertyAccessExpression(node.expression) ? [node.expression.name] : []), ...node.arguments, ...node.arguments.flatMap(each => (ts.isObjectLiteralExpression(each) ? each.properties.flatMap(property => [property, ...(ts.isPropertyAssignment(property) ? [property.name, property.initializer] : [])]) : ts.isArrayLiteralExpression(each) ? each.elements : []))]
  if (ts.isVariableDeclaration(node)) return [node.name, ...(node.initializer === undefined ? [] : [node.initializer])]
  if (ts.isPropertyAssignment(node)) return [node.name, node.initializer]
  if (ts.isBinaryExpression(node)) return [node.left, node.right]
  return []
}

/** Calls of what a call gives: `f(p)(x)`. */
const outerCalls = (node: ts.Node): readonly ts.Node[] => (ts.isCallExpression(node) && ts.isCallExpression(node.parent) && node.parent.expression === node ? [node.parent, ...node.parent.arguments, ...outerCalls(node.parent)] : [])

/** The name that a call is declared under: `norm: layerNormParams({ hidden })`. */
const declared = (node: ts.Node): readonly ts.Node[] => (ts.isPropertyAssignment(node.parent) || ts.isVariableDeclaration(node.parent) ? [node.parent, node.parent.name] : [])

interface Stretch {
  readonly start: number
  readonly end: number
}

/** The stretches that are the place of a slip, in the text with the slip in it. */
const exactPlaces = (file: ts.SourceFile, { start, after }: Mutant): readonly Stretch[] => {
  const put = after.trimEnd()
  const lead = put.length - put.replace(/^[\s,]+/, '').length
  const changed = outermost(covering(file, start + lead, start + put.length))
  const user = userOf(changed)
  const nodes = [changed, ...partsOf(changed), ...(ts.isPropertyAccessExpression(changed) ? [changed.name] : []), ...(user === undefined ? [] : [user, ...partsOf(user), ...outerCalls(user), ...declared(user)])]
  return [{ start, end: start + put.length }, ...nodes.map(node => ({ start: node.getStart(file), end: node.end }))].filter(({ start: from, end }) => end - from < 2000)
}

const offsetOf = (file: ts.SourceFile, line: number, column: number): number => (file.getLineStarts()[line - 1] ?? file.text.length) + column - 1

const isAt = (file: ts.SourceFile, { line, column, endLine, endColumn }: Span, places: readonly Stretch[]): boolean => {
  const start = offsetOf(file, line, column)
  const end = endLine === undefined || endColumn === undefined ? undefined : offsetOf(file, endLine, endColumn)
  return places.some(place => place.start === start && (end === undefined || place.end === end))
}

const isNear = (file: ts.SourceFile, mutant: Mutant, { line, column }: Span): boolean => {
  if (line === mutant.line) return true
  const top = topOf(covering(file, mutant.start, mutant.start + Math.max(1, mutant.after.trimEnd().length)))
  const offset = offsetOf(file, line, column)
  return !ts.isSourceFile(top) && offset >= top.getStart(file) && offset < top.end
}

/** `models/albef/text.ts:41:20`. */
export const spanText = ({ file, line, column }: Span): string => `${file}:${line}:${column}`

/** The nearest that any of the findings comes to a slip; `text` is the file with the slip in it, and spans name files from the root. */
export const nearnessOf = (mutant: Mutant, text: string, findings: readonly Finding[]): Nearness => {
  const file = ts.createSourceFile(mutant.file, text, ts.ScriptTarget.Latest, true)
  const places = exactPlaces(file, mutant)
  const here = (span: Span): boolean => span.file === mutant.file
  if (findings.some(({ span }) => here(span) && isAt(file, span, places))) return 'at'
  if (findings.some(({ related }) => related.some(({ span }) => here(span) && isAt(file, span, places)))) return 'named'
  return findings.some(({ span, related }) => [span, ...related.map(each => each.span)].some(each => here(each) && isNear(file, mutant, each))) ? 'near' : 'elsewhere'
}
