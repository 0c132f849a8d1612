import { arithmeticOf, type Arithmetic } from './arithmetic.ts'
import { callSitesOf, isFunctionValue, returnsOf, type Scope } from './calls.ts'
import { bare, bindingOf, type Binding, type FunctionNode } from './source.ts'
import { typescript, type ts } from './typescript.ts'

/** How far the source of a size could be followed. */
export interface Reached {
  readonly node: ts.Node
  /** What it is called there: `config.vision.hidden`, or the expression. */
  readonly label: string
  readonly value: number | undefined
  /** Properties of configurations that an arithmetic expression computes it from. */
  readonly from: readonly Reached[]
  /** Entries of records that the size itself was given under on its way: `hidden: text.hidden`. Innermost first. */
  readonly via: readonly Entry[]
}

export type Entry = ts.PropertyAssignment | ts.ShorthandPropertyAssignment

/** What is looked for: the size, where it is known, and the longest name that it had on the way. */
interface Quest {
  readonly scope: Scope
  readonly want: number | undefined
  readonly label: string
  /** Which of several calls is taken where nothing else decides. */
  readonly world: number
  readonly depth: number
}

/** Any element of an array. */
const any = '*'
const mostSteps = 48
const mostWorlds = 6

const isExact = ({ want }: Quest, { value }: Reached): boolean => value !== undefined && (want === undefined || value === want)
const fits = ({ want }: Quest, { value }: Reached): boolean => value === undefined || want === undefined || value === want

/** Of several ways to go on, one that ends at the size itself, else the first that does not end at another. */
const best = (quest: Quest, ways: readonly (() => Reached | undefined)[]): Reached | undefined => {
  let found: Reached | undefined
  for (const way of ways) {
    const reached = way()
    if (reached === undefined || !fits(quest, reached)) continue
    if (isExact(quest, reached)) return reached
    found ??= reached
  }
  return found
}

const stop = (node: ts.Node, label: string): Reached => ({ node, label, value: undefined, from: [], via: [] })

/** The name of what is read, where it says more than the name before. */
const named = (node: ts.Expression, access: readonly string[], { label }: Quest): string => {
  const T = typescript()
  if (!T.isIdentifier(node) && !T.isPropertyAccessExpression(node)) return label
  const name = [node.getText(), ...access.filter(each => each !== any)].join('.')
  return name.split('.').length > label.split('.').length || label === '' ? name : label
}

const iterations: Readonly<Record<string, number>> = { map: 0, flatMap: 0, forEach: 0, filter: 0, some: 0, every: 0, reduce: 1 }

/** What an array method passes to its callback: an element, or where a reduction starts. */
const fromIteration = (of: FunctionNode, index: number, access: readonly string[], quest: Quest): Reached | undefined => {
  const T = typescript()
  const call = of.parent
  if (!T.isCallExpression(call) || !T.isPropertyAccessExpression(call.expression)) return undefined
  const element = iterations[call.expression.name.text]
  if (element === undefined || call.arguments[0] !== of) return undefined
  if (index === element) return follow(call.expression.expression, [any, ...access], quest)
  const start = element === 1 && index === 0 ? call.arguments[1] : undefined
  return start && follow(start, access, quest)
}

const fromParameter = ({ of, index, path }: Binding & { readonly kind: 'parameter' }, access: readonly string[], quest: Quest): Reached | undefined => {
  const [whole, { initializer }] = [[...path, ...access], of.parameters[index] ?? {}]
  const iterated = fromIteration(of, index, whole, quest)
  if (iterated !== undefined) return iterated
  const ways = callSitesOf(of, quest.scope).map(({ call, scope }) => () => {
    const argument = call.arguments[index] ?? initializer
    return argument === undefined || typescript().isSpreadElement(argument) ? undefined : (follow(argument, whole, { ...quest, scope }) ?? stop(argument, quest.label))
  })
  // Without a size to compare with, one world is as good as another: who asks tries them all.
  const chosen = quest.want === undefined && ways.length > 1 ? [ways[quest.world % ways.length] ?? (() => undefined)] : ways
  return best(quest, chosen)
}

const fromName = (node: ts.Identifier, access: readonly string[], quest: Quest): Reached | undefined => {
  const binding = bindingOf(node)
  if (binding === undefined || binding.kind === 'function') return undefined
  return binding.kind === 'value' ? follow(binding.value, [...binding.path, ...access], quest) : fromParameter(binding, access, quest)
}

