import { collectivesOf, type Collective, type CollectiveKind } from '../../program/mesh.ts'
import type { Node } from '../../program/node.ts'
import { nodesOf, reachable, type Program } from '../../program/program.ts'
import type { StateLeaf } from '../../targets/target.ts'
import { lineOf, scopeOf } from './place.ts'

/** Why devices exchange something: sums of gradients, rows that every device writes into its buffers, and whatever else. */
export type Purpose = 'gradients' | 'queue rows' | 'others'

/** One exchange between devices. Plain data. */
export interface Exchange {
  readonly purpose: Purpose
  readonly kind: CollectiveKind
  readonly line: string
  readonly scope: string
  /** Bytes of the whole value, and those that each device sends. */
  readonly bytes: number
  readonly sent: number
}

/** Nodes that need a node, itself included. */
const usersOf = (nodes: readonly Node[], node: Node): ReadonlySet<Node> => {
  const found = new Set([node])
  for (const each of nodes) if (each.inputs.some(input => found.has(input))) found.add(each)
  return found
}

/** A gathered value is one of rows for buffers, if nothing that is returned or trained comes of it. */
const isForBuffers = (program: Program, nodes: readonly Node[], buffers: ReadonlySet<string>, node: Node): boolean => {
  const users = usersOf(nodes, node)
  const reached = program.updates.filter(update => users.has(update.node))
  return reached.length > 0 && reached.every(({ name }) => buffers.has(name)) && !program.outputs.some(output => users.has(output.node))
}

/** Every exchange of a program and what it is for, in the order in which devices start them. */
export const exchangesOf = (program: Program, state: readonly StateLeaf[]): readonly Exchange[] => {
  const nodes = nodesOf(program)
  const buffers = new Set(state.filter(({ kind }) => kind === 'buffer').map(({ path }) => path))
  // Sums travel late: a gradient may be scaled before, and a metric be packed with it.
  const purposeOf = ({ kind, node }: Collective): Purpose =>
    kind === 'allReduce' && reachable([node]).some(({ backward }) => backward) ? 'gradients' : kind === 'allGather' && isForBuffers(program, nodes, buffers, node) ? 'queue rows' : 'others'
  return collectivesOf(program).map(each => ({ purpose: purposeOf(each), kind: each.kind, line: lineOf(each.node), scope: scopeOf(each.node), bytes: each.bytes, sent: each.sent }))
}
