import { bare, callAt, functionAt, isFunction, nameOfFunction, type FunctionNode, type Place } from './source.ts'
import type { Reached } from './follow.ts'
import { typescript, type ts } from './typescript.ts'

/** Where an expression is evaluated: the callers that were on the stack, from which of them on it counts, and calls that were entered on the way. */
export interface Scope {
  readonly places: readonly Place[]
  readonly index: number
  readonly entered: ReadonlyMap<FunctionNode, { readonly call: ts.CallExpression; readonly scope: Scope }>
  /** The configuration that is checked, where it has a name. */
  readonly config: string | undefined
  /** What a call read off a tensor as a number, each time that it ran: the size, and where that comes from. */
  readonly readAt: (call: ts.CallExpression) => readonly { readonly size: number; readonly reached: () => Reached | undefined }[]
}

/** A call, and where its arguments are evaluated. */
export interface CallSite {
  readonly call: ts.CallExpression
  readonly scope: Scope
}

/** The function that a call names, by its last name. */
export const calledName = ({ expression }: ts.CallExpression): string | undefined => {
  const T = typescript()
  const callee = bare(expression)
  return T.isIdentifier(callee) ? callee.text : T.isPropertyAccessExpression(callee) ? callee.name.text : undefined
}

const known = new WeakMap<ts.SourceFile, ReadonlyMap<string, readonly ts.CallExpression[]>>()

const callsIn = (source: ts.SourceFile): ReadonlyMap<string, readonly ts.CallExpression[]> => {
  const before = known.get(source)
  if (before !== undefined) return before
  const T = typescript()
  const found = new Map<string, ts.CallExpression[]>()
  const visit = (node: ts.Node): void => {
    const name = T.isCallExpression(node) ? calledName(node) : undefined
    if (T.isCallExpression(node) && name !== undefined) found.set(name, [...(found.get(name) ?? []), node])
    T.forEachChild(node, visit)
  }
  visit(source)
  known.set(source, found)
  return found
}

export const surrounds = (outer: ts.Node, inner: ts.Node): boolean => outer.getSourceFile() === inner.getSourceFile() && outer.getStart() <= inner.getStart() && inner.getEnd() <= outer.getEnd()

/** Whether a call belongs to an entry of that name in a table of configurations. */
const isFor = (config: string | undefined, call: ts.Node): boolean => {
  const T = typescript()
  for (let node = call.parent; config !== undefined && node !== undefined; node = node.parent) if (T.isPropertyAssignment(node) && node.name.getText() === config) return true
  return false
}

/** The call of a function that is on the stack. */
const onStack = (of: FunctionNode, scope: Scope): CallSite | undefined => {
  const at = scope.places.findIndex((place, i) => i >= scope.index && functionAt(place) === of)
  const caller = at < 0 ? undefined : scope.places[at + 1]
  const call = caller === undefined ? undefined : callAt(caller)
  const name = nameOfFunction(of)
  if (call === undefined || call.arguments.some(argument => bare(argument) === of)) return undefined
  return name === undefined || calledName(call) === name ? { call, scope: { ...scope, index: at + 1 } } : undefined
}

/** Where a function was called: on the stack; or, where it has returned a closure already, every call of its name, the likeliest first. */
export const callSitesOf = (of: FunctionNode, scope: Scope): readonly CallSite[] => {
  const entered = scope.entered.get(of)
  if (entered !== undefined) return [entered]
  const stacked = onStack(of, scope)
  if (stacked !== undefined) return [stacked]
  const name = nameOfFunction(of)
  if (name === undefined) return []
  const callers = scope.places.map(functionAt)
  const sources = new Set([...scope.places.flatMap(({ source }) => source ?? []), of.getSourceFile()])
  const found = [...sources].flatMap(source => callsIn(source).get(name) ?? []).map(call => {
    const index = callers.findIndex((caller, i) => i >= scope.index && caller !== undefined && surrounds(caller, call))
    return { call, scope: { ...scope, index: index < 0 ? scope.places.length : index } }
  })
  const rank = ({ call, scope: { index, places, config } }: CallSite): number => (index < places.length ? index : places.length + (isFor(config, call) ? 0 : 1))
  return found.sort((a, b) => rank(a) - rank(b))
}

/** The function that a call enters, where the source says so. */
export const isFunctionValue = (node: ts.Expression): FunctionNode | undefined => {
  const value = bare(node)
  return isFunction(value) ? value : undefined
}

/** What a function may return. */
export const returnsOf = (node: FunctionNode): readonly ts.Expression[] => {
  const T = typescript()
  const { body } = node
  if (body === undefined) return []
  if (!T.isBlock(body)) return [body]
  const found: ts.Expression[] = []
  const visit = (each: ts.Node): void => {
    if (T.isReturnStatement(each) && each.expression !== undefined) found.push(each.expression)
    if (!isFunction(each)) T.forEachChild(each, visit)
  }
  T.forEachChild(body, visit)
  return found
}
