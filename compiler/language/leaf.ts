import { fail, isLifted, quote, visible } from '../program/axes.ts'
import { isNode, type Node } from '../program/node.ts'
import { literal } from '../primitives/index.ts'
import type { Leaf } from './types.ts'

/** Tensors are nodes; the types of the language hide it, these two guards cross the border without a cast. */
export const isLeaf = (x: unknown): x is Leaf => isNode(x)

export const nodeOf = (x: unknown): Node => (isNode(x) ? x : fail('AX012', `wanted a tensor, found ${x === undefined ? 'nothing (undefined)' : typeof x === 'object' ? 'an object' : `${typeof x} ${String(x)}`}`))

export const leafOf = (node: Node): Leaf => {
  if (!isLeaf(node)) throw new Error('internal: not a leaf')
  return node
}

/** A number beside a tensor takes the tensor's element type. */
export const operandOf = (x: unknown, like: Node): Node => {
  if (typeof x !== 'number') return nodeOf(x)
  return literal([], { value: x, dtype: like.dtype === 'i32' ? 'i32' : 'f32' })
}

const carries = (all: Node, some: Node): boolean => {
  for (const axis in some.axes) if (!(axis in all.axes)) return false
  return true
}

/** Element-wise operands: the visible axes of one contain the other's. Lifted axes ride along. */
export const mustNest = (op: string, l: Node, r: Node): void => {
  if (l.axes === r.axes || carries(l, r) || carries(r, l)) return
  const onlyLeft = visible(l).filter(axis => !(axis in r.axes))
  const onlyRight = visible(r).filter(axis => !(axis in l.axes))
  if (onlyLeft.length > 0 && onlyRight.length > 0) fail('AX002', `${op}: only the left operand has ${quote(onlyLeft)}, only the right one ${quote(onlyRight)}; rename one, or say outer('${op}', …)`)
}

/** An axis name that a person writes: text without the mark of lifted axes, and no number (records would reorder it). */
export const mustBeName = (axis: string): void => {
  if (isLifted(axis) || axis === '' || /^\d+$/.test(axis)) fail('AX005', `'${axis}' cannot be the name of an axis`)
}
