import { axesOf, elements, sizeOf, type DType, type Node } from '../../program/node.ts'
import { anything, exactly, join, larger, negated, productOf, quotientOf, range, repeated, rising, squareOf, sumOf, truth, upTo, type Range } from './range.ts'

export type RangeOf = (node: Node) => Range

const byType: Readonly<Partial<Record<DType, Range>>> = { bool: truth, u8: range(0, 255, true), i32: { ...anything, whole: true } }

const numberAt = (node: Node, name: string): number => {
  const value = node.attributes[name]
  return typeof value === 'number' ? value : Number.NaN
}
const axesAt = (node: Node, name: string): readonly string[] => {
  const value = node.attributes[name]
  return Array.isArray(value) ? value.flatMap(each => (typeof each === 'string' ? [each] : [])) : []
}
const valuesOf = (node: Node): readonly number[] => {
  const values = node.attributes['values']
  return Array.isArray(values) ? values.flatMap(each => (typeof each === 'number' ? [each] : [])) : []
}

/** Operations whose result has the elements of their first input and no others. */
const passing: ReadonlySet<string> = new Set(['rename', 'unflatten', 'flatten', 'broadcast', 'slice', 'gather', 'maximum', 'stopGradient', 'tap', 'target', 'allGather'])

/** The value itself, behind operations that change neither elements nor their places. */
const behind = (node: Node): Node => {
  const [input] = node.inputs
  return input !== undefined && ['stopGradient', 'tap', 'target', 'broadcast'].includes(node.op) ? behind(input) : node
}

/** The axes over whose maximum a value was shifted: x − max x is nowhere above zero, and zero somewhere. */
const shiftedBy = (node: Node): readonly string[] | undefined => {
  const [x, top] = node.inputs.map(behind)
  const found = node.op === 'sub' && top?.op === 'maximum' && x !== undefined && top.inputs.map(behind).includes(x)
  return found ? axesAt(top, 'axes') : undefined
}

/** exp of a shifted value, summed over the axes of the shift: one of the terms is 1. */
const softmaxSum = (node: Node): boolean => {
  const [terms] = node.inputs
  const [shifted] = terms?.op === 'exp' ? terms.inputs : []
  const axes = shifted === undefined ? undefined : shiftedBy(shifted)
  return axes !== undefined && axes.every(axis => axesAt(node, 'axes').includes(axis))
}

const countAlong = (operand: Node | undefined, axes: readonly string[]): number => axes.reduce((count, axis) => count * (operand === undefined ? 1 : sizeOf(operand, axis)), 1)

const powerOf = (base: Range, exponent: Range): Range => {
  if (base.low < 0) return anything
  const ends = [base.low, base.high].flatMap(b => [exponent.low, exponent.high].map(e => (b === 1 || e === 0 ? 1 : b ** e)))
  return range(Math.min(...ends), Math.max(...ends))
}

const remainder = (l: Range, r: Range): Range => (r.low > 0 ? range(0, r.high, l.whole && r.whole) : { ...anything, whole: l.whole && r.whole })

const castTo = (dtype: DType, x: Range): Range => {
  if (dtype === 'f32') return range(x.low, x.high, x.whole)
  if (dtype === 'i32') return { low: Math.trunc(x.low), high: Math.trunc(x.high), whole: true }
  return byType[dtype] ?? anything
}

type Rule = (node: Node, inputs: readonly Range[]) => Range

const one = (rule: (x: Range, node: Node) => Range): Rule => (node, [x = anything]) => rule(x, node)
const two = (rule: (l: Range, r: Range, node: Node) => Range): Rule => (node, [l = anything, r = anything]) => rule(l, r, node)
const sameOperands = ({ inputs: [l, r] }: Node): boolean => l !== undefined && r !== undefined && behind(l) === behind(r)
const signed = (f: (x: number) => number, x: Range): Range => { const found = rising(f, x); return { ...found, low: Math.max(-1, found.low), high: Math.min(1, found.high) } }

