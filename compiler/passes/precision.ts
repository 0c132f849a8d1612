import { axesOf, elements, type Node } from '../program/node.ts'
import type { Program } from '../program/program.ts'
import { cast, dot } from '../primitives/index.ts'
import { listOf } from './attributes.ts'
import { rewrite } from './rewrite.ts'

/** In what products of matrices are computed; everything else is f32 in any case. */
export const precisions = ['f32', 'bf16'] as const
export type Precision = (typeof precisions)[number]

/** Operations that only say where elements are: what is cast before them is cast once for all who look at it. */
const views: ReadonlySet<string> = new Set(['rename', 'unflatten', 'flatten'])

/** Elements of the axes that only one operand has. */
const own = (operand: Node, other: Node): number => elements(Object.fromEntries(axesOf(operand).filter(axis => !(axis in other.axes)).map(axis => [axis, operand.axes[axis] ?? 1])))

/** A product of matrices: both operands have axes of their own. Without, it is a sum of products, element by element, and stays f32. */
const isProduct = (node: Node): boolean => {
  const [l, r] = node.inputs
  return node.op === 'dot' && l?.dtype === 'f32' && r?.dtype === 'f32' && own(l, r) > 1 && own(r, l) > 1
}

/**
 * Products of matrices with operands of bf16, summed in f32; every operand is cast once. Parameters, their moments, sums, exchanges between
 * devices and all that is done element by element stay f32. It must run after everything that moves or shares products: a cast is in their way.
 */
export const inBf16 = (program: Program): Program => {
  const casts = new Map<Node, Node>()
  const short = (node: Node): Node => {
    const made = casts.get(node) ?? (views.has(node.op) ? node.rules.rebuild(node.inputs.map(short)) : cast([node], { dtype: 'bf16' }))
    casts.set(node, made)
    return made
  }
  return rewrite(program, node => (isProduct(node) ? dot(node.inputs.map(short), { over: listOf(node, 'over') }) : node))
}
