import type { ts } from 'ts-morph'
import { carriedBy, concernsTensors, inOrder, shapeAt, type Look, type TypeScript } from './look.ts'
import { toldBy } from './mistakes.ts'
import { toldOfCount, toldOfElements, toldOfIncrement, toldOfIndex, toldOfIteration, toldOfOperator, toldOfProperty } from './others.ts'
import { hasText, quoted } from './wording.ts'
import { toldOfMismatch, toldOfSize } from './wanted.ts'
import type { Told } from './told.ts'

/** The innermost node that covers a stretch, and of several that cover the same the outermost. */
export const nodeAt = (file: ts.SourceFile, ts: TypeScript, start: number, end: number): ts.Node => {
  const within = (node: ts.Node): ts.Node => {
    const child = ts.forEachChild(node, each => (each.getStart(file) <= start && each.end >= end && each.end > each.pos ? each : undefined))
    return child === undefined ? node : within(child)
  }
  const climb = (node: ts.Node): ts.Node => (node.parent !== undefined && !ts.isSourceFile(node.parent) && !ts.isStatement(node.parent) && node.parent.getStart(file) === node.getStart(file) && node.parent.end === node.end ? climb(node.parent) : node)
  return climb(within(file))
}

/** The expression that a complaint is about: what is returned, assigned or given under a name, rather than the word before it. */
const expressionAt = ({ ts }: Look, node: ts.Node): ts.Expression | undefined => {
  if (ts.isReturnStatement(node)) return node.expression
  const { parent } = node
  if (parent !== undefined && ts.isPropertyAssignment(parent) && parent.name === node) return parent.initializer
  if (parent !== undefined && ts.isVariableDeclaration(parent) && parent.name === node) return parent.initializer
  if (parent !== undefined && ts.isPropertyDeclaration(parent) && parent.name === node) return parent.initializer
  if (parent !== undefined && ts.isBinaryExpression(parent) && parent.left === node && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken) return parent.right
  if (parent !== undefined && ts.isSatisfiesExpression(parent)) return parent.expression
  if (ts.isSatisfiesExpression(node)) return node.expression
  if (ts.isShorthandPropertyAssignment(node)) return node.name
  if (ts.isPropertyAssignment(node) || ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isPropertyDeclaration(node)) return node.initializer
  return ts.isExpression(node) ? node : undefined
}

/** The number of TypeScript for `satisfies`: the one below 2000 that is about types. */
const satisfies = 1360
type Rule = (look: Look, node: ts.Node) => Told | undefined

/** What TypeScript complains of by number, whatever is wanted there. */
const rules: readonly (readonly [codes: readonly number[], rule: Rule])[] = [
  [[2362, 2363, 2365, 2367], toldOfOperator],
  [[2356, 2357], toldOfIncrement],
  [[2339, 2551, 2353, 2561], toldOfProperty],
  [[2554, 2555, 2556], toldOfCount],
  [[7053, 7015, 7017], toldOfIndex],
  [[2488, 2461, 2495, 2548, 2549, 2569], toldOfIteration],
]
const byCode: ReadonlyMap<number, Rule> = new Map(rules.flatMap(([codes, rule]) => codes.map(code => [code, rule] as const)))

const byWanted = (look: Look, node: ts.Expression): Told | undefined => {
  const wanted = look.checker.getContextualType(node)
  if (wanted === undefined) return undefined
  const [carried] = carriedBy(look, wanted)
  if (carried !== undefined) return toldBy(look, node, carried)
  return toldOfElements(look, node, wanted) ?? toldOfSize(look, node, wanted) ?? toldOfMismatch(look, node, wanted)
}

/** Errors inside a type that is wanted: `{ step: NotDifferentiable<…> }`. */
const byDeepWanted = (look: Look, node: ts.Expression): Told | undefined => {
  const wanted = look.checker.getContextualType(node)
  const carried = wanted?.getProperties().flatMap(each => carriedBy(look, look.checker.getTypeOfSymbol(each)))[0]
  return carried === undefined ? undefined : toldBy(look, node, carried)
}

const words = /\b(Tensor|Leaf|Key|Declaration|NoSuchAxis|AxisTaken|NotNested|InvisibleInside|NoOperandHasAll|AxesDiffer|WrongElements|ElementsDiffer|OneAxisWanted|LossHasAxes|NotDifferentiable)</

/** TypeScript's words with axes as everywhere: the last resort, so that no error is lost. */
const readable = (look: Look, text: string): string => {
  const axesIn = (axes: string): string => quoted(inOrder(look, axes.split(' | ').map(each => each.slice(1, -1))))
  const [first = text] = text.split('\n')
  return first.replace(/Tensor<((?:"[^"]*"(?: \| )?)+|never), "f32">/g, (_, axes: string) => (axes === 'never' ? 'Tensor' : `Tensor<${axesIn(axes)}>`)).replace(/Tensor<((?:"[^"]*"(?: \| )?)+), "(\w+)">/g, (_, axes: string, dtype: string) => `Tensor<${axesIn(axes)}, ${dtype}>`).replace(/\.$/, '')
}

/** A complaint of TypeScript in words about tensors; undefined where it is not about any. */
export const toldOf = (look: Look, diagnostic: Pick<ts.Diagnostic, 'start' | 'length' | 'code' | 'messageText'>): Told | undefined => {
  const { ts, file } = look
  const { start, length = 0, code, messageText } = diagnostic
  if (start === undefined || (code < 2000 && code !== satisfies)) return undefined
  const node = nodeAt(file, ts, start, start + length)
  const expression = expressionAt(look, node)
  const told = byCode.get(code)?.(look, node)
    ?? (expression === undefined ? undefined : byWanted(look, expression) ?? byDeepWanted(look, expression))
    ?? (code === 2344 ? toldOfElements(look, node, undefined) : undefined)
  if (told !== undefined) return told
  const text = ts.flattenDiagnosticMessageText(messageText, '\n')
  if (!words.test(text) && !(expression !== undefined && code !== 2304 && concernsTensors(look, look.checker.getTypeAtLocation(expression), 0))) return undefined
  const open = expression === undefined ? undefined : shapeAt(look, expression)
  if (expression !== undefined && open !== undefined && open.open.length > 0) return { code: 'AX049', node: expression, sentence: `${hasText(look, expression)}: this function is generic in its axes, so its body cannot be checked here; give it one typed overload over an untyped body`, related: [], proposals: () => [] }
  return { code: 'AX050', node: expression ?? node, sentence: `TypeScript: ${readable(look, text)}`, related: [], proposals: () => [] }
}
