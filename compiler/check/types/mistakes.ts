import type { ts } from 'ts-morph'
import { invisibleInside, lossHasAxes, notDifferentiable } from './functions.ts'
import { shapeAt, shapeOf, type Carried, type Look } from './look.ts'
import { declarationOf, originOf, originsOf, type Place } from './origin.ts'
import { casting, outerOf, renaming, renamings, respelling, swappings } from './proposal.ts'
import { typeWords } from './mismatch.ts'
import type { Told } from './told.ts'
import { called, hasText, nearest, quoted } from './wording.ts'

/** The call that an expression is an argument of, or an element of a list that is. */
export const callAround = (look: Look, node: ts.Node): ts.CallExpression | undefined => {
  const { ts } = look
  const { parent } = node
  if (parent === undefined || ts.isStatement(parent) || ts.isFunctionLike(parent)) return undefined
  return ts.isCallExpression(parent) && parent.expression !== node ? parent : callAround(look, parent)
}

/** The tensors that a call is given, those in lists included. */
const operandsOf = (look: Look, call: ts.CallExpression | undefined): readonly ts.Expression[] =>
  (call?.arguments ?? []).flatMap(each => (look.ts.isArrayLiteralExpression(each) ? [...each.elements] : [each])).filter(each => {
    const shape = shapeAt(look, each)
    return shape !== undefined && shape.dtype !== 'key'
  })

const literalOf = ({ ts }: Look, call: ts.CallExpression | undefined, text: string): ts.Node | undefined => {
  const search = (node: ts.Node): ts.Node | undefined => (ts.isStringLiteral(node) ? (node.text === text ? node : undefined) : ts.isArrayLiteralExpression(node) ? node.elements.map(search).find(found => found !== undefined) : undefined)
  return call?.arguments.map(search).find(found => found !== undefined)
}

/** In a literal of sizes or of new names, the entry that is about an axis. */
const entryOf = ({ ts }: Look, node: ts.Expression, axis: string): ts.Node => {
  if (!ts.isObjectLiteralExpression(node)) return node
  const wrong = node.properties.filter(each => (each.name !== undefined && (ts.isIdentifier(each.name) || ts.isStringLiteral(each.name)) && each.name.text === axis) || (ts.isPropertyAssignment(each) && ts.isStringLiteral(each.initializer) && each.initializer.text === axis))
  const [only] = wrong
  return only !== undefined && wrong.length === 1 ? only : node
}

const subjectOf = (look: Look, call: ts.CallExpression | undefined, node: ts.Expression): ts.Expression => (shapeAt(look, node) !== undefined ? node : operandsOf(look, call)[0] ?? node)

/** The other tensors of a call, each once; numbers say nothing about axes. */
const othersOf = (look: Look, call: ts.CallExpression | undefined, subject: ts.Expression): readonly ts.Expression[] =>
  operandsOf(look, call).filter((each, i, all) => each.getText() !== subject.getText() && (shapeAt(look, each)?.axes.length ?? 0) > 0 && all.findIndex(other => other.getText() === each.getText()) === i)

/** Arguments that are trees of tensors, where one of them brings an axis: the weight that wants it. */
const treesWith = (look: Look, call: ts.CallExpression | undefined, axis: string): readonly Place[] =>
  (call?.arguments ?? []).flatMap(each => {
    const leaf = shapeAt(look, each) !== undefined ? undefined : look.checker.getTypeAtLocation(each).getProperties().find(property => shapeOf(look, look.checker.getTypeOfSymbol(property))?.axes.includes(axis) === true)
    const declaration = look.ts.isPropertyAccessExpression(each) ? declarationOf(look, each.name) : look.ts.isIdentifier(each) ? declarationOf(look, each) : undefined
    return leaf === undefined || declaration === undefined ? [] : [{ node: declaration, sentence: `${called(look, each)}, whose ${leaf.name} has '${axis}', is declared here` }]
  })

/** An axis of this operand that another must have too. */
const extraAxis = (look: Look, node: ts.Expression, op: string, axes: readonly string[], wanted: readonly string[], others: readonly ts.Expression[]): Told => {
  const other = others.find(each => wanted.every(axis => shapeAt(look, each)?.axes.includes(axis) === true))
  return {
    code: 'AX001', node,
    sentence: `${op}: ${hasText(look, node)}, but ${other === undefined ? `the other operand has ${quoted(wanted)}` : hasText(look, other)}, no ${quoted(axes)}`,
    related: [...originOf(look, node), ...(other === undefined ? [] : originOf(look, other, axes[0]))],
    proposals: () => renamings(look, node, axes, [], wanted),
  }
}

