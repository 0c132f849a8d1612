import type { ts } from 'ts-morph'
import type { TypeCode } from './codes.ts'
import { shapeAt, shapeOf, type Carried, type Look } from './look.ts'
import { declarationOf, originOf, type Place } from './origin.ts'
import { averaging, casting, outerOf, renaming, renamings, respelling, swappings, type Proposal } from './proposal.ts'
import { bare, called, hasText, nearest, quoted } from './wording.ts'

/** An error in words: its number, the expression at fault, one sentence, the places it refers to, and ways out of it. */
export interface Told {
  readonly code: TypeCode
  readonly node: ts.Node
  readonly sentence: string
  readonly related: readonly Place[]
  readonly proposals: () => readonly Proposal[]
}

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
      ...(key === undefined || near !== undefined || axes.length !== 1 || op === 'rename' ? [] : has.map(each => respelling(key, each))),
    ],
  }
}

const axisTaken = (look: Look, node: ts.Expression, { op, args: [axes = []] }: Carried): Told => {
  const call = callAround(look, node)
  const subject = subjectOf(look, call, node)
  const [axis = ''] = axes
  const there = shapeAt(look, subject)?.axes.includes(axis) === true
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
    related: [left, right].flatMap(each => (each === undefined ? [] : originOf(look, each))),
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
    related: [...originOf(look, node, missing[0]), ...originOf(look, first)],
    proposals: () => [
      ...(unknown.length === 1 && missing.length === 1 && from !== undefined && to !== undefined ? [renaming(look, node, from, to), renaming(look, first, to, from)] : []),
      ...(call === undefined ? [] : swappings(look, call, node)),
    ],
  }
}

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

/** What a function returns, in its own body. */
export const returnsOf = ({ ts }: Look, f: ts.Node): readonly ts.Expression[] => {
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
export const functionOf = (look: Look, given: ts.Expression): ts.Node => {
  const { ts } = look
  const node = bare(look, given)
  if (!ts.isIdentifier(node)) return node
  const declaration = declarationOf(look, node)
  return declaration !== undefined && ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined ? functionOf(look, declaration.initializer) : declaration ?? node
}

const lossHasAxes = (look: Look, node: ts.Expression, { op, args: [axes = []] }: Carried): Told => {
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

const notDifferentiable = (look: Look, node: ts.Expression, { args: [has = []] }: Carried): Told => {
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

const invisibleInside = (look: Look, node: ts.Expression, { op, args: [axes = []] }: Carried): Told => {
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
    proposals: () => captured.filter(each => each.getSourceFile() === look.file && !look.ts.isShorthandPropertyAssignment(each.parent)).map(each => renaming(look, each, axis, other)),
  }
}

const tellers: Readonly<Record<string, (look: Look, node: ts.Expression, carried: Carried) => Told>> = {
  NoSuchAxis: noSuchAxis, AxisTaken: axisTaken, NotNested: notNested, NoOperandHasAll: noOperandHasAll, AxesDiffer: axesDiffer, WrongElements: wrongElements, ElementsDiffer: elementsDiffer,
  OneAxisWanted: oneAxisWanted, LossHasAxes: lossHasAxes, NotDifferentiable: notDifferentiable, InvisibleInside: invisibleInside,
}

/** An error that the language's types carry, in words. */
export const toldBy = (look: Look, node: ts.Expression, carried: Carried): Told | undefined => {
  const told = tellers[carried.name]?.(look, node, carried)
  if (told === undefined || !carried.open) return told
  return {
    ...told, code: 'AX049', proposals: () => [],
    sentence: `${carried.op}: this function is generic in its axes, so its body cannot be checked here; give it one typed overload over an untyped body`,
  }
}

