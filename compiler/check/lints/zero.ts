import type { Node } from '../../program/node.ts'
import type { Finding, Related } from '../finding.ts'
import { nodesOfOps, type Graph, type Graphs } from './graph.ts'
import type { RangesIn } from './induction.ts'
import { lintAt, relatedAt, sameExpression } from './place.ts'
import { awayFromZero, rangeText } from './range.ts'
import type { RangeOf } from './ranges.ts'

interface Danger {
  readonly argument: Node
  readonly sentence: string
}

const advice = 'add an epsilon, take its max with a positive number, or clamp it'

/** sqrt has an infinite slope at zero: differentiation divides by its result. */
const isDifferentiated = ({ users }: Graph, root: Node): boolean => (users.get(root) ?? []).some(user => user.backward)

/** The operations that have such an argument. */
const dangerous = ['div', 'mod', 'log', 'rsqrt', 'sqrt'] as const

const dangerOf = (graph: Graph, node: Node, rangeOf: RangeOf): Danger | undefined => {
  const argument = node.inputs[node.op === 'div' || node.op === 'mod' ? 1 : 0]
  if (argument === undefined) return undefined
  const found = rangeOf(argument)
  const danger = (what: string): Danger => ({ argument, sentence: `${what}: as far as the program tells it is ${rangeText(found)}; ${advice}` })
  switch (node.op) {
    case 'div': return awayFromZero(found) ? undefined : danger('the divisor may be zero')
    case 'mod': return awayFromZero(found) ? undefined : danger('the divisor may be zero')
    case 'log': return found.low > 0 ? undefined : danger('the argument of log may be zero or below')
    case 'rsqrt': return found.low > 0 ? undefined : danger('the argument of rsqrt may be zero or below')
    case 'sqrt':
      if (found.low < 0) return danger('the argument of sqrt may be below zero')
      return found.low > 0 || !isDifferentiated(graph, node) ? undefined : danger('a gradient flows through sqrt, whose slope is infinite where its argument is zero')
    default: return undefined
  }
}

const elsewhere = (node: Node, argument: Node): readonly Related[] => (sameExpression(node, argument) ? [] : [relatedAt(argument, 'its value comes from here')])

/** AX056: log, rsqrt, a differentiated sqrt or a division whose argument nothing in the program keeps positive. */
export const unguarded = ({ all }: Graphs, rangesIn: RangesIn): readonly Finding[] =>
  all.flatMap(graph => {
    const rangeOf = rangesIn(graph)
    return nodesOfOps(graph, dangerous).filter(({ backward }) => !backward).flatMap((node): readonly Finding[] => {
      const danger = dangerOf(graph, node, rangeOf)
      return danger === undefined ? [] : [lintAt('AX056', node, danger.sentence, elsewhere(node, danger.argument))]
    })
  })