const fromProperty = (property: ts.ObjectLiteralElementLike, name: string, access: readonly string[], quest: Quest): Reached | undefined => {
  const T = typescript()
  if (T.isSpreadAssignment(property)) return follow(property.expression, [name, ...access], quest)
  if (property.name?.getText().replace(/^['"]|['"]$/g, '') !== name) return undefined
  const value = T.isPropertyAssignment(property) ? property.initializer : T.isShorthandPropertyAssignment(property) ? property.name : undefined
  if (value === undefined || contradicts(value, quest)) return undefined
  const found = follow(value, access, quest)
  if (found === undefined) return stop(property, quest.label || value.getText())
  if (found.node === value) return { ...found, node: property }
  return access.length > 0 || !isEntry(property) ? found : { ...found, via: [property, ...found.via] }
}

/** A property of a record that is written down: the last that says it wins. */
const fromObject = (node: ts.ObjectLiteralExpression, [name, ...access]: readonly string[], quest: Quest): Reached | undefined =>
  name === undefined ? undefined : best(quest, [...node.properties].reverse().map(property => () => fromProperty(property, name, access, quest)))

const contradicts = (value: ts.Expression, { want }: Quest): boolean => typescript().isNumericLiteral(value) && want !== undefined && Number(value.text.replaceAll('_', '')) !== want

const fromCall = (node: ts.CallExpression, access: readonly string[], quest: Quest): Reached | undefined => {
  const T = typescript()
  const callee = bare(node.expression)
  const binding = T.isIdentifier(callee) ? bindingOf(callee) : undefined
  const entered = binding?.kind === 'function' ? binding.node : binding?.kind === 'value' ? isFunctionValue(binding.value) : undefined
  if (entered !== undefined) {
    const scope: Scope = { ...quest.scope, entered: new Map([...quest.scope.entered, [entered, { call: node, scope: quest.scope }]]) }
    const found = best(quest, returnsOf(entered).map(value => () => follow(value, access, { ...quest, scope })))
    if (found !== undefined) return found
  }
  // A function of the language that changes some values of a record, and keeps the others.
  const kept = access.length === 0 ? undefined : best(quest, node.arguments.map(argument => () => (T.isSpreadElement(argument) ? undefined : follow(argument, access, quest))))
  return kept !== undefined && isExact(quest, kept) ? kept : undefined
}

/** A size that is read off a tensor, `sizeAlong('y', weight)`: where that tensor has it from. */
const fromRead = (node: ts.CallExpression, { want, world, scope, label }: Quest): Reached | undefined => {
  const all = scope.readAt(node).filter(({ size }) => want === undefined || size === want)
  const read = all[world % Math.max(1, all.length)]
  return read && { ...(read.reached() ?? stop(node, label)), value: read.size }
}

const isEntry = (node: ts.Node): node is Entry => typescript().isPropertyAssignment(node) || typescript().isShorthandPropertyAssignment(node)

/** What an operand is computed from itself; the records that it was given under on its way stay named. */
const throughEntries = ({ node, from, via }: Reached): readonly Reached[] => {
  const entries = isEntry(node) ? [node, ...via] : via
  return from.map((source, i) => (i === 0 ? { ...source, via: [...entries, ...source.via] } : source))
}

const computed = (node: ts.Expression, { operands, compute }: Arithmetic, quest: Quest): Reached => {
  const label = node.getText().replace(/\s+/g, ' ')
  // Inside another computation that one chooses.
  const worlds = quest.want === undefined ? [quest.world] : Array.from({ length: mostWorlds }, (_, i) => i)
  for (const world of worlds) {
    const reached = operands.map(operand => follow(operand, [], { ...quest, want: undefined, label: '', world }))
    const values = reached.map(each => each?.value ?? Number.NaN)
    const value = compute(...values)
    if (quest.want !== undefined && value !== quest.want) continue
    const sources = reached.flatMap(each => (each === undefined ? [] : each.from.length > 0 ? throughEntries(each) : each.label === '' || each.value === undefined ? [] : [each]))
    return { node, label, value: Number.isFinite(value) ? value : undefined, from: [...new Map(sources.map(each => [each.label, each])).values()], via: [] }
  }
  return stop(node, label)
}

/** Follows an expression, or a property of its value, to the number that it is: through names, parameters, patterns, spreads and calls. */
export const follow = (expression: ts.Expression, access: readonly string[], before: Quest): Reached | undefined => {
  const T = typescript()
  const node = bare(expression)
  if (before.depth > mostSteps) return undefined
  const quest = { ...before, depth: before.depth + 1, label: named(node, access, before) }
  if (T.isNumericLiteral(node)) return access.length > 0 || contradicts(node, quest) ? undefined : { node, label: quest.label, value: Number(node.text.replaceAll('_', '')), from: [], via: [] }
  if (T.isIdentifier(node)) return fromName(node, access, quest) ?? (access.length === 0 ? stop(node, quest.label) : undefined)
  if (T.isPropertyAccessExpression(node)) return follow(node.expression, [node.name.text, ...access], quest) ?? (access.length === 0 ? stop(node, quest.label) : undefined)
  if (T.isElementAccessExpression(node)) return follow(node.expression, [T.isNumericLiteral(node.argumentExpression) || T.isStringLiteral(node.argumentExpression) ? node.argumentExpression.text : any, ...access], quest)
  if (T.isObjectLiteralExpression(node)) return fromObject(node, access, quest)
  if (T.isArrayLiteralExpression(node)) return best(quest, node.elements.filter((_, i) => access[0] === any || access[0] === String(i)).map(element => () => follow(element, access.slice(1), quest)))
  if (T.isConditionalExpression(node)) return best(quest, [node.whenTrue, node.whenFalse].map(each => () => follow(each, access, quest)))
  if (T.isBinaryExpression(node) && [T.SyntaxKind.QuestionQuestionToken, T.SyntaxKind.BarBarToken].includes(node.operatorToken.kind)) return best(quest, [node.left, node.right].map(each => () => follow(each, access, quest)))
  const arithmetic = access.length === 0 ? arithmeticOf(node) : undefined
  if (arithmetic !== undefined) return computed(node, arithmetic, quest)
  const read = T.isCallExpression(node) && access.length === 0 ? fromRead(node, quest) : undefined
  if (read !== undefined) return read
  return T.isCallExpression(node) ? fromCall(node, access, quest) : undefined
}

/** A fresh quest for a size; `undefined` where any will do. */
export const questFor = (scope: Scope, want: number | undefined): Quest => ({ scope, want, label: '', world: 0, depth: 0 })
