import { axesOf, type Node } from '../program/node.ts'
import { nodesOf, reachable, rootsOf, type Program } from '../program/program.ts'
import { broadcast, constantOf, dot, pad, rename, scatterAdd, sum } from '../primitives/index.ts'
import { listOf, namesOf, numberOf, textOf } from './attributes.ts'
import { axesOfIds, choiceOf, chooser, isNarrow, keyOf, nothingSplit, type Choice, type Chooser, type IsSplit } from './choice.ts'
import { rewriteWith } from './rewrite.ts'

/** A value that is zero outside of some positions: a part, and where it belongs. `over` are the axes of ids that are summed. */
interface Spread {
  readonly part: Node
  readonly choice: Choice
  readonly over: readonly string[]
  /** The same positions filled with another part. */
  readonly fill: (part: Node) => Node
}

const spreadOf = (node: Node): Spread | undefined => {
  const [first, second] = node.inputs
  if (first === undefined || node.dtype !== 'f32') return undefined
  if (node.op === 'pad' && numberOf(node, 'value') === 0) {
    const [axis, before, after] = [textOf(node, 'axis'), numberOf(node, 'before'), numberOf(node, 'after')]
    return { part: first, choice: { kind: 'run', axis, start: before, size: first.axes[axis] ?? 1 }, over: [], fill: part => pad([part], { axis, before, after, value: 0 }) }
  }
  if (node.op !== 'scatterAdd' || second === undefined) return undefined
  const [axis, size, over] = [textOf(node, 'axis'), numberOf(node, 'size'), listOf(node, 'over')]
  return { part: second, choice: { kind: 'ids', axis, ids: first }, over, fill: part => scatterAdd([first, part], { axis, size, over }) }
}

const narrowSpread = (node: Node, isSplit: IsSplit): Spread | undefined => {
  const spread = spreadOf(node)
  return spread !== undefined && isNarrow(spread.part, node) && !isSplit(spread.choice.axis) ? spread : undefined
}

const sameSpread = (a: Spread, b: Spread): boolean => keyOf(a.choice) === keyOf(b.choice) && a.over.join() === b.over.join()
const lacks = (node: Node, axes: readonly string[]): boolean => axes.every(axis => !(axis in node.axes))

/** A product with something that is zero outside of a part is zero there too. */
const product = (node: Node, spread: Spread, other: Node, choose: Chooser, left: boolean): Node | undefined => {
  if (!lacks(other, spread.over)) return undefined
  const factor = choose(spread.choice, other)
  return spread.fill(node.rules.rebuild(left ? [spread.part, factor] : [factor, spread.part]))
}

const contraction = (node: Node, spread: Spread, other: Node, choose: Chooser, left: boolean): Node | undefined => {
  const over = listOf(node, 'over')
  if (!lacks(other, spread.over)) return undefined
  const factor = choose(spread.choice, other)
  const operands = left ? [spread.part, factor] : [factor, spread.part]
  if (!over.includes(spread.choice.axis)) return axesOfIds(spread.choice).some(axis => over.includes(axis)) ? undefined : spread.fill(dot(operands, { over }))
  return dot(operands, { over: spread.choice.kind === 'run' ? over : [...over.filter(axis => axis !== spread.choice.axis), ...spread.over] })
}

const total = (node: Node, spread: Spread): Node | undefined => {
  const axes = listOf(node, 'axes')
  const { axis, kind } = spread.choice
  if (axes.includes(axis)) return sum([spread.part], { axes: kind === 'run' ? axes : [...axes.filter(each => each !== axis), ...spread.over] })
  return axesOfIds(spread.choice).some(each => axes.includes(each)) ? undefined : spread.fill(sum([spread.part], { axes }))
}

const renamed = (node: Node, spread: Spread): Node | undefined => {
  const names = namesOf(node)
  const touched = [...names.keys(), ...names.values()]
  const fixed = [spread.choice.axis, ...axesOfIds(spread.choice)]
  return touched.some(axis => fixed.includes(axis)) ? undefined : spread.fill(rename([spread.part], { names: Object.fromEntries(names) }))
}

