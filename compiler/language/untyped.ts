import * as p from '../primitives/index.ts'
import { fail, isLifted, mustCarry, mustLack, plain, quote, visible } from '../program/axes.ts'
import { axesOf, currentContext, has, sizeOf, without, type Node, type Sizes } from '../program/node.ts'
import { leafOf, mustBeName, mustNest, nodeOf, operandOf } from './leaf.ts'
import type { Leaf } from './types.ts'

/**
 * The operations without their types, for the bodies of functions that are generic in an axis (softmax, layerNorm, linear …) and so cannot
 * be checked by TypeScript. Everything a model author calls has a typed signature in front. Names, sizes and types are still checked while
 * tracing.
 */
type Operand = Leaf | number
const list = (axes: string | readonly string[]): readonly string[] => (typeof axes === 'string' ? [axes] : axes)

const binary = (op: string, make: (inputs: readonly Node[], attributes: Readonly<Record<string, never>>) => Node) => (l: Operand, r: Operand): Leaf => {
  const left = typeof l === 'number' ? operandOf(l, nodeOf(r)) : nodeOf(l)
  const right = operandOf(r, left)
  mustNest(op, left, right)
  return leafOf(make([left, right], {}))
}
const unary = (make: (inputs: readonly Node[], attributes: Readonly<Record<string, never>>) => Node) => (x: Leaf): Leaf => leafOf(make([nodeOf(x)], {}))

export const add = binary('add', p.add)
export const sub = binary('sub', p.sub)
export const mul = binary('mul', p.mul)
export const div = binary('div', p.div)
export const mod = binary('mod', p.mod)
export const max = binary('max', p.max)
export const pow = binary('pow', p.pow)
export const less = binary('less', p.less)
export const equal = binary('equal', p.equal)
export const and = binary('and', p.and)
export const neg = unary(p.neg)
export const exp = unary(p.exp)
export const log = unary(p.log)
export const sqrt = unary(p.sqrt)
export const rsqrt = unary(p.rsqrt)
export const tanh = unary(p.tanh)
export const erf = unary(p.erf)
export const sin = unary(p.sin)
export const floor = unary(p.floor)
export const not = unary(p.not)
export const stopGradient = unary(p.stopGradient)
/** `x`, marked as what a loss wants a prediction to be. */
export const target = (x: Leaf, prediction: Leaf): Leaf => leafOf(p.target([nodeOf(x), nodeOf(prediction)], {}))

export const elementwise = { add, sub, mul, div, max, less, equal, and } as const
const outerOps = { add: p.add, sub: p.sub, mul: p.mul, div: p.div, max: p.max, less: p.less, equal: p.equal, and: p.and } as const

/** An element-wise operation over the union of both operands' axes, wanted as such. */
export const outer = (op: keyof typeof outerOps, l: Leaf, r: Leaf): Leaf => leafOf(outerOps[op]([nodeOf(l), nodeOf(r)], {}))

export const select = (condition: Leaf, l: Operand, r: Operand): Leaf => {
  const like = typeof l === 'number' ? (typeof r === 'number' ? undefined : nodeOf(r)) : nodeOf(l)
  const asNode = (x: Operand): Node => (like === undefined ? operandOf(x, nodeOf(p.literal([], { value: 0, dtype: 'f32' }))) : operandOf(x, like))
  const parts = [nodeOf(condition), asNode(l), asNode(r)]
  const all = [...new Set(parts.flatMap(visible))]
  if (!parts.some(part => all.every(axis => has(part, axis)))) fail('AX002', `select: no operand carries all of ${quote(all)}`)
  return leafOf(p.select(parts, {}))
}
export const cast = (dtype: 'f32' | 'i32' | 'bool' | 'u8', x: Leaf): Leaf => leafOf(p.cast([nodeOf(x)], { dtype }))

export const rename = (x: Leaf, names: Readonly<Record<string, string>>): Leaf => {
  Object.values(names).forEach(mustBeName)
  return leafOf(p.rename([nodeOf(x)], { names }))
}
export const unflatten = (x: Leaf, axis: string, into: Sizes): Leaf => {
  Object.keys(into).forEach(mustBeName)
  return leafOf(p.unflatten([nodeOf(x)], { axis, into }))
}
export const flatten = (x: Leaf, axes: readonly string[], into: string): Leaf => {
  mustBeName(into)
  return leafOf(p.flatten([nodeOf(x)], { axes, into }))
}
export const broadcast = (x: Leaf, sizes: Sizes): Leaf => {
  Object.keys(sizes).forEach(mustBeName)
  return leafOf(p.broadcast([nodeOf(x)], { sizes }))
}
export const slice = (axis: string, start: number, size: number, x: Leaf): Leaf => leafOf(p.slice([nodeOf(x)], { axis, start, size }))
export const pad = (axis: string, before: number, after: number, x: Leaf, value = 0): Leaf => leafOf(p.pad([nodeOf(x)], { axis, before, after, value }))
export const at = (axis: string, index: number, x: Leaf): Leaf => leafOf(p.sum([p.slice([nodeOf(x)], { axis, start: index, size: 1 })], { axes: [axis] }))
export const concat = (axis: string, parts: readonly Leaf[]): Leaf => (parts.length === 0 ? fail('AX013', `concat over '${axis}' of no parts`) : leafOf(p.concat(parts.map(nodeOf), { axis })))
export const stack = (axis: string, parts: readonly Leaf[]): Leaf => concat(axis, parts.map(part => broadcast(part, { [axis]: 1 })))

