import { input } from '../primitives/index.ts'
import { axesOf, elements, from, type Node } from '../program/node.ts'
import { nodesOf, type Program } from '../program/program.ts'

/** Element-wise work that a target may compile as one: nodes in order, what they need from outside, and which of them others need. */
export interface Cluster {
  readonly nodes: readonly Node[]
  readonly inputs: readonly Node[]
  readonly outputs: readonly Node[]
}

const elementwise: ReadonlySet<string> = new Set([
  'neg', 'exp', 'log', 'sqrt', 'rsqrt', 'tanh', 'erf', 'sin', 'floor', 'not', 'add', 'sub', 'mul', 'div', 'mod', 'max', 'pow', 'less', 'equal', 'and', 'select', 'cast', 'broadcast', 'rename',
])
const reductions: ReadonlySet<string> = new Set(['sum', 'maximum'])
/** Nodes that cost nothing by themselves. */
const views: ReadonlySet<string> = new Set(['rename', 'broadcast'])

/** A reduction over the last axes: rows that are whole in memory, as in softmax and layer normalisation. */
const reducesRows = (node: Node): boolean => node.inputs.every(operand => axesOf(operand).slice(0, axesOf(node).length).every(axis => axis in node.axes))

/**
 * What may share a cluster, and what is one by itself: sums over anything but the last axes. XLA passes over such an operand once, row by
 * row, but only if it stands in memory; computed on the fly, it is computed column by column. Numbers without axes stay outside: they
 * would tie everything that shares a learning rate into one cluster.
 */
const kindOf = (node: Node): 'shared' | 'alone' | 'outside' => {
  if (node.dtype === 'key' || node.dtype === 'u8' || node.dtype === 'bf16' || axesOf(node).length === 0) return 'outside'
  if (elementwise.has(node.op)) return 'shared'
  return reductions.has(node.op) ? (reducesRows(node) ? 'shared' : 'alone') : 'outside'
}

const joins = (user: Node, input: Node): boolean => kindOf(user) === 'shared' && kindOf(input) === 'shared'

/**
 * The longest chain of borders above each node; every edge that cannot be inside of a cluster is one. Levels never fall along a path, so
 * nodes of one level that are connected inside of it form a set that no path leaves and enters again: the set can be run as one.
 */
const levels = (nodes: readonly Node[]): ReadonlyMap<Node, number> => {
  const level = new Map<Node, number>()
  for (const node of nodes) level.set(node, node.inputs.reduce((most, input) => Math.max(most, (level.get(input) ?? 0) + (joins(node, input) ? 0 : 1)), 0))
  return level
}

/** Connected sets of nodes of one level. */
const components = (nodes: readonly Node[]): readonly (readonly Node[])[] => {
  const level = levels(nodes)
  const parent = new Map<Node, Node>()
  const root = (node: Node): Node => {
    let top = node
    for (let up = parent.get(top); up !== undefined && up !== top; up = parent.get(top)) top = up
    parent.set(node, top)
    return top
  }
  const sets = new Map<Node, Node[]>()
  for (const node of nodes) {
    for (const input of node.inputs) if (joins(node, input) && level.get(input) === level.get(node)) parent.set(root(input), root(node))
  }
  for (const node of nodes) {
    if (kindOf(node) === 'outside') continue
    const set = sets.get(root(node))
    if (set === undefined) sets.set(root(node), [node])
    else set.push(node)
  }
  return [...sets.values()]
}

const size = (nodes: readonly Node[]): number => nodes.reduce((total, node) => total + elements(node.axes), 0)

/** Elements that need not be written and read again when a cluster runs as one; for a sum alone, those that are read the better way. */
const gain = ({ nodes, inputs, outputs }: Cluster): number => {
  if (nodes.length === 1 && nodes.every(node => kindOf(node) === 'alone')) return size(inputs)
  const working = nodes.filter(node => !views.has(node.op))
  return size(working) + working.reduce((total, node) => total + size(node.inputs), 0) - size(inputs) - size(outputs)
}

/** A call costs as much as passing over about this many elements. */
export const worthwhile = 2 ** 17

/**
 * The clusters of a program: sets of element-wise operations, broadcasts and row-wise reductions that no path leaves and enters again, where
 * running them as one saves more than a call costs. No random operation, product or look-up is ever in one.
 */
export const clustersOf = (program: Program, least: number = worthwhile): readonly Cluster[] => {
  const nodes = nodesOf(program)
  const users = new Map<Node, Node[]>()
  for (const node of nodes) for (const input of node.inputs) users.set(input, [...(users.get(input) ?? []), node])
  const roots = new Set([...program.outputs, ...program.updates].map(({ node }) => node))
  return components(nodes).flatMap(members => {
    const own = new Set(members)
    const inputs = [...new Set(members.flatMap(node => node.inputs.filter(input => !own.has(input) && input.op !== 'literal')))]
    const outputs = members.filter(node => roots.has(node) || (users.get(node) ?? []).some(user => !own.has(user)))
    const cluster = { nodes: members, inputs, outputs }
    return gain(cluster) >= least ? [cluster] : []
  })
}

/** A cluster as a program of its own, with inputs in place of what it is given: for printing, and for tests. */
export const clusterProgram = (name: string, { nodes, inputs, outputs }: Cluster): Program => {
  const given = inputs.map((node, i) => ({ name: `x${i}`, node: from(node, () => input([], { path: `x${i}`, axes: node.axes, dtype: node.dtype, kind: 'input' })) }))
  const images = new Map(inputs.map((node, i) => [node, given[i]?.node ?? node]))
  const imageOf = (node: Node): Node => images.get(node) ?? node
  for (const node of nodes) images.set(node, from(node, () => node.rules.rebuild(node.inputs.map(imageOf))))
  return { name, inputs: given, outputs: outputs.map((node, i) => ({ name: `y${i}`, node: imageOf(node) })), updates: [] }
}