/** An operation that is linear in an operand that is mostly zero, computed for the rest alone. */
const narrowed = (node: Node, choose: Chooser, isSplit: IsSplit): Node | undefined => {
  const [first, second, third] = node.inputs
  if (first === undefined) return undefined
  const [l, r] = [narrowSpread(first, isSplit), second === undefined ? undefined : narrowSpread(second, isSplit)]
  if (node.op === 'neg' && l !== undefined) return l.fill(node.rules.rebuild([l.part]))
  if (node.op === 'sum' && l !== undefined) return total(node, l)
  if (node.op === 'rename' && l !== undefined) return renamed(node, l)
  if (node.op === 'broadcast' && l !== undefined) {
    const sizes = Object.fromEntries(axesOf(node).filter(axis => !(axis in first.axes)).map(axis => [axis, node.axes[axis] ?? 1]))
    return [...l.over, ...axesOfIds(l.choice)].some(axis => axis in sizes) ? undefined : l.fill(broadcast([l.part], { sizes }))
  }
  if (second === undefined) return undefined
  if (node.op === 'mul') return l !== undefined ? product(node, l, second, choose, true) : r !== undefined ? product(node, r, first, choose, false) : undefined
  if (node.op === 'div' && l !== undefined) return product(node, l, second, choose, true)
  if (node.op === 'dot') return l !== undefined ? contraction(node, l, second, choose, true) : r !== undefined ? contraction(node, r, first, choose, false) : undefined
  if ((node.op === 'add' || node.op === 'sub') && l !== undefined && r !== undefined && sameSpread(l, r)) return l.fill(node.rules.rebuild([l.part, r.part]))
  if (node.op === 'select' && third !== undefined) {
    const condition = (spread: Spread): Node | undefined => (lacks(first, spread.over) ? choose(spread.choice, first) : undefined)
    const last = narrowSpread(third, isSplit)
    const [spread, flipped] = constantOf(third) === 0 ? [r, false] : constantOf(second) === 0 ? [last, true] : [undefined, false]
    const when = spread === undefined ? undefined : condition(spread)
    return spread === undefined || when === undefined ? undefined : spread.fill(node.rules.rebuild(flipped ? [when, second, spread.part] : [when, spread.part, third]))
  }
  return undefined
}

/** Rewrites a program; `full` are the nodes (of the program as given) that are needed at every position in any case. */
const narrowOnce = (program: Program, full: ReadonlySet<Node>, isSplit: IsSplit): { readonly program: Program; readonly images: ReadonlyMap<Node, Node> } => {
  const stops = new Set<Node>()
  const choose = chooser(node => stops.has(node), isSplit)
  return rewriteWith(program, (node, given) => {
    const choice = choiceOf(node)
    const [source] = node.inputs
    const part = choice !== undefined && !isSplit(choice.axis) && source !== undefined && source.inputs.length > 0 && isNarrow(node, source) ? choose(choice, source) : undefined
    const image = part ?? narrowed(node, choose, isSplit) ?? node
    if (full.has(given)) stops.add(image)
    return image
  })
}

const costOf = (program: Program): number => nodesOf(program).reduce((sum, node) => sum + node.rules.cost(node), 0)

/**
 * Computes only the positions that are used: where a slice or a look-up keeps less than half of a value, the operations before it are
 * done for what is kept, and where a value is zero but for a part (the cotangent of a slice), those after it for that part alone. A first
 * run finds out which values are needed in full whatever is done; the second takes parts of those instead of computing them twice.
 * A program that would save fewer than `least` operations stays as it is.
 */
export const narrowWith = (least: number) => (program: Program, isSplit: IsSplit = nothingSplit): Program => {
  const first = narrowOnce(program, new Set(), isSplit)
  const alive = new Set(reachable(rootsOf(first.program)))
  const full = new Set([...first.images].flatMap(([node, image]) => (alive.has(image) ? [node] : [])))
  const second = narrowOnce(program, full, isSplit).program
  return costOf(program) - costOf(second) >= least ? second : program
}

/** Fewer operations are not worth the greater number of nodes. */
const leastSaving = 2 ** 20

export const narrow = narrowWith(leastSaving)
