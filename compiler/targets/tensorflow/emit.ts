import { elements, type Node } from '../../program/node.ts'
import { nodesOf, type Named, type Program } from '../../program/program.ts'
import type { ArraySpec, InputSpec, OutputSpec, SignatureSpec } from '../artifact.ts'
import type { Module, StateLeaf, Target } from '../target.ts'
import { shapeOf, tfTypes, type Value } from './builder.ts'
import { graphBuilder, placeholder, variable, type GraphBuilder } from './graph.ts'
import { savedModelArtifact } from './savedmodel.ts'

/** Bytes that one read or write of state moves at most: larger states are moved in several calls. */
const chunkBytes = 128 * 2 ** 20

type Variables = ReadonlyMap<string, ReturnType<typeof variable>>

const arrayType = (dtype: Node['dtype']): ArraySpec['dtype'] => (dtype === 'key' ? 'i32' : dtype)
const arraySpec = (name: string, node: Pick<Node, 'axes' | 'dtype'>): ArraySpec => ({
  name,
  dtype: arrayType(node.dtype),
  axes: [...Object.entries(node.axes).map(([axis, size]) => ({ name: axis, size })), ...(node.dtype === 'key' ? [{ name: 'word', size: 2 }] : [])],
})

/** Control inputs make a fetch wait for the assignments. */
const fetch = (graph: GraphBuilder, name: string, value: Value, after: readonly string[]): string =>
  graph.named(name, 'Identity', [value.ref, ...after.map(node => `^${node}`)], { T: { type: tfTypes[value.dtype] } })

const assign = (graph: GraphBuilder, program: string, path: string, { handle, read, value: old }: ReturnType<typeof variable>, next: Value): string => {
  const arranged = graph.arrange(next, old.order)
  return graph.named(`${program}/assign/${path}`.replace(/[^A-Za-z0-9_./-]/g, '_'), 'AssignVariableOp', [handle, arranged.ref, `^${read}`], { dtype: { type: tfTypes[old.dtype] } })
}

const outputsWithDone = (graph: GraphBuilder, program: string, outputs: readonly Named[], values: ReadonlyMap<Node, Value>, after: readonly string[]): readonly OutputSpec[] => {
  const done: Value = { ref: graph.scalar(1, 'i32'), order: [], sizes: {}, dtype: 'i32' }
  // Every output waits for the updates: whoever has one knows that the state is new.
  const fetched = outputs.map(({ name, node }): OutputSpec => {
    const value = values.get(node)
    if (value === undefined) throw new Error(`internal: output '${name}' was not lowered`)
    const arranged = graph.arrange(value, Object.keys(node.axes))
    return { ...arraySpec(name, node), node: fetch(graph, `${program}/output/${name}`.replace(/[^A-Za-z0-9_./-]/g, '_'), arranged, after) }
  })
  if (fetched.length > 0) return fetched
  return [{ name: 'done', dtype: 'i32', axes: [], node: fetch(graph, `${program}/done`, done, after) }]
}

const emitProgram = (graph: GraphBuilder, program: Program, variables: Variables): SignatureSpec => {
  const values = new Map<Node, Value>()
  graph.at({ scope: program.name, op: '' })
  const inputs = program.inputs.map(({ name, node }): InputSpec => {
    const { value, packed } = placeholder(graph, `${program.name}/input/${name}`.replace(/[^A-Za-z0-9_./-]/g, '_'), node)
    values.set(node, value)
    return { ...arraySpec(name, node), node: `${program.name}/input/${name}`.replace(/[^A-Za-z0-9_./-]/g, '_'), packed }
  })
  for (const node of nodesOf(program)) {
    if (values.has(node)) continue
    const path = node.attributes['path']
    const state = node.op === 'input' && typeof path === 'string' ? variables.get(path.slice(path.indexOf('/') + 1)) : undefined
    if (state !== undefined) {
      values.set(node, state.value)
      continue
    }
    graph.at({ scope: node.scope === '' ? program.name : `${program.name}/${node.scope}`, op: node.op })
    const operands = node.inputs.map(input => {
      const value = values.get(input)
      if (value === undefined) throw new Error(`internal: ${input.op} was not lowered before ${node.op}`)
      return value
    })
    values.set(node, node.rules.lower.tensorflow(graph, node, operands))
  }
  const updates = program.updates.map(({ name, node }) => {
    const [state, next] = [variables.get(name), values.get(node)]
    if (state === undefined || next === undefined) throw new Error(`internal: no variable for '${name}'`)
    return assign(graph, program.name, name, state, next)
  })
  return { inputs, outputs: outputsWithDone(graph, program.name, program.outputs, values, updates) }
}

const chunks = (leaves: readonly StateLeaf[]): readonly (readonly StateLeaf[])[] => {
  const all: StateLeaf[][] = [[]]
  let bytes = 0
  for (const leaf of leaves) {
    const size = elements(leaf.axes) * 4
    if (bytes + size > chunkBytes && bytes > 0) {
      all.push([])
      bytes = 0
    }
    all[all.length - 1]?.push(leaf)
    bytes += size
  }
  return all.filter(chunk => chunk.length > 0)
}

const emitTransfer = (graph: GraphBuilder, leaves: readonly StateLeaf[], i: number, variables: Variables): Readonly<Record<string, SignatureSpec>> => {
  const outputs = leaves.map((leaf): OutputSpec => ({ ...arraySpec(leaf.path, leaf), node: variables.get(leaf.path)?.read ?? '' }))
  const inputs: InputSpec[] = []
  const writes = leaves.map(leaf => {
    const state = variables.get(leaf.path)
    if (state === undefined) throw new Error(`internal: no variable for '${leaf.path}'`)
    const name = `write/${leaf.path}`.replace(/[^A-Za-z0-9_./-]/g, '_')
    const shape = shapeOf(state.value)
    graph.named(name, 'Placeholder', [], { dtype: { type: tfTypes[leaf.dtype] }, shape: { shape } })
    inputs.push({ ...arraySpec(leaf.path, leaf), node: name, packed: false })
    return graph.named(`${name}/assign`, 'AssignVariableOp', [state.handle, name], { dtype: { type: tfTypes[leaf.dtype] } })
  })
  return { [`read.${i}`]: { inputs: [], outputs }, [`write.${i}`]: { inputs, outputs: outputsWithDone(graph, `write.${i}`, [], new Map(), writes) } }
}

/**
 * TensorFlow: one flat graph with every program and the state in variables. Signatures: one a program, and `read.N` and `write.N`, which
 * move the state to and from the host in chunks.
 */
export const tensorflow: Target = {
  name: 'tensorflow',
  emit: (module: Module) => {
    const graph = graphBuilder()
    const variables: Variables = new Map(module.state.map(leaf => [leaf.path, variable(graph, leaf.path, leaf.node)]))
    const programs = module.programs.map(program => [program.name, emitProgram(graph, program, variables)] as const)
    const transfers = chunks(module.state).map((leaves, i) => emitTransfer(graph, leaves, i, variables))
    // A producer that the library of the package's own installer (2.9) accepts as well as later ones.
    return savedModelArtifact({ nodes: graph.nodes, functions: [], producer: 1087 }, Object.assign({}, Object.fromEntries(programs), ...transfers))
  },
}
