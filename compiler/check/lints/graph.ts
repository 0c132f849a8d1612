import type { Traced } from '../../language/compile.ts'
import type { Node } from '../../program/node.ts'
import { nodesOf, rootsOf, type Program } from '../../program/program.ts'

/** A program with what questions about it need, found once. */
export interface Graph {
  readonly program: Program
  readonly nodes: readonly Node[]
  /** What the program returns. */
  readonly roots: ReadonlySet<Node>
  readonly byOp: ReadonlyMap<string, readonly Node[]>
  /** Of cotangents only those that divide by a value: its other users among them are many, and nobody asks for them. */
  readonly users: ReadonlyMap<Node, readonly Node[]>
}

export const graphOf = (program: Program): Graph => {
  const nodes = nodesOf(program)
  const users = new Map<Node, Node[]>()
  const byOp = new Map<string, Node[]>()
  for (const node of nodes) {
    const alike = byOp.get(node.op)
    if (alike === undefined) byOp.set(node.op, [node])
    else alike.push(node)
    if (node.backward && node.op !== 'div') continue
    const read = node.backward ? node.inputs.slice(1) : node.inputs
    for (const [i, input] of read.entries()) {
      if (read.indexOf(input) < i) continue
      const known = users.get(input)
      if (known === undefined) users.set(input, [node])
      else known.push(node)
    }
  }
  return { program, nodes, roots: new Set(rootsOf(program)), byOp, users }
}

/** The nodes of some operations, inputs before their users. */
export const nodesOfOps = ({ byOp }: Graph, ops: Iterable<string>): readonly Node[] => [...ops].flatMap(op => byOp.get(op) ?? []).sort((a, b) => a.id - b.id)

/** What the lints read: every program of a definition, and which of them train. */
export interface Graphs {
  readonly traced: Traced
  readonly all: readonly Graph[]
  readonly initialize: Graph | undefined
  readonly steps: readonly Graph[]
}

export const graphsOf = (traced: Traced): Graphs => {
  const all = traced.programs.map(graphOf)
  const initialize = all.find(({ program }) => program.name === 'initialize')
  return { traced, all, initialize, steps: all.filter(graph => graph !== initialize && graph.program.updates.length > 0) }
}

/** Everything that a node is computed from, itself included; nothing above a node at which `stop` says so. */
export const ancestors = (root: Node, stop: (node: Node) => boolean = () => false): ReadonlySet<Node> => {
  const seen = new Set<Node>()
  const stack = [root]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    if (!stop(node)) stack.push(...node.inputs)
  }
  return seen
}

/** The path of an input: `state/student/temperature`. */
export const pathOf = (node: Node): string | undefined => {
  const path = node.attributes['path']
  return node.op === 'input' && typeof path === 'string' ? path : undefined
}

/** "'a'", "'a' and 'b'", "'a', 'b' and 17 more". */
export const some = (names: readonly string[]): string => {
  const quoted = names.slice(0, 2).map(name => `'${name}'`)
  return names.length > 2 ? `${quoted.join(', ')} and ${names.length - 2} more` : quoted.join(' and ')
}
