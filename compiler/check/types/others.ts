import type { ts } from 'ts-morph'
import { concernsTensors, inOrder, nameIn, partsOf, shapeAt, shapeOf, type Look } from './look.ts'
import type { Told } from './told.ts'
import { originOf } from './origin.ts'
import { operation, respelling } from './proposal.ts'
import { called, calleeOf, hasText, nearest } from './wording.ts'

const operators: Readonly<Record<string, string>> = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div', '%': 'mod', '**': 'pow', '<': 'less', '>': 'less', '&&': 'and', '||': 'or' }

/** `x + y` on tensors: TypeScript knows no operators on objects. */
export const toldOfOperator = (look: Look, node: ts.Node): Told | undefined => {
  const { ts } = look
  const binary = ts.findAncestor(node, ts.isBinaryExpression)
  if (binary === undefined) return undefined
  const { left, right, operatorToken } = binary
  if (shapeAt(look, left) === undefined && shapeAt(look, right) === undefined) return undefined
  const sign = operatorToken.getText()
  const name = operators[sign.replace(/=$/, '')]
  const [a, b] = sign === '>' ? [right, left] : [left, right]
  // The language's operations take the tensor first where the other is a number.
  const [first, second] = shapeAt(look, a) === undefined && (name === 'add' || name === 'mul') ? [b, a] : [a, b]
  const text = name === undefined ? undefined : `${name}(${called(look, first)}, ${called(look, second)})`
  return {
    code: 'AX046', node: binary,
    sentence: `'${sign}' is no operation on tensors: ${[left, right].filter(each => shapeAt(look, each) !== undefined).map(each => hasText(look, each)).join(', ')}${text === undefined ? '' : `; say ${text}`}`,
    related: [left, right].flatMap(each => originOf(look, each)),
    proposals: () => (name === undefined || sign.endsWith('=') ? [] : [operation(binary, `${name}(${first.getText()}, ${second.getText()})`, name)]),
  }
}

/** `x++` and its like. */
export const toldOfIncrement = (look: Look, node: ts.Node): Told | undefined => {
  const { ts } = look
  const unary = ts.findAncestor(node, (each): each is ts.PrefixUnaryExpression | ts.PostfixUnaryExpression => ts.isPrefixUnaryExpression(each) || ts.isPostfixUnaryExpression(each))
  if (unary === undefined || shapeAt(look, unary.operand) === undefined) return undefined
  const sign = ts.tokenToString(unary.operator) ?? ''
  return { code: 'AX046', node: unary, sentence: `'${sign}' is no operation on tensors: ${hasText(look, unary.operand)}; say ${sign === '++' ? 'add' : 'sub'}(${called(look, unary.operand)}, 1)`, related: originOf(look, unary.operand), proposals: () => [] }
}

/** `for (const row of x)`, `[...x]`, `const [first] = x`. */
export const toldOfIteration = (look: Look, node: ts.Node): Told | undefined => {
  const { ts } = look
  const pattern = ts.isArrayBindingPattern(node) ? node : ts.findAncestor(node, ts.isArrayBindingPattern)
  const declared = pattern !== undefined && ts.isVariableDeclaration(pattern.parent) ? pattern.parent.initializer : undefined
  const wanted = declared ?? (ts.isSpreadElement(node) ? node.expression : ts.isForOfStatement(node) ? node.expression : ts.isExpression(node) ? node : undefined)
  if (wanted === undefined || shapeAt(look, wanted) === undefined) return undefined
  const name = called(look, wanted)
  return { code: 'AX047', node: wanted, sentence: `a tensor is no list: ${hasText(look, wanted)}; vmap(axis, f)(${name}) does something to each position of an axis, at(axis, 0, ${name}) takes one`, related: originOf(look, wanted), proposals: () => [] }
}

const habits: Readonly<Record<string, string>> = {
  shape: 'sizeAlong(axis, x) gives a size', size: 'sizeAlong(axis, x) gives a size', length: 'sizeAlong(axis, x) gives a size',
  T: 'the order of axes is not visible, so there is nothing to transpose', transpose: 'the order of axes is not visible, so there is nothing to transpose', permute: 'the order of axes is not visible, so there is nothing to transpose',
  reshape: 'unflatten, flatten and rename take its place', view: 'unflatten, flatten and rename take its place', squeeze: 'at takes one position of an axis', unsqueeze: 'broadcast makes new axes',
  dtype: 'the element type is in the type; cast changes it', detach: 'stopGradient(x) ends a derivative', item: 'a value exists only when a program runs',
}

const leavesOf = (look: Look, type: ts.Type): readonly string[] => look.checker.getNonNullableType(type).getProperties().map(({ name }) => name).filter(name => !name.startsWith('__@'))

/** A key of a literal that the tree it should be does not have. */
const unknownKey = (look: Look, node: ts.Node, literal: ts.ObjectLiteralExpression): Told | undefined => {
  const type = look.checker.getContextualType(literal)
  if (type === undefined || !concernsTensors(look, type)) return undefined
  const leaves = leavesOf(look, type)
  const near = nearest(node.getText(), leaves)
  return {
    code: 'AX045', node,
    sentence: `nothing called '${node.getText()}' is declared here: there is ${inOrder(look, leaves).slice(0, 12).join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`,
    related: [], proposals: () => (near === undefined ? [] : [{ ...respelling(node, near), title: `Say ${near}`, edits: [{ start: node.getStart(), end: node.end, text: near }] }]),
  }
}