const rules: Readonly<Record<string, Rule>> = {
  literal: node => exactly(numberAt(node, 'value')),
  table: node => range(valuesOf(node).reduce((a, b) => Math.min(a, b), Infinity), valuesOf(node).reduce((a, b) => Math.max(a, b), -Infinity)),
  position: node => range(0, numberAt(node, 'size') - 1, true),
  uniform: () => range(0, 1 - 2 ** -23),
  noGradient: () => exactly(0),
  neg: one(negated),
  add: two(sumOf),
  sub: two((l, r, node) => (sameOperands(node) ? exactly(0) : shiftedBy(node) !== undefined ? { ...sumOf(l, negated(r)), high: 0 } : sumOf(l, negated(r)))),
  mul: two((l, r, node) => (sameOperands(node) ? squareOf(l) : productOf(l, r))),
  div: two(quotientOf),
  mod: two(remainder),
  max: two(larger),
  pow: two(powerOf),
  exp: one(x => rising(Math.exp, x)),
  log: one(x => range(x.low > 0 ? Math.log(x.low) : Number.NEGATIVE_INFINITY, x.high > 0 ? Math.log(x.high) : Number.POSITIVE_INFINITY)),
  sqrt: one(x => rising(v => Math.sqrt(Math.max(v, 0)), x)),
  rsqrt: one(x => range(1 / Math.sqrt(Math.max(x.high, 0)), 1 / Math.sqrt(Math.max(x.low, 0)))),
  tanh: one(x => signed(Math.tanh, x)),
  erf: one(x => range(x.low >= 0 ? 0 : -1, x.high <= 0 ? 0 : 1)),
  sin: () => range(-1, 1),
  floor: one(x => ({ low: Math.floor(x.low), high: Math.floor(x.high), whole: true })),
  less: () => truth, equal: () => truth, and: () => truth, not: () => truth,
  select: (_node, [, l = anything, r = anything]) => join(l, r),
  cast: one((x, node) => castTo(node.dtype, x)),
  pad: one((x, node) => join(x, exactly(numberAt(node, 'value')))),
  concat: (_node, parts) => parts.reduce(join),
  write: (_node, [buffer = anything, , rows = anything]) => join(buffer, rows),
  sum: one((x, node) => {
    const total = repeated(x, countAlong(node.inputs[0], axesAt(node, 'axes')))
    return softmaxSum(node) ? { ...total, low: Math.max(1, total.low) } : total
  }),
  dot: two((l, r, node) => repeated(sameOperands(node) ? squareOf(l) : productOf(l, r), countAlong(node.inputs[0], axesAt(node, 'over')))),
  scatterAdd: (node, [, rows = anything]) => upTo(rows, countAlong(node.inputs[0], axesAt(node, 'over'))),
  argmax: node => range(0, sizeAt(node) - 1, true),
  topIndex: node => range(0, sizeAt(node) - 1, true),
  allReduce: one((x, node) => repeated(x, numberAt(node, 'devices'))),
  reduceScatter: one((x, node) => repeated(x, numberAt(node, 'devices'))),
  deviceIndex: () => ({ low: 0, high: Number.POSITIVE_INFINITY, whole: true }),
}

const sizeAt = ({ inputs: [operand], attributes: { axis } }: Node): number => (operand === undefined || typeof axis !== 'string' ? Number.POSITIVE_INFINITY : (operand.axes[axis] ?? Number.POSITIVE_INFINITY))

/**
 * The ranges of nodes (inputs before their users), from those of the inputs that something is known of. `before`: the ranges of the same nodes
 * from others, of which whatever does not depend on what has changed is kept.
 */
export const rangesOf = (nodes: readonly Node[], given: ReadonlyMap<Node, Range>, before?: RangeOf): RangeOf => {
  const found = new Map<number, Range>()
  const rangeOf: RangeOf = node => found.get(node.id) ?? byType[node.dtype] ?? anything
  for (const node of nodes) {
    // Cotangents can be anything, and are most of a step.
    if (node.backward) continue
    const known = (node.op === 'input' ? given.get(node) : undefined) ?? (before !== undefined && node.inputs.length > 0 && node.inputs.every(input => rangeOf(input) === before(input)) ? before(node) : rangeFrom(node, node.inputs.map(rangeOf)))
    found.set(node.id, known)
  }
  return rangeOf
}

const rangeFrom = (node: Node, inputs: readonly Range[]): Range => {
  const known = (passing.has(node.op) ? inputs[0] : rules[node.op]?.(node, inputs)) ?? byType[node.dtype] ?? anything
  // A bound that is no number says nothing.
  return Number.isNaN(known.low) || Number.isNaN(known.high) ? (byType[node.dtype] ?? anything) : known
}

/** How many elements of an operand go into one of the result. */
export const summed = (node: Node): number => {
  const [operand] = node.inputs
  return operand === undefined ? 1 : elements(Object.fromEntries(axesOf(operand).filter(axis => !(axis in node.axes)).map(axis => [axis, sizeOf(operand, axis)])))
}
