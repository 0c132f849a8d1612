import { rename, broadcast } from '../primitives/index.ts'
import { demand, fail, given, lift, plain, quote } from '../program/axes.ts'
import { AxleError, say } from '../program/error.ts'
import { axesOf, currentContext, has, sizeOf, within, type Node } from '../program/node.ts'
import { mustBeName } from './leaf.ts'
import { leavesOf, mapLeaves } from './tree.ts'
import type { Free, Lift } from './types.ts'

/** The first operation inside the mapped function on which a captured axis came in. */
const captureOf = (result: Node, axis: string, start: number): Node => {
  const inside = result.inputs.find(input => input.id >= start && has(input, axis))
  return inside === undefined ? result : captureOf(inside, axis, start)
}

const checkArguments = (axis: string, leaves: readonly Node[]): number => {
  const tensors = leaves.filter(node => node.dtype !== 'key')
  const [first] = tensors
  if (first === undefined) return fail('AX015', `vmap over '${axis}': no argument is a tensor`)
  for (const node of tensors) {
    if (!has(node, axis)) fail('AX001', `vmap over '${axis}': an argument has ${quote(axesOf(node))}; what is the same for all is captured, not passed`)
    if (node !== first) demand('same', sizeOf(first, axis), sizeOf(node, axis), 'AX021', () => say`vmap over '${axis}': ${given(first, axis)} but ${given(node, axis)}`)
  }
  return sizeOf(first, axis)
}

/**
 * Maps a function written for one example over an axis. Every argument carries the axis; what is the same for all examples is captured.
 * Inside, the axis cannot be named, and a captured tensor that carries the same name has *another* axis. A result that does not depend on
 * the arguments is repeated. Random operations draw independently for each position. Costs nothing: operations look only at the axes
 * they name.
 */
export function vmap<const B extends string, Args extends readonly unknown[], R>(axis: B, f: ((...xs: Args) => R) & Free<B, Args[number]> & Free<B, R>): (...xs: { [K in keyof Args]: Lift<B, Args[K]> }) => Lift<B, R>
export function vmap(axis: string, f: (...xs: never[]) => unknown): (...xs: unknown[]) => unknown {
  mustBeName(axis)
  const hidden = lift(axis)
  return (...xs) => {
    const { lifted } = currentContext()
    if (lifted.some(outer => outer.axis === hidden)) fail('AX004', `vmap over '${axis}' inside vmap over '${axis}'`)
    const size = checkArguments(axis, leavesOf(xs).map(({ node }) => node))
    const inside = xs.map(x => mapLeaves(node => (node.dtype === 'key' ? node : rename([node], { names: { [axis]: hidden } })), x))
    const start = leavesOf(inside).reduce((least, { node }) => Math.min(least, node.dtype === 'key' ? least : node.id), Number.POSITIVE_INFINITY)
    const result = within({ lifted: [...lifted, { axis: hidden, size }] }, () => Reflect.apply(f, undefined, inside))
    return mapLeaves(node => {
      if (node.dtype === 'key') return node
      if (has(node, axis)) throw new AxleError('AX006', captureOf(node, axis, start).site, `a tensor captured by vmap over '${plain(axis)}' carries that axis itself; rename it, or pass it as an argument`)
      const full = has(node, hidden) ? node : broadcast([node], { sizes: { [hidden]: size } })
      return rename([full], { names: { [hidden]: axis } })
    }, result)
  }
}
