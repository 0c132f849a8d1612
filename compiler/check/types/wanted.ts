import type { ts } from 'ts-morph'
import type { TypeCode } from './codes.ts'
import { nameIn, shapeAt, shapeOf, type Look, type Shape } from './look.ts'
import { callAround } from './mistakes.ts'
import { differenceOf, typeWords, type Difference } from './mismatch.ts'
import { originOf, originsOf, treeOriginOf, type Place } from './origin.ts'
import { capturing, casting, mapping, renamings, swappings, type Proposal } from './proposal.ts'
import type { Told } from './told.ts'
import { axesText, bare, called, calleeOf, hasText } from './wording.ts'

/** Who wants something of an expression: a parameter of a call, a declared result, a declared variable, the definition of a program. */
interface Wanting {
  readonly kind: 'argument' | 'result' | 'variable' | 'step' | 'other'
  readonly name: string
  readonly call?: ts.CallExpression
  readonly place?: ts.Node
  /** Keys of the literals between the expression and whoever wants it, outermost first. */
  readonly inside: readonly string[]
}

const inDefinition = (look: Look, f: ts.Node): string | undefined => {
  const { ts, checker } = look
  const entry = ts.isMethodDeclaration(f) ? f : ts.isPropertyAssignment(f.parent) ? f.parent : undefined
  if (entry === undefined) return undefined
  const record = entry.parent
  if (!ts.isObjectLiteralExpression(record)) return undefined
  const type = checker.getContextualType(record)
  if (type !== undefined && nameIn(type, '/language/compile.ts') === 'Definition') return entry.name.getText()
  const outer = record.parent
  return ts.isPropertyAssignment(outer) && outer.name.getText() === 'steps' ? entry.name.getText() : undefined
}

const nameOfFunction = ({ ts }: Look, f: ts.SignatureDeclaration): string => {
  if (f.name !== undefined) return f.name.getText()
  const { parent } = f
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name.getText() : 'this function'
}

const parameterName = (look: Look, call: ts.CallExpression, node: ts.Expression): string => {
  const signature = look.checker.getResolvedSignature(call)
  const i = call.arguments.findIndex(each => each === node)
  const parameter = signature?.parameters[i]
  return parameter === undefined || parameter.name.startsWith('__') ? '' : parameter.name
}

/** Climbs from an expression to whoever gave it its wanted type. */
const wantingOf = (look: Look, node: ts.Node, inside: readonly string[] = []): Wanting => {
  const { ts } = look
  const { parent } = node
  if (parent === undefined) return { kind: 'other', name: '', inside }
  if (ts.isCallExpression(parent) && parent.expression !== node && ts.isExpression(node)) return { kind: 'argument', name: parameterName(look, parent, node), call: parent, inside }
  if ((ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isPropertyDeclaration(parent)) && parent.initializer === node) return { kind: 'variable', name: parent.name.getText(), inside, ...(parent.type === undefined ? {} : { place: parent.type }) }
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && parent.right === node) return { kind: 'variable', name: parent.left.getText(), inside }
  if (ts.isSatisfiesExpression(parent)) return { kind: 'variable', name: called(look, parent.expression), place: parent.type, inside }
  if (ts.isPropertyAssignment(parent)) return wantingOf(look, parent, [parent.name.getText(), ...inside])
  if (ts.isShorthandPropertyAssignment(parent)) return wantingOf(look, parent, [parent.name.text, ...inside])
  const f = ts.isArrowFunction(parent) && parent.body === node ? parent : ts.isReturnStatement(parent) ? ts.findAncestor(parent, ts.isFunctionLike) : undefined
  if (f === undefined) return ts.isStatement(parent) ? { kind: 'other', name: '', inside } : wantingOf(look, parent, inside)
  const program = inDefinition(look, f)
  if (program !== undefined) return { kind: 'step', name: program, inside }
  return f.type === undefined ? wantingOf(look, f, inside) : { kind: 'result', name: nameOfFunction(look, f), place: f.type, inside }
}

