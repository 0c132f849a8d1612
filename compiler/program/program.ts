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

/** Every node that the roots need, inputs before their users. */
export const reachable = (roots: readonly Node[]): readonly Node[] => {
  const seen = new Set<Node>()
  const stack = [...roots]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    stack.push(...node.inputs)
  }
  return [...seen].sort((a, b) => a.id - b.id)
}

export const nodesOf = (program: Program): readonly Node[] => reachable(rootsOf(program))