const noSuchAxis = (look: Look, node: ts.Expression, { op, args: [axes = [], has = []] }: Carried): Told => {
  const call = callAround(look, node)
  const subject = subjectOf(look, call, node)
  const others = othersOf(look, call, subject)
  const [axis = ''] = axes
  if (shapeAt(look, node)?.axes.includes(axis) === true && op !== 'rename') return extraAxis(look, node, op, axes, has, others)
  const near = nearest(axis, has)
  const at = op === 'rename' ? entryOf(look, node, axis) : node
  const key = op === 'rename' && look.ts.isPropertyAssignment(at) ? at.name : literalOf(look, call, axis)
  const over = op === 'rename' || op === 'unflatten' || op === 'flatten' ? 'of' : 'over'
  return {
    code: 'AX001', node: at,
    sentence: `${op} ${over} ${quoted(axes)}: ${hasText(look, subject)}${others.map(each => `, ${hasText(look, each)}`).join('')}${near === undefined ? '' : `; did you mean '${near}'?`}`,
    related: [...originOf(look, subject, axis), ...others.flatMap(each => originOf(look, each)), ...treesWith(look, call, axis)],
    proposals: () => [
      ...(near !== undefined && key !== undefined ? [op === 'rename' ? { ...respelling(key, near), edits: [{ start: key.getStart(), end: key.end, text: near }] } : respelling(key, near)] : []),
      ...(op === 'rename' || near !== undefined ? [] : renamings(look, subject, has, others.flatMap(each => shapeAt(look, each)?.axes ?? []), axes)),
      ...(op === 'rename' || near !== undefined ? [] : renamings(look, subject, has, [], axes)),
      ...(call === undefined ? [] : swappings(look, call, node)),
      ...(key === undefined || near !== undefined || axes.length !== 1 || op === 'rename' ? [] : has.filter(each => literalOf(look, call, each) === undefined).map(each => respelling(key, each))),
    ],
  }
}

const axisTaken = (look: Look, node: ts.Expression, { op, args: [axes = []] }: Carried): Told => {
  const call = callAround(look, node)
  const subject = subjectOf(look, call, node)
  const [axis = ''] = axes
  const there = shapeAt(look, subject)?.axes.includes(axis) === true && !(op === 'rename' && node.getText().split(`'${axis}'`).length > 2)
  const fallen = `two axes would be called ${quoted(axes)}`
  return {
    code: 'AX003', node: entryOf(look, node, axis),
    sentence: there ? `${op}: ${called(look, subject)} already has ${axes.length === 1 ? 'the axis' : 'the axes'} ${quoted(axes)}; a new axis needs a name of its own` : `${op}: ${fallen}`,
    related: originOf(look, subject),
    proposals: () => [],
  }
}

const notNested = (look: Look, node: ts.Expression, { op, args: [onlyLeft = [], onlyRight = []] }: Carried): Told => {
  const call = callAround(look, node)
  const [left, right] = call?.arguments ?? []
  const names = left === undefined || right === undefined ? ['the left operand', 'the right one'] : [called(look, left), called(look, right)]
  const advice = outerWords(op)
  return {
    code: 'AX002', node,
    sentence: `${op}: only ${names[0]} has ${quoted(onlyLeft)}, only ${names[1]} has ${quoted(onlyRight)}; ${advice}`,
    related: [{ each: left, extra: onlyLeft[0] }, { each: right, extra: onlyRight[0] }].flatMap(({ each, extra }) => (each === undefined ? [] : originsOf(look, each, { extra }))),
    proposals: () => (call === undefined || left === undefined || right === undefined ? [] : [
      ...(onlyRight.length === 1 ? onlyLeft.map(to => renaming(look, right, onlyRight[0] ?? '', to)) : []),
      ...(onlyLeft.length === 1 ? onlyRight.map(to => renaming(look, left, onlyLeft[0] ?? '', to)) : []),
      ...outerOf(look, call),
    ]),
  }
}

const outerWords = (op: string): string => (['add', 'sub', 'mul', 'div', 'max', 'less', 'equal', 'and'].includes(op) ? `rename one, or say outer('${op}', …)` : 'rename one')

const noOperandHasAll = (look: Look, node: ts.Expression, { op, args: [axes = []] }: Carried): Told => {
  const operands = operandsOf(look, callAround(look, node))
  return {
    code: 'AX002', node,
    sentence: `${op}: no operand has all of ${quoted(axes)}: ${operands.map(each => hasText(look, each)).join(', ')}`,
    related: operands.flatMap(each => originOf(look, each)),
    proposals: () => operands.flatMap(each => {
      const has = shapeAt(look, each)?.axes ?? []
      const others = operands.filter(other => other !== each).flatMap(other => shapeAt(look, other)?.axes ?? [])
      return renamings(look, each, has, others, axes.filter(axis => !has.includes(axis)))
    }),
  }
}