/** What there is, or should be, as a noun. */
const words = (what: Shape | string): string => {
  if (typeof what === 'string') return what
  if (what.dtype === 'key') return 'a random key'
  const elements = what.dtype === 'f32' ? '' : ` of ${what.dtype.split(' or ').length > 2 ? 'any type' : what.dtype}`
  return what.axes.length + what.open.length === 0 ? `a tensor without axes${elements}` : `${axesText(what)}${elements}`
}

/** What is wanted where there is no tensor at all: a tensor, with its axes if they are known. */
const bareTensor = (has: Shape | string, wants: Shape): string =>
  typeof has !== 'string' || wants.dtype === 'key' ? words(wants) : wants.axes.length === 0 ? 'a tensor' : `a tensor with ${axesText({ ...wants, open: [] })}`

/** Both sides of a difference: where only the element types differ, those alone. */
const sides = ({ has, wants }: Difference): readonly [has: string, wants: string] => {
  if (typeof has === 'string' || typeof wants === 'string' || axesText(has) !== axesText(wants) || has.dtype === 'key' || wants.dtype === 'key') return [words(has), typeof wants === 'string' ? wants.replace(/^a name$/, 'the name of an axis') : bareTensor(has, wants)]
  return [`elements of ${has.dtype}`, wants.dtype]
}

const codeOf = ({ path, has, wants }: Difference, { kind }: Wanting): TypeCode => {
  if (kind === 'step') return 'AX031'
  if (path.length > 0) return 'AX014'
  if (typeof has === 'string') return has.includes('name') ? 'AX043' : 'AX012'
  if (typeof wants === 'string') return wants.includes('name') ? 'AX043' : 'AX041'
  return has.dtype !== wants.dtype ? 'AX010' : 'AX041'
}

/** A call of what `vmap` gave: its arguments carry the axis. */
const vmapOf = (look: Look, call: ts.CallExpression | undefined): { readonly axis: string } | undefined => {
  const { ts } = look
  const inner = call === undefined ? undefined : bare(look, call.expression)
  if (inner === undefined || !ts.isCallExpression(inner) || calleeOf(look, inner) !== 'vmap') return undefined
  const [axis] = inner.arguments
  return axis !== undefined && ts.isStringLiteral(axis) ? { axis: axis.text } : undefined
}

const extraAxis = ({ has, wants }: Difference): string | undefined => {
  if (typeof has === 'string' || typeof wants === 'string' || has.dtype !== wants.dtype) return undefined
  const extra = has.axes.filter(axis => !wants.axes.includes(axis))
  return extra.length === 1 && wants.axes.every(axis => has.axes.includes(axis)) ? extra[0] : undefined
}

const waysOut = (look: Look, node: ts.Expression, difference: Difference, { call }: Wanting): readonly Proposal[] => {
  const { path, has, wants } = difference
  const extra = extraAxis(difference)
  const mapped = vmapOf(look, call)
  const tensors = typeof has !== 'string' && typeof wants !== 'string' && path.length === 0 && shapeAt(look, node) !== undefined
  return [
    ...(call !== undefined && mapped !== undefined ? capturing(look, call, mapped.axis) : []),
    ...(call !== undefined && extra !== undefined && mapped === undefined ? mapping(look, call, extra) : []),
    ...(call === undefined || path.length > 0 ? [] : swappings(look, call, node)),
    ...(tensors && typeof has !== 'string' && typeof wants !== 'string' ? renamings(look, node, has.axes, wants.axes, wants.axes) : []),
    ...(tensors && typeof has !== 'string' && typeof wants !== 'string' && has.dtype !== wants.dtype && has.dtype !== 'key' && wants.dtype !== 'key' ? [casting(look, node, wants.dtype)] : []),
  ]
}

