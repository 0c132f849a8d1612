import type { Node } from './node.ts'

/** A value with a name: an output of a program, or the new value of a leaf of the state. */
export interface Named {
  readonly name: string
  readonly node: Node
}

/** One compiled function: what it is given beside the state, what it returns, and which leaves of the state it replaces. */
export interface Program {
  readonly name: string
  readonly inputs: readonly Named[]
  readonly outputs: readonly Named[]
  readonly updates: readonly Named[]
}

export const rootsOf = (program: Program): readonly Node[] => [...program.outputs, ...program.updates].map(({ node }) => node)

/** The program with other values for its outputs and updates. */
export const withRoots = (program: Program, imageOf: (node: Node) => Node): Program => {
  const each = (named: readonly Named[]): readonly Named[] => named.map(({ name, node }) => ({ name, node: imageOf(node) }))
  return { ...program, outputs: each(program.outputs), updates: each(program.updates) }
}

/** The path of the leaf of the state that a node reads: `student/temperature`. */
export const statePathOf = ({ op, attributes: { path } }: Node): string | undefined =>
  op === 'input' && typeof path === 'string' && path.startsWith('state/') ? path.slice('state/'.length) : undefined

/** Every node that the roots need, inputs before their users. */
export const reachable = (roots: readonly Node[]): readonly Node[] => inOrder(reached(roots, () => true))

/** What the roots need, by number: nothing that does not `count`, and nothing above it. */
export const reached = (roots: readonly Node[], counts: (node: Node) => boolean): ReadonlyMap<number, Node> => {
  const seen = new Map<number, Node>()
  const stack = [...roots]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node.id) || !counts(node)) continue
    seen.set(node.id, node)
    for (const input of node.inputs) stack.push(input)
  }
  return seen
}

/** Nodes by their numbers, inputs before their users. Numbers are sorted, not nodes: programs have tens of thousands. */
export const inOrder = (nodes: ReadonlyMap<number, Node>): readonly Node[] => {
  const ids = new Float64Array(nodes.size)
  let count = 0
  for (const id of nodes.keys()) ids[count++] = id
  const sorted: Node[] = []
  for (const id of ids.sort()) {
    const node = nodes.get(id)
    if (node !== undefined) sorted.push(node)
  }
  return sorted
}

export const nodesOf = (program: Program): readonly Node[] => reachable(rootsOf(program))
