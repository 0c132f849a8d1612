import { buffersOf } from '../../compiler/check/cost/buffers.ts'
import { memoryOf } from '../../compiler/check/cost/memory.ts'
import { lineOf, scopeOf } from '../../compiler/check/cost/place.ts'
import { first, table, type Column } from '../../compiler/check/cost/table.ts'
import { bytesText, countText, flopsText } from '../../compiler/check/cost/units.ts'
import type { Node } from '../../compiler/program/node.ts'
import { nodesOf, type Program } from '../../compiler/program/program.ts'
import type { StateLeaf } from '../../compiler/targets/target.ts'
import { isSame, type Entry } from './entries.ts'

/** What one execution of a program amounts to. */
export interface Figures {
  readonly nodes: number
  readonly flops: number
  /** Bytes that its operations write, as they are emitted: transpositions count, reshapes do not. */
  readonly written: number
  /** The most bytes that are in memory at once, the state included. */
  readonly peak: number
}

export const figuresOf = (program: Program, state: readonly StateLeaf[]): Figures => {
  const nodes = nodesOf(program)
  return {
    nodes: nodes.length,
    flops: nodes.reduce((total, node) => total + node.rules.cost(node), 0),
    written: buffersOf(program).all.reduce((total, { given, bytes }) => total + (given ? 0 : bytes), 0),
    peak: memoryOf(program, state).peak,
  }
}

/** `+1.5 %`, `-12.0 %`, or nothing. */
export const changeText = (before: number, after: number): string => {
  if (before === after) return 'the same'
  const share = (100 * (after - before)) / before
  return `${share > 0 ? '+' : ''}${Math.abs(share) < 0.05 ? share.toPrecision(1) : share.toFixed(1)} %`
}

export const figureTexts: readonly (readonly [label: string, of: keyof Figures, text: (value: number) => string])[] = [
  ['nodes', 'nodes', countText],
  ['FLOPs', 'flops', flopsText],
  ['bytes written', 'written', bytesText],
  ['planned peak memory', 'peak', bytesText],
]

/** The figures of a program before and after, a line each. */
export const figuresText = (before: Figures, after: Figures): readonly string[] =>
  table([
    { heading: '', cell: ({ label }) => label },
    { heading: 'before', cell: ({ old }) => old, right: true },
    { heading: 'after', cell: ({ now }) => now, right: true },
    { heading: '', cell: ({ change }) => change, right: true },
  ], figureTexts.map(([label, of, text]) => ({ label, old: text(before[of]), now: text(after[of]), change: changeText(before[of], after[of]) })))

interface Row {
  readonly op: string
  readonly line: string
  readonly scope: string
  gone: number
  made: number
  changed: number
  flops: number
  written: number
}

const writtenBy = (program: Program): ReadonlyMap<Node, number> => {
  const found = new Map<Node, number>()
  for (const { node, given, bytes } of buffersOf(program).all) if (!given) found.set(node, (found.get(node) ?? 0) + bytes)
  return found
}

const costOf = (node: Node | undefined): number => (node === undefined ? 0 : node.rules.cost(node))

/** What became of operations, by scope and line: layers are one scope. Those that cost most more or less come first. */
const rowsOf = (entries: readonly Entry[], before: Program, after: Program): readonly Row[] => {
  const [old, now] = [writtenBy(before), writtenBy(after)]
  const rows = new Map<string, Row>()
  for (const entry of entries) {
    const node = entry.node
    if (node === undefined) continue
    const [was, is] = [entry.old, entry.after === undefined ? undefined : node]
    const [flops, written] = [costOf(is) - costOf(was), (is === undefined ? 0 : (now.get(is) ?? 0)) - (was === undefined ? 0 : (old.get(was) ?? 0))]
    if (isSame(entry) && flops === 0 && written === 0) continue
    const [line, scope] = [lineOf(node), scopeOf(node)]
    const row = rows.get(`${node.op}|${line}|${scope}`) ?? { op: node.op, line, scope, gone: 0, made: 0, changed: 0, flops: 0, written: 0 }
    if (is === undefined) row.gone++
    else if (was === undefined) row.made++
    else row.changed++
    row.flops += flops
    row.written += written
    rows.set(`${node.op}|${line}|${scope}`, row)
  }
  return [...rows.values()].sort((a, b) => Math.abs(b.flops) - Math.abs(a.flops) || Math.abs(b.written) - Math.abs(a.written) || b.gone + b.made - a.gone - a.made)
}

const signed = (value: number, text: (value: number) => string): string => (value === 0 ? '' : `${value > 0 ? '+' : '-'}${text(Math.abs(value))}`)
const count = (value: number): string => (value === 0 ? '' : countText(value))

const columns: readonly Column<Row>[] = [
  { heading: 'operation', cell: ({ op }) => op },
  { heading: 'gone', cell: ({ gone }) => count(gone), right: true },
  { heading: 'new', cell: ({ made }) => count(made), right: true },
  { heading: 'changed', cell: ({ changed }) => count(changed), right: true },
  { heading: 'FLOPs', cell: ({ flops }) => signed(flops, flopsText), right: true },
  { heading: 'bytes written', cell: ({ written }) => signed(written, bytesText), right: true },
  { heading: 'line', cell: ({ line }) => line },
  { heading: 'scope', cell: ({ scope }) => scope },
]

/** The operations that are gone, new or changed, by line and scope. */
export const operationsText = (entries: readonly Entry[], before: Program, after: Program, most: number): readonly string[] => {
  const { rows, more } = first(rowsOf(entries, before, after), most)
  return rows.length === 0 ? [] : [...table(columns, rows), ...more]
}
