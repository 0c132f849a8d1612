import { isLifted } from '../../program/axes.ts'
import { axesOf, type Attribute, type Node } from '../../program/node.ts'
import type { Finding } from '../finding.ts'
import { nodesOfOps, type Graph, type Graphs } from './graph.ts'
import { lintAt } from './place.ts'

/** Whether an attribute says a name anywhere, as a text or as a key. */
const says = (attribute: Attribute, name: string): boolean => {
  if (typeof attribute === 'string') return attribute === name
  if (typeof attribute !== 'object') return false
  return Array.isArray(attribute) ? attribute.some((each: Attribute) => says(each, name)) : Object.entries(attribute).some(([key, value]) => key === name || says(value, name))
}

const namesOf = (node: Node): readonly (readonly [string, string])[] => {
  const names = node.op === 'rename' ? node.attributes['names'] : undefined
  return typeof names === 'object' && !Array.isArray(names) ? Object.entries(names).flatMap(([before, after]) => (typeof after === 'string' && after !== before ? [[before, after] as const] : [])) : []
}

/** `vmap` takes an axis by name, and so does a renaming to a third name: those are uses. A renaming back is none. */
const namedBy = (user: Node, axis: string, original: string): boolean =>
  user.op === 'rename' ? namesOf(user).some(([before, after]) => before === axis && after !== original) : says(user.attributes, axis)

/** Whether any operation names an axis of a value, aligns it with one of another value, or hands it out of the program. */
const isUsed = ({ roots, users }: Graph, from: Node, axis: string, original: string): boolean => {
  const carriers = new Set([from])
  const joins: Node[] = []
  // A set visits what is added while it is walked.
  for (const carrier of carriers) {
    if (roots.has(carrier)) return true
    for (const user of users.get(carrier) ?? []) {
      if (user.backward) continue
      if (namedBy(user, axis, original)) return true
      if (user.op === 'rename' && namesOf(user).some(([before]) => before === axis)) continue
      joins.push(user)
      if (axis in user.axes) carriers.add(user)
    }
  }
  return joins.some(user => user.inputs.some(input => !carriers.has(input) && axesOf(input).includes(axis)))
}

/** AX058: a renaming to a name that nothing ever says: no operation names the axis, nothing is aligned by it, and it leaves no program. */
export const unusedNames = ({ all }: Graphs): readonly Finding[] =>
  all.flatMap(graph =>
    nodesOfOps(graph, ['rename']).filter(({ backward }) => !backward).flatMap(node =>
      namesOf(node).filter(([before, after]) => !isLifted(before) && !isLifted(after) && !isUsed(graph, node, after, before)).map(([before, after]) =>
        lintAt('AX058', node, `'${before}' is renamed to '${after}', and nothing ever names '${after}': the renaming is not needed, or something that should be over '${after}' is not`))))
