import { from, type Node } from '../program/node.ts'
import { reachable, rootsOf, type Program } from '../program/program.ts'

/** Makes a program anew from its inputs on: `rule` sees each node with its inputs already rewritten. */
export const rewrite = (program: Program, rule: (node: Node) => Node): Program => {
  const done = new Map<Node, Node>()
  const renewed = (node: Node): Node => done.get(node) ?? node
  for (const node of reachable(rootsOf(program))) {
    const inputs = node.inputs.map(renewed)
    const same = inputs.every((input, i) => input === node.inputs[i])
    done.set(node, rule(same ? node : from(node, () => node.rules.rebuild(inputs))))
  }
  const each = (named: Program['outputs']): Program['outputs'] => named.map(({ name, node }) => ({ name, node: renewed(node) }))
  return { ...program, outputs: each(program.outputs), updates: each(program.updates) }
}