const visibleOrListed = (axes: string | readonly string[] | undefined, x: Node): readonly string[] => (axes === undefined ? visible(x) : list(axes))
export const sum = (axes: string | readonly string[] | undefined, x: Leaf): Leaf => leafOf(p.sum([nodeOf(x)], { axes: visibleOrListed(axes, nodeOf(x)) }))
export const maximum = (axes: string | readonly string[], x: Leaf): Leaf => leafOf(p.maximum([nodeOf(x)], { axes: list(axes) }))
export const mean = (axes: string | readonly string[] | undefined, x: Leaf): Leaf => {
  const over = visibleOrListed(axes, nodeOf(x))
  for (const axis of over) mustCarry('mean', nodeOf(x), axis)
  if (nodeOf(x).dtype !== 'f32') fail('AX010', `mean of a tensor of ${nodeOf(x).dtype}: wanted f32`)
  return mul(sum(over, x), 1 / over.reduce((count, axis) => count * sizeOf(nodeOf(x), axis), 1))
}
export const argmax = (axis: string, x: Leaf): Leaf => leafOf(p.argmax([nodeOf(x)], { axis }))
export const topIndex = (axis: string, into: string, size: number, x: Leaf): Leaf => {
  mustBeName(into)
  return leafOf(p.topIndex([nodeOf(x)], { axis, into, size }))
}
/** `x`, which must lack the axis: what a type would say where the body of a function is untyped. */
export const lacking = (axis: string, x: Leaf): Leaf => {
  mustLack('lacking', nodeOf(x).axes, axis)
  return x
}
export const dot = (axes: string | readonly string[], l: Leaf, r: Leaf): Leaf => leafOf(p.dot([nodeOf(l), nodeOf(r)], { over: list(axes) }))
export const gather = (axis: string, table: Leaf, ids: Leaf): Leaf => leafOf(p.gather([nodeOf(table), nodeOf(ids)], { axis }))
/** A captured operand repeated along the lifted axes that another has. */
const withLifted = (node: Node, other: Node): Node => {
  const missing = Object.fromEntries(Object.entries(other.axes).filter(([axis]) => isLifted(axis) && !has(node, axis)))
  return Object.keys(missing).length === 0 ? node : p.broadcast([node], { sizes: missing })
}
export const scatterAdd = (axis: string, size: number, over: string | readonly string[], ids: Leaf, rows: Leaf): Leaf => {
  mustBeName(axis)
  return leafOf(p.scatterAdd([nodeOf(ids), withLifted(nodeOf(rows), nodeOf(ids))], { axis, size, over: list(over) }))
}
export const write = (axis: string, buffer: Leaf, start: Leaf, rows: Leaf): Leaf => leafOf(p.write([withLifted(nodeOf(buffer), nodeOf(rows)), nodeOf(start), withLifted(nodeOf(rows), nodeOf(buffer))], { axis }))
export const position = (axis: string, like: Leaf): Leaf => {
  mustCarry('position', nodeOf(like), axis)
  return leafOf(p.position([], { axis, size: sizeOf(nodeOf(like), axis) }))
}
export const literal = (value: number, dtype: 'f32' | 'i32' | 'bool' = 'f32'): Leaf => leafOf(p.literal([], { value, dtype }))
export const table = (axes: Sizes, values: readonly number[]): Leaf => leafOf(p.table([], { axes, values }))

/** Draws for every enclosing `vmap`, then for `sizes` as written. */
export const uniform = (key: Leaf, sizes: Sizes): Leaf => {
  Object.keys(sizes).forEach(mustBeName)
  const rows = Object.fromEntries(currentContext().lifted.map(({ axis, size }) => [axis, size]))
  return leafOf(p.uniform([nodeOf(key)], { rows, sizes }))
}

/** The size of an axis, as a number on the host. */
export const sizeAlong = (axis: string, x: Leaf): number => {
  mustCarry('sizeAlong', nodeOf(x), axis)
  currentContext().observer?.read(nodeOf(x), axis)
  return sizeOf(nodeOf(x), axis)
}
/** The axes that the body may see. */
export const axesSeen = (x: Leaf): readonly string[] => visible(nodeOf(x)).map(plain)
export const sizesSeen = (x: Leaf): Sizes => without(nodeOf(x).axes, axesOf(nodeOf(x)).filter(axis => !visible(nodeOf(x)).includes(axis)))
