import type { Given } from '../../program/error.ts'
import { given as giver } from '../../program/axes.ts'
import { sizeOf } from '../../program/node.ts'
import type { Site } from '../../program/site.ts'
import { calledName, type Scope } from './calls.ts'
import { follow, questFor, type Reached } from './follow.ts'
import type { Read } from './observe.ts'
import { bare, callAt, isFunction, placeOf, type Place } from './source.ts'
import { typescript, type ts } from './typescript.ts'

/** Where a size was given: the call that says it, and how far its expression could be followed. */
export interface Provenance {
  readonly place: Place
  readonly call: ts.CallExpression | undefined
  /** Name of the function that was called there: `param`. */
  readonly called: string | undefined
  readonly reached: Reached | undefined
}

const isText = (node: ts.Node | undefined): node is ts.StringLiteralLike => node !== undefined && typescript().isStringLiteralLike(node)

/** Expressions among the arguments of a call that may say the size of an axis, with the property that it is: the likeliest first. */
const candidates = ({ arguments: all }: ts.CallExpression, called: string | undefined, { axis, by }: Given): readonly { readonly expression: ts.Expression; readonly access: readonly string[] }[] => {
  const given = all.map(bare)
  const numbers = (...at: readonly number[]) => at.flatMap(i => (given[i] === undefined ? [] : [{ expression: given[i], access: [] }]))
  if (by === 'argument') {
    // `slice(axis, start, size, x)` and `pad(axis, before, after, x)`; `at(axis, index, x)` is a slice of one.
    if (axis === 'start' || axis === 'before') return numbers(1)
    if (axis === 'end') return called === 'slice' ? numbers(2) : numbers(1)
    if (axis === 'after') return numbers(2)
    const after = given.findIndex(each => isText(each) && each.text === axis)
    if (called === 'quotient' && after >= 0) return numbers(after + 1)
  }
  const records = given.filter(each => !isText(each) && !isFunction(each) && !typescript().isNumericLiteral(each)).map(expression => ({ expression, access: [axis] }))
  return called === 'slice' ? [...numbers(2), ...records] : records
}

/** What the places of a trace are read with: the name of its configuration, and the sizes that the program read as numbers. */
export interface Known {
  readonly config: string | undefined
  readonly reads: readonly Read[]
}

const readsAt = (call: ts.CallExpression, { config, reads }: Known): ReturnType<Scope['readAt']> =>
  reads.flatMap(({ node, axis, site }, i) => {
    const [frame] = site.frames
    if (frame === undefined || callAt(placeOf(frame)) !== call) return []
    // What was read before this one: no size comes from itself.
    return [{ size: sizeOf(node, axis), reached: () => provenanceOf(giver(node, axis), site, { config, reads: reads.slice(0, i) })?.reached }]
  })

/** Follows a size from the call that said it; `site` is the place of the mistake, for sizes that its own call was given. */
export const provenanceOf = (given: Given, mistake: Site, known: Known): Provenance | undefined => {
  const places = (given.by === 'argument' ? mistake : given.site).frames.map(placeOf)
  const [place] = places
  if (place === undefined) return undefined
  const call = callAt(place)
  const called = call && calledName(call)
  if (call === undefined) return { place, call, called, reached: undefined }
  const scope: Scope = { places, index: 0, entered: new Map(), config: known.config, readAt: read => readsAt(read, known) }
  let reached: Reached | undefined
  for (const { expression, access } of candidates(call, called, given)) {
    const found = follow(expression, access, questFor(scope, given.size))
    if (found?.value === given.size) return { place, call, called, reached: found }
    // A record that is passed on may be one of sizes or a tensor: only what ends at the size itself is sure to be the former.
    if (access.length === 0 || given.by === 'declaration' || typescript().isObjectLiteralExpression(expression)) reached ??= found
  }
  return { place, call, called, reached: reached ?? (given.by === 'operation' ? computedBy(call, given, scope) : undefined) }
}

/** What a call computes a size from, where it says other numbers than that one: `groupwise('example', { group: config.groups }, …)`. */
const computedBy = (call: ts.CallExpression, { size, axis }: Given, scope: Scope): Reached | undefined => {
  const T = typescript()
  const entries = call.arguments.flatMap(each => (T.isObjectLiteralExpression(each) ? each.properties : [])).filter(each => T.isPropertyAssignment(each) || T.isShorthandPropertyAssignment(each)).filter(({ name }) => name.getText() !== axis)
  const from = entries.flatMap(entry => {
    const found = follow(T.isPropertyAssignment(entry) ? entry.initializer : entry.name, [], questFor(scope, undefined))
    return found?.value === undefined || found.label === '' ? [] : [found]
  })
  return from.length === 0 ? undefined : { node: call, label: calledName(call) ?? '', value: size, from, via: [] }
}
