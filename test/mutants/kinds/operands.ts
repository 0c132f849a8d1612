// Slips with operands: the right operation on the wrong values.
import { ts } from 'ts-morph'
import { callsOf, calleeOf, hasTensors, nodesOf, rangeOf, shapeOf, type Source } from '../look.ts'
import { replaced, type Kind, type Mutant } from '../mutant.ts'

const towers = [['image', 'text'], ['images', 'captions'], ['vision', 'text'], ['visionProjection', 'textProjection'], ['imageToText', 'textToImage'], ['whichImage', 'whichText']] as const
const distilled = [['teacher', 'student'], ['target', 'online'], ['ownTeacher', 'own'], ['otherTeacher', 'own'], ['teacherLogits', 'logits']] as const

/** Names for a name, one of which may be in scope. */
const others = (pairs: readonly (readonly [string, string])[], name: string): readonly string[] => pairs.flatMap(([a, b]) => (name === a ? [b] : name === b && pairs === towers ? [a] : []))

const properties = ({ look }: Source, node: ts.Expression): readonly ts.Symbol[] => look.checker.getNonNullableType(look.checker.getTypeAtLocation(node)).getProperties()

/** A name that stands for a value: an argument, an operand, an element. */
const isUse = (node: ts.Identifier): boolean => {
  const { parent } = node
  return (ts.isCallExpression(parent) && parent.arguments.includes(node)) || ts.isArrayLiteralExpression(parent) || (ts.isPropertyAccessExpression(parent) && parent.expression === node) || (ts.isPropertyAssignment(parent) && parent.initializer === node) || (ts.isArrowFunction(parent) && parent.body === node)
}

const namesInScope = ({ look }: Source, node: ts.Node): ReadonlySet<string> => new Set(look.checker.getSymbolsInScope(node, ts.SymbolFlags.Variable).map(({ name }) => name))

/** Whether anything below a value, or the value itself, is a tensor, a tree of parameters or a configuration of one tower. */
const counts = (source: Source, node: ts.Node): boolean => hasTensors(source, node) || ts.isPropertyAccessExpression(node)

const byPairs = (kind: Kind, pairs: readonly (readonly [string, string])[]) => (source: Source): readonly Mutant[] => nodesOf(source).flatMap(node => {
  const put = (at: ts.Node, after: string): Mutant => replaced(kind, source.root, source.file, rangeOf(at), after)
  if (ts.isPropertyAccessExpression(node) && counts(source, node)) {
    const there = new Set(properties(source, node.expression).map(({ name }) => name))
    return others(pairs, node.name.text).filter(name => there.has(name)).map(name => put(node.name, name))
  }
  if (!ts.isIdentifier(node) || !isUse(node)) return []
  const wanted = others(pairs, node.text)
  if (wanted.length === 0 || !hasTensors(source, node)) return []
  const scope = namesInScope(source, node)
  return wanted.filter(name => scope.has(name)).map(name => put(node, name))
})

/** Image for text, text for image: operands, parameters and configurations. */
export const otherTower = byPairs('operand of another tower', towers)

/** What is learned where what is followed belongs. */
export const studentForTeacher = byPairs('student for teacher', distilled)

/** Another parameter of the same tree. */
export const anotherLeaf = (source: Source): readonly Mutant[] => nodesOf(source).filter(ts.isPropertyAccessExpression).flatMap(node => {
  if (others(towers, node.name.text).length > 0 || others(distilled, node.name.text).length > 0 || !hasTensors(source, node) || shapeOf(source, node.expression) !== undefined) return []
  const all = properties(source, node.expression)
  if (node.expression.getText() === 'config') return []
  const own = all.findIndex(({ name }) => name === node.name.text)
  const next = [...all.slice(own + 1), ...all.slice(0, own)].find(symbol => !symbol.name.startsWith('__') && symbol.flags & ts.SymbolFlags.Property && hasTensors(source, symbol.valueDeclaration ?? node))
  return next === undefined ? [] : [replaced('another leaf of the tree', source.root, source.file, rangeOf(node.name), next.name)]
})

/** Two neighbouring tensors of a call in each other's place. */
export const operandsSwapped = (source: Source): readonly Mutant[] => callsOf(source).flatMap(call => call.arguments.slice(0, -1).flatMap((a, i) => {
  const b = call.arguments[i + 1]
  if (b === undefined || a.getText() === b.getText() || [a, b].some(each => shapeOf(source, each) === undefined)) return []
  return [replaced('operands swapped', source.root, source.file, { start: a.getStart(), end: b.end }, `${b.getText()}, ${a.getText()}`)]
}))

/** An addition without one of its terms: a residual, a bias, a mask, an embedding. */
export const residualRemoved = (source: Source): readonly Mutant[] => callsOf(source, 'add').flatMap(call => {
  const [a, b] = call.arguments
  if (a === undefined || b === undefined || [a, b].some(each => shapeOf(source, each) === undefined)) return []
  return [a, b].map(each => replaced('residual removed', source.root, source.file, rangeOf(call), each.getText()))
})

export const stopGradientDropped = (source: Source): readonly Mutant[] => callsOf(source, 'stopGradient').flatMap(call => {
  const [x] = call.arguments
  return x === undefined ? [] : [replaced('stopGradient dropped', source.root, source.file, rangeOf(call), x.getText())]
})

/** A key as it was given where a part of it belongs, and a part that another place of the file has. */
export const keyReused = (source: Source): readonly Mutant[] => {
  const folds = callsOf(source, 'fold').filter(call => call.arguments.length === 2)
  return folds.flatMap(call => {
    const [from, by] = call.arguments
    if (from === undefined || by === undefined) return []
    const other = folds.map(each => each.arguments[1]).find(each => each !== undefined && ts.isStringLiteral(each) && ts.isStringLiteral(by) && each.text !== by.text)
    return [replaced('key reused', source.root, source.file, rangeOf(call), from.getText()), ...(other === undefined ? [] : [replaced('key reused', source.root, source.file, rangeOf(by), other.getText())])]
  })
}

const makers: ReadonlySet<string> = new Set(['param', 'linearParams', 'layerNormParams', 'torchLinear', 'attentionParams', 'feedForwardParams'])

/** One more parameter beside each that is declared in a tree. */
export const parameterUnused = (source: Source): readonly Mutant[] => nodesOf(source).filter(ts.isPropertyAssignment).flatMap(node => {
  const { initializer } = node
  if (!ts.isCallExpression(initializer) || !makers.has(calleeOf(initializer))) return []
  return [replaced('parameter never used', source.root, source.file, { start: node.end, end: node.end }, `, spare: ${initializer.getText()}`)]
})