/** "x has 'token'", "x is a random key", "x has nothing at 'weight'". */
const given = (look: Look, node: ts.Expression, { path, has }: Difference, words: string): string => {
  const where = path.length === 0 ? '' : ` at '${path.join('/')}'`
  const plain = path.length === 0 && (typeof has === 'string' || has.dtype === 'key' || words.startsWith('a tensor'))
  return `${called(look, node)} ${plain ? 'is' : 'has'} ${words}${where}`
}

const sentenceOf = (look: Look, node: ts.Expression, difference: Difference, { kind, name, call, inside }: Wanting): string => {
  const { path } = difference
  const [has, wants] = sides(difference)
  const at = [...inside, ...path]
  const where = at.length === 0 ? '' : ` at '${at.join('/')}'`
  const callee = call === undefined ? '' : calleeOf(look, call)
  if (kind === 'step') return has === 'nothing' ? `${name} gives no value for '${at.join('/')}' of the state` : `${name} gives '${at.join('/')}' of the state with ${has}, declared with ${wants}`
  if (has === 'nothing') return `${kind === 'argument' ? `${callee}: ` : ''}${called(look, node)} lacks '${at.join('/')}'`
  if (has === 'a random key') return `${kind === 'argument' ? `${callee}: ` : ''}${called(look, node)} is a random key${where}, wanted a tensor; draw from it, for example with uniform`
  if (kind === 'result') return `${name} returns ${has}${where}, but promises ${wants}`
  if (kind === 'variable') return `${name} gets ${has}${where}, but is declared with ${wants}`
  if (kind === 'argument' && path.length === 0 && inside.length === 0 && name !== '') return `${callee} wants ${wants} for ${name}, but ${given(look, node, difference, has)}`
  return `${kind === 'argument' ? `${callee}: ` : ''}${given(look, node, difference, has)}, wanted ${wants}`
}

/** Where a key of a literal is declared: by the type that the literal should have. */
const keyOf = ({ ts, checker }: Look, node: ts.Node): ts.Declaration | undefined => {
  const entry = ts.isPropertyAssignment(node.parent) || ts.isShorthandPropertyAssignment(node.parent) ? node.parent : undefined
  const symbol = entry === undefined ? undefined : checker.getContextualType(entry.parent)?.getProperty(entry.name.getText())
  return symbol?.valueDeclaration ?? symbol?.declarations?.[0]
}

const parameterOf = (look: Look, node: ts.Expression, { kind, call, name }: Wanting): ts.Declaration | undefined => {
  if (kind !== 'argument' || call === undefined || name === '' || vmapOf(look, call) !== undefined) return undefined
  const declaration = look.checker.getResolvedSignature(call)?.parameters.find(each => each.name === name)?.valueDeclaration
  return declaration?.getSourceFile().fileName.includes('/compiler/language/') === true ? undefined : declaration
}

const relatedOf = (look: Look, node: ts.Expression, { declared, has, wants, path }: Difference, wanting: Wanting): readonly Place[] => {
  const extra = typeof has === 'string' || typeof wants === 'string' ? undefined : has.axes.find(axis => !wants.axes.includes(axis))
  const missing = typeof has === 'string' || typeof wants === 'string' ? undefined : wants.axes.find(axis => !has.axes.includes(axis))
  const place = declared ?? keyOf(look, node) ?? wanting.place ?? parameterOf(look, node, wanting)
  const origins = path.length > 0 ? [...originOf(look, node, missing), ...treeOriginOf(look, node)] : originsOf(look, node, { missing, extra })
  return [...origins, ...(place === undefined ? [] : [{ node: place, sentence: `${words(wants)} is declared here` }])]
}

const vmapSentence = (look: Look, node: ts.Expression, axis: string): string =>
  `vmap over '${axis}': ${hasText(look, node)}; every argument carries the axis, and what is the same for all is captured, not passed`