const axesDiffer = (look: Look, node: ts.Expression, { op, args: [missing = [], unknown = []] }: Carried): Told => {
  const call = callAround(look, node)
  const operands = operandsOf(look, call)
  const wanted = [...(shapeAt(look, node)?.axes ?? []).filter(axis => !unknown.includes(axis)), ...missing]
  const first = operands.find(each => {
    const axes = shapeAt(look, each)?.axes ?? []
    return each !== node && axes.length === wanted.length && axes.every(axis => wanted.includes(axis))
  }) ?? operands.find(each => each !== node) ?? node
  const [from] = unknown
  const [to] = missing
  const advice = unknown.length === 1 && missing.length === 1 ? `; rename '${from}' to '${to}'` : ''
  return {
    code: 'AX002', node,
    sentence: `${op} wants the same axes: ${hasText(look, first)}, ${hasText(look, node)}${advice}`,
    related: [...originsOf(look, node, { missing: missing[0], extra: from }), ...originOf(look, first)],
    proposals: () => [
      ...(unknown.length === 1 && missing.length === 1 && from !== undefined && to !== undefined ? [renaming(look, node, from, to), renaming(look, first, to, from)] : []),
      ...(call === undefined ? [] : swappings(look, call, node)),
    ],
  }
}

/** Something that is no tensor at all, where an operation wants one. */
const noTensor = (look: Look, node: ts.Expression, op: string): Told =>
  ({ code: 'AX012', node, sentence: `${op} wants a tensor, but ${called(look, node)} is ${typeWords(look, look.checker.getTypeAtLocation(node))}`, related: [], proposals: () => [] })

const wrongElements = (look: Look, node: ts.Expression, { op, args: [has = [], wanted = []] }: Carried): Told => ({
  code: 'AX010', node,
  sentence: `${op}: ${called(look, node)} is of ${has.join(' or ')}, wanted ${[...wanted].sort().join(' or ')}${wanted.includes('bool') ? '' : '; cast it'}`,
  related: originOf(look, node),
  proposals: () => {
    const call = callAround(look, node)
    return [...(call === undefined ? [] : swappings(look, call, node)), ...(wanted.includes('bool') ? [] : [...wanted].sort().map(each => casting(look, node, each)))]
  },
})

const elementsDiffer = (look: Look, node: ts.Expression, { op, args: [left = [], right = []] }: Carried): Told => {
  const other = operandsOf(look, callAround(look, node)).find(each => each !== node)
  const key = right.includes('key')
  return {
    code: 'AX010', node,
    sentence: `${op}: ${other === undefined ? 'the left operand' : called(look, other)} is of ${left.join(' or ')}, ${called(look, node)} ${key ? 'is a random key; draw from it, for example with uniform' : `of ${right.join(' or ')}; cast one of them`}`,
    related: [...originOf(look, node), ...(other === undefined ? [] : originOf(look, other))],
    proposals: () => (key ? [] : [...(left[0] === undefined ? [] : [casting(look, node, left[0])]), ...(right[0] === undefined || other === undefined ? [] : [casting(look, other, right[0])])]),
  }
}

const oneAxisWanted = (_look: Look, node: ts.Expression, { op, args: [axes = []] }: Carried): Told =>
  ({ code: 'AX042', node, sentence: `${op} makes one axis: ${quoted(axes)} are ${axes.length}`, related: [], proposals: () => [] })

const tellers: Readonly<Record<string, (look: Look, node: ts.Expression, carried: Carried) => Told>> = {
  NoSuchAxis: noSuchAxis, AxisTaken: axisTaken, NotNested: notNested, NoOperandHasAll: noOperandHasAll, AxesDiffer: axesDiffer, WrongElements: wrongElements, ElementsDiffer: elementsDiffer,
  OneAxisWanted: oneAxisWanted, LossHasAxes: lossHasAxes, NotDifferentiable: notDifferentiable, InvisibleInside: invisibleInside,
}

/** An error that the language's types carry, in words. */
export const toldBy = (look: Look, node: ts.Expression, carried: Carried): Told | undefined => {
  if (['WrongElements', 'ElementsDiffer', 'NotNested', 'AxesDiffer'].includes(carried.name) && shapeAt(look, node) === undefined) return noTensor(look, node, carried.op)
  const told = tellers[carried.name]?.(look, node, carried)
  if (told === undefined || !carried.open) return told
  return {
    ...told, code: 'AX049', proposals: () => [],
    sentence: `${carried.op}: this function is generic in its axes, so its body cannot be checked here; give it one typed overload over an untyped body`,
  }
}

