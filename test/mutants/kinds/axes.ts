// Slips with names of axes.
import { ts } from 'ts-morph'
import { axesInScope, axesRecordOf, callsOf, isAxisArgument, nodesOf, rangeOf, shapeOf, type Source } from '../look.ts'
import { replaced, type Mutant } from '../mutant.ts'

const reductions = ['softmax', 'mean', 'sum', 'max', 'argmax', 'l2Normalize', 'crossEntropy', 'crossEntropyAt', 'layerNorm', 'categorical'] as const

const isReduction = (call: ts.Node): boolean => ts.isCallExpression(call) && ts.isIdentifier(call.expression) && reductions.some(name => name === call.expression.getText())

const quoted = (axis: string): string => `'${axis}'`

/** An axis of an operation, or a key or a value in a record of axes, replaced by each other name in scope. */
export const axisReplaced = (source: Source): readonly Mutant[] => nodesOf(source).flatMap(node => {
  const put = (but: string, at: ts.Node, after: (axis: string) => string): readonly Mutant[] => axesInScope(source, node, but).map(axis => replaced('axis name replaced', source.root, source.file, rangeOf(at), after(axis)))
  if (isAxisArgument(node) && !isReduction(node.parent)) return put(node.text, node, quoted)
  if (ts.isShorthandPropertyAssignment(node) && axesRecordOf(node) !== undefined) return put(node.name.text, node, axis => `${axis}: ${node.name.text}`)
  if (!ts.isPropertyAssignment(node) || axesRecordOf(node) === undefined || !ts.isIdentifier(node.name)) return []
  const value = node.initializer
  return [...put(node.name.text, node.name, axis => axis), ...(ts.isStringLiteral(value) ? put(value.text, value, quoted) : [])]
})

/** What a call reduces: its first argument after the axis that carries it. */
const reducedBy = (source: Source, call: ts.CallExpression, axis: string): ts.Expression | undefined => call.arguments.slice(1).find(each => shapeOf(source, each)?.axes.includes(axis) === true)

/** A reduction over another axis that its operand has. */
export const wrongReduction = (source: Source): readonly Mutant[] => callsOf(source, ...reductions).flatMap(call => {
  const [axis] = call.arguments
  if (axis === undefined || !ts.isStringLiteral(axis)) return []
  const operand = reducedBy(source, call, axis.text)
  const others = operand === undefined ? [] : (shapeOf(source, operand)?.axes ?? []).filter(each => each !== axis.text)
  const names = others.length > 0 ? others : axesInScope(source, call, axis.text).slice(0, 1)
  return names.map(name => replaced('wrong axis in a reduction', source.root, source.file, rangeOf(axis), quoted(name)))
})

/** A reduction, or the choice of one position, left out. */
export const reductionDropped = (source: Source): readonly Mutant[] => callsOf(source, 'mean', 'sum', 'at', 'argmax', 'meanAll', 'sumAll', 'crossEntropyAt').flatMap(call => {
  const last = call.arguments[call.arguments.length - 1]
  return last === undefined ? [] : [replaced('reduction dropped', source.root, source.file, rangeOf(call), last.getText())]
})

export const renameDropped = (source: Source): readonly Mutant[] => callsOf(source, 'rename').flatMap(call => {
  const [x] = call.arguments
  return x === undefined ? [] : [replaced('rename dropped', source.root, source.file, rangeOf(call), x.getText())]
})

export const vmapDropped = (source: Source): readonly Mutant[] => callsOf(source, 'vmap').flatMap(call => {
  const [, f] = call.arguments
  return f === undefined ? [] : [replaced('vmap dropped', source.root, source.file, rangeOf(call), ts.isArrowFunction(f) ? `(${f.getText()})` : f.getText())]
})

export const castDropped = (source: Source): readonly Mutant[] => callsOf(source, 'cast').flatMap(call => {
  const [, x] = call.arguments
  return x === undefined ? [] : [replaced('cast dropped', source.root, source.file, rangeOf(call), x.getText())]
})
