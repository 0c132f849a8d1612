import { broadcast, rename, unflatten } from '../primitives/index.ts'
import { fail, plain } from '../program/axes.ts'
import { has, sizeOf } from '../program/node.ts'
import { quotient } from './declare.ts'
import { mustBeName } from './leaf.ts'
import { leavesOf, mapLeaves } from './tree.ts'
import type { Lift, One, SizesOf, WithAxis } from './types.ts'
import { vmap } from './vmap.ts'

/**
 * Cuts an axis into groups of equal size and calls `f` for each by itself: `groupwise('example', { group: 8 }, 'batch', given, own => …)`. Inside,
 * what is left of the axis is called `as`, and a tensor without the axis is the same for every group; results carry the axis of the
 * groups. As `vmap`, it costs nothing. What `f` computes over `as` (a mean, a softmax, candidates) stays within a group.
 */
export function groupwise<const A extends string, const G extends string, const B extends string, T, R>(axis: A, groups: SizesOf<G> & One<'groupwise', NoInfer<G>>, as: B, given: T, f: (own: WithAxis<A, B, T>) => R): Lift<G, R>
export function groupwise(axis: string, groups: Readonly<Record<string, number>>, as: string, given: unknown, f: (own: never) => unknown): unknown {
  const [[group, count] = ['', 1]] = Object.entries(groups)
  const [first] = leavesOf(given).filter(({ node }) => has(node, axis))
  mustBeName(as)
  if (first === undefined) return fail('AX015', `groupwise over '${plain(axis)}': no tensor has it`)
  const size = quotient(axis, sizeOf(first.node, axis), group, count)
  if (count === 1) {
    const one = mapLeaves(node => (has(node, axis) ? rename([node], { names: { [axis]: as } }) : node), given)
    return mapLeaves(node => (node.dtype === 'key' ? node : broadcast([node], { sizes: { [group]: 1 } })), Reflect.apply(f, undefined, [one]))
  }
  const cut = Object.fromEntries(leavesOf(given).flatMap(({ path, node }) => (has(node, axis) ? [[path, unflatten([node], { axis, into: { [group]: count, [as]: size } })]] : [])))
  const mapped: unknown = Reflect.apply(vmap, undefined, [group, (own: Readonly<Record<string, unknown>>) => Reflect.apply(f, undefined, [mapLeaves((node, path) => own[path] ?? node, given)])])
  return typeof mapped === 'function' ? Reflect.apply(mapped, undefined, [cut]) : fail('AX015', `groupwise over '${plain(axis)}': nothing to map`)
}
