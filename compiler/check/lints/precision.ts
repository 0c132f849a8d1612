import type { Node } from '../../program/node.ts'
import type { Finding } from '../finding.ts'
import { nodesOfOps, type Graphs } from './graph.ts'
import type { RangesIn } from './induction.ts'
import { lintAt, relatedAt } from './place.ts'
import { summed } from './ranges.ts'

const reductions: ReadonlySet<string> = new Set(['sum', 'dot', 'scatterAdd', 'allReduce', 'reduceScatter'])
/** Significant bits of short element types. */
const bits: Readonly<Record<string, number>> = { bf16: 8, f16: 11, u8: 8 }
/** From here on f32 does not hold every whole number. */
const exact = 2 ** 24

/** AX057: a sum whose type is too short for it: kept in 8 or 11 bits, or a count in f32 past the numbers that f32 counts to. */
export const shortReductions = ({ all }: Graphs, rangesIn: RangesIn): readonly Finding[] =>
  all.flatMap(graph => {
    const rangeOf = rangesIn(graph)
    const largest = (node: Node): number => Math.max(Math.abs(rangeOf(node).low), Math.abs(rangeOf(node).high))
    return nodesOfOps(graph, [...reductions, 'cast']).flatMap((node): readonly Finding[] => {
      const short = bits[node.dtype]
      if (reductions.has(node.op) && short !== undefined && summed(node) > 1) return [lintAt('AX057', node, `a sum of ${summed(node)} numbers kept in ${node.dtype}, which has ${short} significant bits: sum in f32 and cast the result`)]
      const [total] = node.inputs
      const counted = node.op === 'cast' && total !== undefined && total.dtype === 'f32' && reductions.has(total.op) && rangeOf(total).whole
      if (!counted || node.dtype === 'f32' || node.dtype === 'bool') return []
      if (node.dtype !== 'i32' && largest(total) > 255) return [lintAt('AX057', node, `a sum of ${summed(total)} whole numbers, up to ${largest(total)}, cast to ${node.dtype}: it does not fit`, [relatedAt(total, 'the sum')])]
      return Number.isFinite(largest(total)) && largest(total) > exact ? [lintAt('AX057', node, `a count of up to ${largest(total)} in f32, which is exact up to ${exact}: sum whole numbers as i32`, [relatedAt(total, 'the sum')])] : []
    })
  })
