import { exact } from '../../compiler/passes/share.ts'
import { typeText } from '../../compiler/program/print.ts'
import type { Node } from '../../compiler/program/node.ts'
import { nodesOf, type Program } from '../../compiler/program/program.ts'
import type { Site } from '../../compiler/program/site.ts'

/** For nodes of the later program the node of the earlier one that they are, or that they took the place of. */
export type Matching = ReadonlyMap<Node, Node>

const attributesText = ({ attributes }: Node): string => JSON.stringify(attributes, exact)

/** Numbers for places: a rewritten node has the very place of the one it came from. */
const placeNumbers = (): ((node: Node) => string) => {
  const numbers = new Map<Site, number>()
  return ({ site, scope, backward }) => {
    const number = numbers.get(site) ?? numbers.size
    numbers.set(site, number)
    return `${number} ${scope} ${backward}`
  }
}

const shared = (one: readonly string[], other: readonly string[]): number => one.filter((each, i) => other[i] === each).length

/** Nodes by a key; those that are left of a group, once some were taken. */
const pool = (nodes: readonly Node[], keyOf: (node: Node) => string, taken: ReadonlySet<Node>) => {
  const found = new Map<string, Node[]>()
  for (const node of nodes) {
    const key = keyOf(node)
    const group = found.get(key)
    if (group === undefined) found.set(key, [node])
    else group.push(node)
  }
  return (node: Node): readonly Node[] => {
    const key = keyOf(node)
    const left = (found.get(key) ?? []).filter(each => !taken.has(each))
    found.set(key, left)
    return left
  }
}

/**
 * Which nodes of two versions of a program are the same, whatever their numbers: first those that are equal operations on equal operands, then,
 * from the inputs on, those of one place that do the same on other operands, and those that do it with other sizes. What hangs below a changed
 * node is thereby the same again.
 */
export const match = (before: Program, after: Program): Matching => {
  const [olds, news] = [nodesOf(before), nodesOf(after)]
  const found = new Map<Node, Node>()
  const taken = new Set<Node>()
  const labelOf = (node: Node): string => `${(found.get(node) ?? node).id}`
  const equalKey = (node: Node): string => `${node.op}|${node.inputs.map(labelOf).join()}|${attributesText(node)}|${typeText(node)}`
  const placeOf = placeNumbers()
  const likeKey = (node: Node): string => `${node.op}|${placeOf(node)}|${attributesText(node)}|${typeText(node)}`
  const looseKey = (node: Node): string => `${node.op}|${placeOf(node)}|${node.dtype}`
  const take = (node: Node, old: Node | undefined): boolean => {
    if (old === undefined || taken.has(old)) return false
    found.set(node, old)
    taken.add(old)
    return true
  }
  const best = (node: Node, candidates: readonly Node[]): Node | undefined => {
    const operands = node.inputs.map(labelOf)
    let [chosen, most]: [Node | undefined, number] = [undefined, -1]
    for (const each of candidates) {
      const count = shared(operands, each.inputs.map(({ id }) => `${id}`))
      if (count > most) [chosen, most] = [each, count]
    }
    return chosen
  }
  const own = new Set(olds)
  for (const node of news) if (own.has(node)) take(node, node)
  const left = olds.filter(node => !taken.has(node))
  const [equals, likes, loose] = [pool(left, equalKey, taken), pool(left, likeKey, taken), pool(left, looseKey, taken)]
  const takeEqual = (node: Node): boolean => take(node, equals(node)[0])
  for (const node of news) if (!found.has(node)) takeEqual(node)
  for (const node of news) if (!found.has(node) && !takeEqual(node)) take(node, best(node, likes(node)))
  for (const node of news) if (!found.has(node) && !takeEqual(node)) take(node, best(node, loose(node)))
  return found
}
