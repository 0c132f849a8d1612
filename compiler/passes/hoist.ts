import { axesOf, sizeOf, without, type Node } from '../program/node.ts'
import { nodesOf, type Program } from '../program/program.ts'
import { add, dot, gather, rename, scatterAdd } from '../primitives/index.ts'
import { listOf, namesOf, numberOf, textOf } from './attributes.ts'
import { nothingSplit, type IsSplit } from './choice.ts'
import { rewrite } from './rewrite.ts'

/**
 * Rows of a table, most of them several times: along `places`, the axes that ids bring in, there are more than the table has. Other axes of
 * ids are aligned with the table's.
 */
interface Repeated {
  readonly table: Node
  readonly ids: Node
  readonly axis: string
  readonly places: readonly string[]
}

const overlap = (axes: Iterable<string>, node: Node): boolean => [...axes].some(axis => axis in node.axes)
const has = (node: Node, axes: readonly string[]): boolean => axes.every(axis => axis in node.axes)
const count = (node: Node, axes: readonly string[]): number => axes.reduce((product, axis) => product * sizeOf(node, axis), 1)

const repeatedOf = (node: Node, isSplit: IsSplit): Repeated | undefined => {
  const [table, ids] = node.inputs
  if (node.op !== 'gather' || table === undefined || ids === undefined || node.dtype !== 'f32') return undefined
  const axis = textOf(node, 'axis')
  const places = axesOf(ids).filter(each => each === axis || !(each in table.axes))
  return isSplit(axis) || count(ids, places) <= sizeOf(table, axis) ? undefined : { table, ids, axis, places }
}

const repeat = ({ ids, axis }: Repeated, table: Node): Node => gather([table, ids], { axis })

/** A value with some of its axes renamed; equal renamings are written alike. */
const renamed = (node: Node, names: ReadonlyMap<string, string>): Node => {
  const own = [...names].filter(([before, after]) => before in node.axes && before !== after).sort(([a], [b]) => (a < b ? -1 : 1))
  return own.length === 0 ? node : rename([node], { names: Object.fromEntries(own) })
}

/** Other names for axes that an operation keeps are given to its result, so that equal operations under different names become one. */
const sunk = (node: Node): Node => {
  const [first, second] = node.inputs
  const [source] = first?.inputs ?? []
  if (first?.op !== 'rename' || second === undefined || source === undefined) return node
  const names = namesOf(first)
  const touched = [...names.keys(), ...names.values()]
  const apart = !overlap(touched, second) && (node.op !== 'dot' || !touched.some(axis => listOf(node, 'over').includes(axis)))
  return apart ? renamed(node.rules.rebuild([source, second]), names) : node
}

/** Renamed rows are rows of the renamed table. */
const ofRenamed = (node: Node, { table, ids, axis }: Repeated): Node | undefined => {
  const names = namesOf(node)
  const rest = without(table.axes, [axis])
  const kept = new Map([...names].filter(([before]) => before in rest))
  if ([...kept.values()].includes(axis) || axis in node.axes) return undefined
  return gather([renamed(table, kept), renamed(ids, names)], { axis })
}

/** A product of repeated rows with something that is the same for all of them is the repeated product. */
const ofProduct = (node: Node, rows: Repeated, other: Node, left: boolean): Node | undefined => {
  const over = listOf(node, 'over')
  if (overlap(over, rows.ids) || overlap([rows.axis, ...rows.places], other)) return undefined
  return repeat(rows, sunk(dot(left ? [rows.table, other] : [other, rows.table], { over })))
}

/** A product that sums over the repeated rows is one with the table, of what the repetitions of each row are multiplied by, summed. */
const ofSum = (node: Node, rows: Repeated, other: Node, left: boolean): Node | undefined => {
  const over = listOf(node, 'over')
  const { places } = rows
  if (!places.every(axis => over.includes(axis)) || rows.axis in other.axes || !has(other, axesOf(rows.ids))) return undefined
  const summed = sums(other, { ids: rows.ids, axis: rows.axis, size: sizeOf(rows.table, rows.axis), places })
  return dot(left ? [rows.table, summed] : [summed, rows.table], { over: [...over.filter(axis => !places.includes(axis)), rows.axis] })
}