/** `x[0]` on a tensor. */
export const toldOfIndex = (look: Look, node: ts.Node): Told | undefined => {
  const { ts } = look
  const access = ts.findAncestor(node, ts.isElementAccessExpression)
  if (access === undefined || shapeAt(look, access.expression) === undefined) return undefined
  const key = access.argumentExpression
  const habit = ts.isStringLiteralLike(key) ? habits[key.text] : undefined
  if (habit !== undefined) return { code: 'AX047', node: access, sentence: `a tensor has no property '${key.getText().slice(1, -1)}'; ${habit}`, related: originOf(look, access.expression), proposals: () => [] }
  return { code: 'AX047', node: access, sentence: `a tensor is not indexed: ${hasText(look, access.expression)}; at(axis, ${access.argumentExpression.getText()}, ${called(look, access.expression)}) takes one position of an axis, slice several, gather those of a tensor`, related: originOf(look, access.expression), proposals: () => [] }
}

/** A property that is not there: of a tensor, or a leaf of a tree that nobody declared. */
export const toldOfProperty = (look: Look, node: ts.Node): Told | undefined => {
  const { ts, checker } = look
  const name = node.getText()
  const { parent } = node
  if (ts.isPropertyAssignment(parent) && parent.name === node) return unknownKey(look, node, parent.parent)
  const object = ts.isPropertyAccessExpression(parent) ? parent.expression : ts.isBindingElement(parent) ? parent.parent : ts.isBindingElement(node) ? node.parent : undefined
  if (object === undefined || ts.isArrayBindingPattern(object)) return undefined
  const type = checker.getTypeAtLocation(ts.isObjectBindingPattern(object) ? object.parent : object)
  const about = ts.isObjectBindingPattern(object) ? 'it' : called(look, object)
  if (shapeOf(look, type) !== undefined) {
    const op = ts.isPropertyAccessExpression(parent) && ts.isCallExpression(parent.parent) ? `; operations are functions: ${name}(…)` : ''
    const habit = habits[name]
    return { code: 'AX047', node, sentence: `a tensor has no property '${name}'${habit === undefined ? op : `; ${habit}`}`, related: ts.isObjectBindingPattern(object) ? [] : originOf(look, object), proposals: () => [] }
  }
  if (!partsOf(type).some(each => each.getProperties().some(property => concernsTensors(look, checker.getTypeOfSymbol(property), 2)))) return undefined
  const leaves = leavesOf(look, type)
  const near = nearest(name, leaves)
  const declared = type.getProperties().flatMap(each => (each.valueDeclaration === undefined ? [] : [each.valueDeclaration]))[0]
  return {
    code: 'AX045', node,
    sentence: `nothing called '${name}' is declared: ${about} has ${inOrder(look, leaves).slice(0, 12).join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`,
    related: declared === undefined ? [] : [{ node: declared.parent, sentence: 'what there is, is declared here' }],
    proposals: () => (near === undefined || ts.isBindingElement(node) && node.propertyName !== undefined ? [] : [{ ...respelling(node, near), title: `Say ${near}`, edits: [{ start: node.getStart(), end: node.end, text: near }] }]),
  }
}

/** A call of an operation with too few or too many arguments. */
export const toldOfCount = (look: Look, node: ts.Node): Told | undefined => {
  const { ts, checker } = look
  const call = ts.findAncestor(node, ts.isCallExpression)
  if (call === undefined) return undefined
  const signature = checker.getResolvedSignature(call)
  const declaration = signature?.declaration
  if (signature === undefined || declaration === undefined) return undefined
  const tensors = call.arguments.some(each => shapeAt(look, each) !== undefined) || concernsTensors(look, signature.getReturnType(), 1)
  if (!tensors) return undefined
  const names = signature.parameters.map(each => (each.valueDeclaration !== undefined && ts.isParameter(each.valueDeclaration) && (each.valueDeclaration.questionToken ?? each.valueDeclaration.initializer) !== undefined ? `${each.name}?` : each.name))
  const count = call.arguments.length
  return {
    code: 'AX048', node: call,
    sentence: `${calleeOf(look, call)} takes ${names.join(', ')}; here ${count === 0 ? 'nothing is' : count === 1 ? 'one is' : `${count} are`} given`,
    related: ts.isJSDocSignature(declaration) ? [] : [{ node: declaration, sentence: `${calleeOf(look, call)} is declared here` }],
    proposals: () => [],
  }
}

const elementTypes: ReadonlySet<string> = new Set(['f32', 'i32', 'bool', 'u8', 'key'])

/** `'f16'`, where an element type is wanted. */
export const toldOfElements = (look: Look, node: ts.Node, wanted: ts.Type | undefined): Told | undefined => {
  const { ts } = look
  const literal = ts.isStringLiteral(node) ? node : ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal) ? node.literal : undefined
  if (literal === undefined || elementTypes.has(literal.text)) return undefined
  const names = partsOf(wanted ?? look.checker.getTypeAtLocation(node)).flatMap(each => (each.isStringLiteral() ? [each.value] : []))
  const parent = node.parent
  const inType = ts.isTypeReferenceNode(parent) && nameIn(look.checker.getTypeAtLocation(parent), '/language/types.ts') === 'Tensor' && parent.typeArguments?.[1] === node
  const choices = inType ? ['f32', 'i32', 'bool', 'u8'] : names.filter(each => each !== 'key')
  if (!inType && (names.length === 0 || !names.every(each => elementTypes.has(each)))) return undefined
  return { code: 'AX044', node, sentence: `'${literal.text}' is no element type here: there are ${['f32', 'i32', 'bool', 'u8'].filter(each => choices.includes(each)).join(', ')}`, related: [], proposals: () => [] }
}
