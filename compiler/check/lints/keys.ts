import type { Node } from '../../program/node.ts'
import { statePathOf } from '../../program/program.ts'
import type { Finding } from '../finding.ts'
import { ancestors, pathOf, type Graph, type Graphs } from './graph.ts'
import { lintAt, relatedAt } from './place.ts'

/** Numbers of values that are computed alike: equal operations on equal values are one value, wherever they are written. */
const numbering = (): ((node: Node) => number) => {
  const byNode = new Map<Node, number>()
  const byText = new Map<string, number>()
  const numberOf = (node: Node): number => {
    const before = byNode.get(node)
    if (before !== undefined) return before
    const text = `${node.op}|${node.inputs.map(numberOf).join(',')}|${node.op === 'input' ? node.id : JSON.stringify(node.attributes)}`
    const number = byText.get(text) ?? byText.size
    byText.set(text, number)
    byNode.set(node, number)
    return number
  }
  return numberOf
}

/** What a step computes from nothing that differs from one step to the next: from leaves that no step writes, and from none of its inputs. */
const constantIn = ({ program }: Graph, written: ReadonlySet<string>): ((node: Node) => boolean) => {
  const inputs = new Set(program.inputs.map(({ node }) => node))
  return root => [...ancestors(root)].every(node => node.op !== 'input' || (!inputs.has(node) && !written.has(statePathOf(node) ?? '')))
}

/** AX053: draws that give the same numbers in every step, because their key does. */
export const unchangingKeys = ({ steps }: Graphs): readonly Finding[] => {
  const written = new Set(steps.flatMap(({ program }) => program.updates.filter(({ name, node }) => pathOf(node) !== `state/${name}`).map(({ name }) => name)))
  return steps.flatMap(graph => {
    const isConstant = constantIn(graph, written)
    return graph.nodes.filter(({ op, backward, inputs: [key] }) => op === 'uniform' && !backward && key !== undefined && isConstant(key)).map(draw =>
      lintAt('AX053', draw, 'this draws the same numbers in every step, because its key is the same: fold the key by the number of the step, or let the step change it'))
  })
}

/** AX053: two draws from one key. A key that is folded by different names or numbers gives different keys; a draw takes the numbers of its own. */
export const reusedKeys = ({ all }: Graphs): readonly Finding[] =>
  all.flatMap(({ nodes }) => {
    const numberOf = numbering()
    const first = new Map<number, Node>()
    return nodes.filter(({ op, backward }) => op === 'uniform' && !backward).flatMap((draw): readonly Finding[] => {
      const [key] = draw.inputs
      if (key === undefined) return []
      const before = first.get(numberOf(key))
      if (before === undefined) {
        first.set(numberOf(key), draw)
        return []
      }
      return [lintAt('AX053', draw, 'this draws the same numbers as another place, from the same key: fold the key by a name or a number of its own first', [relatedAt(before, 'the first draw from this key')])]
    })
  })