/** An expression whose type is not the one wanted of it, where tensors are involved. */
export const toldOfMismatch = (look: Look, node: ts.Expression, wantedType: ts.Type): Told | undefined => {
  const { ts, checker } = look
  const inner = bare(look, node)
  if (ts.isConditionalExpression(inner)) return toldOfMismatch(look, inner.whenTrue, wantedType) ?? toldOfMismatch(look, inner.whenFalse, wantedType)
  if (ts.isBinaryExpression(inner) && inner.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) return toldOfMismatch(look, inner.right, wantedType) ?? toldOfMismatch(look, inner.left, checker.getNonNullableType(wantedType))
  const source = checker.getTypeAtLocation(node)
  const difference = differenceOf(look, source, wantedType)
  if (difference === undefined) return undefined
  const wanting = wantingOf(look, node)
  const { has, wants, path } = difference
  if (typeof wants !== 'string' && wants.dtype === '') return { code: 'AX002', node, sentence: `${wanting.call === undefined ? 'this list' : calleeOf(look, wanting.call)} wants tensors of the same axes and elements, but ${hasText(look, node)}`, related: originOf(look, node), proposals: () => [] }
  if (typeof has !== 'string' && (has.open.length > 0 || (typeof wants !== 'string' && wants.open.length > 0))) return { code: 'AX049', node, sentence: `${called(look, node)} has ${words(has)}, wanted ${words(wants)}: this function is generic in its axes, so its body cannot be checked here; give it one typed overload over an untyped body`, related: [], proposals: () => [] }
  const mapped = vmapOf(look, wanting.call)
  const told = { node, related: relatedOf(look, node, difference, wanting), proposals: () => waysOut(look, node, difference, wanting) }
  if (mapped !== undefined && path.length === 0 && typeof has !== 'string' && typeof wants !== 'string' && !has.axes.includes(mapped.axis)) return { ...told, code: 'AX001', sentence: vmapSentence(look, node, mapped.axis) }
  const extra = extraAxis(difference)
  const advice = wanting.kind === 'argument' && extra !== undefined && path.length === 0 && typeof wants !== 'string' && wants.axes.length > 0 && mapped === undefined && wanting.call !== undefined ? `; a function of one example is mapped: vmap('${extra}', …)` : ''
  return { ...told, code: codeOf(difference, wanting), sentence: sentenceOf(look, node, difference, wanting) + advice }
}

/** A size that may be undefined in a literal of sizes. */
export const toldOfSize = (look: Look, node: ts.Expression, wantedType: ts.Type): Told | undefined => {
  const { ts, checker } = look
  const call = callAround(look, node)
  const entry = node.parent
  const literal = ts.isPropertyAssignment(entry) || ts.isShorthandPropertyAssignment(entry) ? entry.parent : undefined
  const sizes = literal === undefined ? undefined : checker.getContextualType(literal)
  const ofTensor = call !== undefined && (shapeOf(look, checker.getTypeAtLocation(call)) !== undefined || nameIn(checker.getTypeAtLocation(call), '/language/declare.ts') === 'Declaration')
  if (call === undefined || sizes === undefined || !ofTensor || !sizes.getProperties().every(each => (checker.getTypeOfSymbol(each).flags & ts.TypeFlags.Number) !== 0) || (wantedType.flags & ts.TypeFlags.Number) === 0 || !(ts.isPropertyAssignment(entry) || ts.isShorthandPropertyAssignment(entry))) return undefined
  const type = checker.getTypeAtLocation(node)
  const optional = type.isUnion() && type.types.some(each => (each.flags & ts.TypeFlags.Undefined) !== 0)
  return {
    code: 'AX022', node,
    sentence: `${calleeOf(look, call)}: the size of '${entry.name.getText()}' ${optional ? `may be undefined (${called(look, node)})` : `is ${typeWords(look, type)}`}, wanted a whole number above zero`,
    related: [], proposals: () => [],
  }
}
