import { clustersOf, type Cluster } from '../../passes/fuse.ts'
import type { Node } from '../../program/node.ts'
import { nodesOf, statePathOf, type Program } from '../../program/program.ts'
import type { StateLeaf } from '../target.ts'
import { nodeOfRef, tfTypes, type Value } from './builder.ts'
import { callCluster, type Functions } from './cluster.ts'
import { deviceIn, inTurn, rolesOf, type Numbering } from './collectives.ts'
import { functionBuilder, plainFunction } from './function.ts'
import { clean, entered, entryOf, handle, readVariable, type GraphBuilder } from './graph.ts'
import type { FunctionDef } from './graphdef.ts'
import type { Places } from './places.ts'

/** What is emitted at once: a node, or a cluster of them. */
type Unit = Node | Cluster

const isCluster = (unit: Unit): unit is Cluster => 'outputs' in unit

/** Nodes and clusters, each after everything it needs. */
const unitsOf = (program: Program, clusters: readonly Cluster[]): readonly Unit[] => {
  const clusterOf = new Map(clusters.flatMap(cluster => cluster.nodes.map(node => [node, cluster] as const)))
  const unitOf = (node: Node): Unit => clusterOf.get(node) ?? node
  const done = new Set<Unit>()
  const order: Unit[] = []
  // An explicit stack: a deep model would overflow the call stack.
  for (const node of nodesOf(program)) {
    const stack: Unit[] = [unitOf(node)]
    for (let unit = stack[stack.length - 1]; unit !== undefined; unit = stack[stack.length - 1]) {
      const missing = done.has(unit) ? [] : unit.inputs.map(unitOf).filter(needed => !done.has(needed))
      stack.push(...missing)
      if (missing.length > 0) continue
      stack.pop()
      if (done.has(unit)) continue
      done.add(unit)
      order.push(unit)
    }
  }
  return order
}

/** The state as one program sees it: a handle for each leaf it touches, and one read for each that it reads. */
interface ProgramState {
  /** The value of the leaf that an input node stands for. */
  readonly read: (node: Node) => Value | undefined
  readonly assign: (path: string, next: Value) => string
}

const programState = (graph: GraphBuilder, leaves: ReadonlyMap<string, StateLeaf>): ProgramState => {
  const handles = new Map<string, string>()
  const values = new Map<string, Value>()
  const handleOf = ({ path, node }: StateLeaf): string => {
    const made = handles.get(path) ?? handle(graph, path, node)
    handles.set(path, made)
    return made
  }
  const read: ProgramState['read'] = node => {
    const path = statePathOf(node)
    const leaf = path === undefined ? undefined : leaves.get(path)
    if (leaf === undefined) return undefined
    const value = values.get(leaf.path) ?? readVariable(graph, leaf.path, leaf.node, handleOf(leaf))
    values.set(leaf.path, value)
    return value
  }
  // A program that reads the old value reads it first; one that does not must not ask for it: there may be none yet.
  const assign: ProgramState['assign'] = (path, next) => {
    const leaf = leaves.get(path)
    if (leaf === undefined) throw new Error(`internal: no variable for '${path}'`)
    const before = values.get(path)
    const arranged = graph.arrange(next, Object.keys(leaf.node.axes))
    const after = before === undefined ? [] : [`^${nodeOfRef(before.ref)}`]
    const name = clean(`assign/${path}`)
    graph.effect(name, 'AssignVariableOp', [handleOf(leaf), arranged.ref, ...after], { dtype: { type: tfTypes[leaf.dtype] } })
    return name
  }
  return { read, assign }
}

const lowered = (graph: GraphBuilder, program: Program, state: ProgramState, functions: Functions, clusters: readonly Cluster[]): ((node: Node) => Value) => {
  const values = new Map<Node, Value>(program.inputs.map(({ node }, i) => {
    graph.at(node)
    return [node, entered(graph, `x${i}`, node)]
  }))
  const valueOf = (node: Node): Value => {
    const value = values.get(node)
    if (value === undefined) throw new Error(`internal: ${node.op} was not lowered before it was needed`)
    return value
  }
  const emitCluster = (cluster: Cluster): void => {
    const made = callCluster(graph, functions, cluster, cluster.inputs.map(valueOf))
    cluster.outputs.forEach((node, i) => {
      const value = made[i]
      if (value !== undefined) values.set(node, value)
    })
  }
  for (const unit of unitsOf(program, clusters)) {
    const [first] = isCluster(unit) ? unit.nodes : [unit]
    if (first !== undefined) graph.at(first)
    if (isCluster(unit)) emitCluster(unit)
    else if (!values.has(unit)) values.set(unit, state.read(unit) ?? unit.rules.lower.tensorflow(graph, unit, unit.inputs.map(valueOf)))
  }
  return valueOf
}

/** The node of a program that each operation of its function was emitted for, by the operation's name. */
export type Owners = ReadonlyMap<string, Node>

/** What the programs of one graph share. `least` is the gain that makes a cluster; without it there are none. */
export interface Shared {
  readonly leaves: ReadonlyMap<string, StateLeaf>
  readonly functions: Functions
  readonly least: number | undefined
  readonly places: Places
  readonly next: Numbering
}

/**
 * A program as a function: its inputs in order, then the role of the device that runs it; its outputs in order (their axes as the nodes have
 * them), and its updates of the state, done when the function has returned. A program without outputs returns a 1. The function names no
 * device: it runs on the one that its call is on, with the variables there.
 */
export const programFunction = (program: Program, { leaves, functions, least, places, next }: Shared, i: number): { readonly callee: FunctionDef; readonly owners: Owners } => {
  const plain = functionBuilder()
  const { device, emitted } = deviceIn(plain, places, next)
  const graph: GraphBuilder = places.placement === undefined ? plain : { ...plain, device }
  const state = programState(graph, leaves)
  const valueOf = lowered(graph, program, state, functions, least === undefined ? [] : clustersOf(program, least))
  const updates = program.updates.map(({ name, node }) => {
    graph.at(node)
    return state.assign(name, valueOf(node))
  })
  const outputs = program.outputs.map(({ node }) => {
    graph.at(node)
    return graph.arrange(valueOf(node), Object.keys(node.axes))
  })
  const results = outputs.length > 0 ? outputs : [{ ref: graph.scalar(1, 'i32'), dtype: 'i32' as const }]
  inTurn(graph, emitted)
  const callee = plainFunction({
    name: clean(`program_${i}_${program.name}`),
    args: [...program.inputs.map(({ node }, i) => [`x${i}`, entryOf(node).type] as const), ...rolesOf(places).map(({ name, type }) => [name, type] as const)],
    results: results.map(({ ref, dtype }, i) => [`y${i}`, graph.op('Identity', [ref], { T: { type: tfTypes[dtype] } }), tfTypes[dtype]]),
    nodes: graph.nodes,
    controlResults: updates.map((node, i) => [`update${i}`, node]),
  })
  return { callee, owners: graph.owners }
}
