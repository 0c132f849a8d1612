import { plain } from '../../program/axes.ts'
import type { Attribute, Node } from '../../program/node.ts'
import type { Finding } from '../finding.ts'
import type { Graphs } from './graph.ts'
import { lintAt, relatedAt } from './place.ts'

const names = (attribute: Attribute | undefined): readonly string[] => (Array.isArray(attribute) ? attribute.flatMap((axis: Attribute) => (typeof axis === 'string' ? [axis] : [])) : [])

/** The axes along which exp(x) / Σ exp(x) adds up to 1. */
const softmaxAxes = ({ op, inputs: [above, below] }: Node): readonly string[] => {
  const total = below?.op === 'broadcast' ? below.inputs[0] : below
  return op === 'div' && above?.op === 'exp' && total?.op === 'sum' && total.inputs[0] === above ? names(total.attributes['axes']) : []
}

/** A value that a softmax made, and what the axes of that softmax are called there. */
interface Shares {
  readonly softmax: Node
  readonly axes: readonly string[]
}

const renamed = ({ attributes }: Node, axes: readonly string[]): readonly string[] => {
  const to = new Map(typeof attributes['names'] === 'object' ? Object.entries(attributes['names']) : [])
  return axes.map(axis => String(to.get(axis) ?? axis))
}

/** What stays shares of one, or parts of shares: renamed, marked, scaled (a dropout, a mixture's part), and the parts of a mixture added. */
const sharesOf = (node: Node, sharesIn: (node: Node | undefined) => readonly Shares[]): readonly Shares[] => {
  const axes = softmaxAxes(node)
  if (axes.length > 0) return [{ softmax: node, axes }]
  const [first, second] = node.inputs
  if (node.op === 'rename') return sharesIn(first).map(each => ({ ...each, axes: renamed(node, each.axes) }))
  if (node.op === 'stopGradient' || node.op === 'tap' || node.op === 'target') return sharesIn(first)
  if (node.op === 'mul' || (node.op === 'add' && first?.op === 'mul' && second?.op === 'mul')) return [...sharesIn(first), ...sharesIn(second)]
  return []
}

const sharesAmong = (): ((node: Node | undefined) => readonly Shares[]) => {
  const known = new Map<Node, readonly Shares[]>()
  const sharesIn = (node: Node | undefined): readonly Shares[] => {
    if (node === undefined || node.backward) return []
    const found = known.get(node) ?? sharesOf(node, sharesIn)
    known.set(node, found)
    return found
  }
  return sharesIn
}

const quoted = (axes: readonly string[]): string => axes.map(axis => `'${plain(axis)}'`).join(' ')

/** AX066: weights or targets that a softmax made, and that a product sums over other axes than the softmax did: what adds up to 1 is never added up. */
export const misweighted = ({ all }: Graphs): readonly Finding[] =>
  all.flatMap(({ nodes }) => {
    const sharesIn = sharesAmong()
    return nodes.filter(({ op, backward }) => op === 'dot' && !backward).flatMap(dot => dot.inputs.flatMap(sharesIn).flatMap(({ softmax, axes }): readonly Finding[] => {
      const over = names(dot.attributes['over'])
      if (over.length === 0 || axes.some(axis => over.includes(axis))) return []
      return [lintAt('AX066', softmax, `a softmax over ${quoted(axes)} whose result weights a sum over ${quoted(over)}: what adds up to 1 along ${quoted(axes)} does not along ${quoted(over)}`, [relatedAt(dot, `the sum over ${quoted(over)} is here`)])]
    }))
  })
