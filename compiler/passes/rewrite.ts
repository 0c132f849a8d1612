import { from, type Node } from '../program/node.ts'
import { reachable, rootsOf, withRoots, type Program } from '../program/program.ts'

export interface Rewritten {
  readonly program: Program
  /** What became of each node. */
  readonly images: ReadonlyMap<Node, Node>
}

/** Makes a program anew from its inputs on: `rule` sees each node with its inputs already rewritten, and the node as it was. */
export const rewriteWith = (program: Program, rule: (node: Node, given: Node) => Node): Rewritten => {
  const images = new Map<Node, Node>()
  const renewed = (node: Node): Node => images.get(node) ?? node
  for (const node of reachable(rootsOf(program))) {
    const inputs = node.inputs.map(renewed)
    const same = inputs.every((input, i) => input === node.inputs[i])
    images.set(node, from(node, () => rule(same ? node : node.rules.rebuild(inputs), node)))
  }
  return { program: withRoots(program, renewed), images }
}

/** As `rewriteWith`, for rules that look at the rewritten node alone. */
export const rewrite = (program: Program, rule: (node: Node) => Node): Program => rewriteWith(program, rule).program