interface Collection {
  readonly ids: Node
  readonly axis: string
  readonly size: number
  /** The axes of ids that are summed; the others are aligned. */
  readonly places: readonly string[]
}

/** Rows summed by ids; under the names that the rows had first, so that equal sums become one. */
const sums = (rows: Node, { ids, axis, size, places }: Collection): Node => {
  const [source] = rows.inputs
  const names = rows.op === 'rename' ? namesOf(rows) : new Map<string, string>()
  const apart = ![...names.keys(), ...names.values()].some(each => each === axis || each in ids.axes)
  const [from, after] = source !== undefined && rows.op === 'rename' && apart ? [source, names] : [rows, new Map<string, string>()]
  return renamed(scatterAdd([ids, from], { axis, size, over: places }), after)
}

/** What is summed into rows, with products by something that is the same for all rows done after the sum. Undefined where there is none. */
const summedFirst = (node: Node, into: Collection): Node | undefined => {
  const [first, second] = node.inputs
  const { ids, axis, size, places } = into
  const all = axesOf(ids)
  if (first === undefined) return undefined
  const bare = (rows: Node): Node => summedFirst(rows, into) ?? sums(rows, into)
  if (node.op === 'rename') {
    const names = namesOf(node)
    const back = new Map([...names].map(([before, after]) => [after, before]))
    if (axis in first.axes || [...names.values()].includes(axis) !== places.includes(axis)) return undefined
    const inner = summedFirst(first, { ids: renamed(ids, back), axis, size, places: places.map(each => back.get(each) ?? each) })
    return inner === undefined ? undefined : renamed(inner, new Map([...names].filter(([, after]) => !places.includes(after))))
  }
  if (second === undefined) return undefined
  if (node.op === 'add' && has(first, all) && has(second, all)) return summedFirst(first, into) === undefined && summedFirst(second, into) === undefined ? undefined : add([bare(first), bare(second)], {})
  if (node.op !== 'dot') return undefined
  const over = listOf(node, 'over')
  if (overlap(over, ids)) return undefined
  if (has(first, all) && !overlap([axis, ...places], second)) return sunk(dot([bare(first), second], { over }))
  return has(second, all) && !overlap([axis, ...places], first) ? dot([first, bare(second)], { over }) : undefined
}

const isProduct = (node: Node): boolean => node.op === 'dot' || (node.op === 'rename' && node.inputs.every(isProduct))

const hoisted = (node: Node, isSplit: IsSplit): Node | undefined => {
  const [first, second] = node.inputs
  if (first === undefined) return undefined
  const [l, r] = [repeatedOf(first, isSplit), second === undefined ? undefined : repeatedOf(second, isSplit)]
  if (node.op === 'rename' && l !== undefined) return ofRenamed(node, l)
  if (second === undefined) return undefined
  if (node.op === 'dot') {
    const found = (l && (ofProduct(node, l, second, true) ?? ofSum(node, l, second, true))) ?? (r && (ofProduct(node, r, first, false) ?? ofSum(node, r, first, false)))
    return found ?? sunk(node)
  }
  // The offset of a linear map goes with its product.
  if (node.op === 'add' && l !== undefined && isProduct(l.table) && axesOf(second).every(axis => axis in l.table.axes && axis !== l.axis)) return repeat(l, sunk(add([l.table, second], {})))
  if (node.op === 'add' && isProduct(first)) return sunk(node)
  if (node.op === 'scatterAdd' && node.dtype === 'f32') {
    const [axis, size, over] = [textOf(node, 'axis'), numberOf(node, 'size'), listOf(node, 'over')]
    return !isSplit(axis) && count(first, over) > size ? summedFirst(second, { ids: first, axis, size, places: over }) : undefined
  }
  return undefined
}

const costOf = (program: Program): number => nodesOf(program).reduce((sum, node) => sum + node.rules.cost(node), 0)

/**
 * Linear maps of repeated rows are done once a row, before the repetition, and their gradients once a row, after the sum over the
 * repetitions: hard negatives share the projections of their images. A program that would save fewer than `least` operations stays as it is.
 */
export const hoistWith = (least: number) => (program: Program, isSplit: IsSplit = nothingSplit): Program => {
  const after = rewrite(program, node => hoisted(node, isSplit) ?? node)
  return costOf(program) - costOf(after) >= least ? after : program
}

export const hoist = hoistWith(2 ** 20)
