import { elements, type Node } from '../../program/node.ts'
import { worthwhile } from '../../passes/fuse.ts'
import type { Program } from '../../program/program.ts'
import type { ArraySpec, InputSpec, OutputSpec, SignatureSpec } from '../artifact.ts'
import type { Module, StateLeaf, Target } from '../target.ts'
import { shapeOf, tfTypes } from './builder.ts'
import { functionTable } from './cluster.ts'
import { callPlain } from './function.ts'
import { clean, entryOf, graphBuilder, handle, readVariable, type GraphBuilder } from './graph.ts'
import type { FunctionDef, TfType } from './graphdef.ts'
import { programFunction } from './program.ts'
import { savedModelArtifact } from './savedmodel.ts'

/** Bytes that one read or write of state moves at most: larger states are moved in several calls. */
const chunkBytes = 128 * 2 ** 20

const arrayType = (dtype: Node['dtype']): ArraySpec['dtype'] => (dtype === 'key' ? 'i32' : dtype)
const arraySpec = (name: string, node: Pick<Node, 'axes' | 'dtype'>): ArraySpec => ({
  name,
  dtype: arrayType(node.dtype),
  axes: [...Object.entries(node.axes).map(([axis, size]) => ({ name: axis, size })), ...(node.dtype === 'key' ? [{ name: 'word', size: 2 }] : [])],
})

const doneSpec: ArraySpec = { name: 'done', dtype: 'i32', axes: [] }

const placeholder = (graph: GraphBuilder, name: string, type: TfType, shape: readonly number[]): string => graph.named(name, 'Placeholder', [], { dtype: { type }, shape: { shape } })
const output = (graph: GraphBuilder, name: string, ref: string, type: TfType, after: readonly string[] = []): string => graph.named(name, 'Identity', [ref, ...after.map(node => `^${node}`)], { T: { type } })

/** A call of a program: placeholders for what it is given, fetches for what it returns. */
const emitCall = (graph: GraphBuilder, program: Program, callee: FunctionDef): SignatureSpec => {
  const inputs = program.inputs.map(({ name, node }): InputSpec => {
    const { type, shape, packed } = entryOf(node)
    return { ...arraySpec(name, node), node: placeholder(graph, clean(`${program.name}/input/${name}`), type, shape), packed }
  })
  const results = callPlain(graph, clean(`${program.name}/call`), callee, inputs.map(({ node }) => node))
  const specs = program.outputs.length > 0 ? program.outputs.map(({ name, node }) => arraySpec(name, node)) : [doneSpec]
  const outputs = specs.map((spec, i): OutputSpec => ({ ...spec, node: output(graph, clean(`${program.name}/output/${spec.name}`), results[i] ?? '', spec.dtype) }))
  return { inputs, outputs }
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

/** Moves some leaves of the state to the host, and from there back. */
const emitTransfer = (graph: GraphBuilder, leaves: readonly StateLeaf[], i: number): Readonly<Record<string, SignatureSpec>> => {
  const inputs: InputSpec[] = []
  const writes: string[] = []
  const outputs = leaves.map((leaf): OutputSpec => {
    const variable = handle(graph, leaf.path, leaf.node)
    const value = readVariable(graph, leaf.path, leaf.node, variable)
    const node = placeholder(graph, clean(`write/${leaf.path}`), tfTypes[leaf.dtype], shapeOf(value))
    inputs.push({ ...arraySpec(leaf.path, leaf), node, packed: false })
    writes.push(graph.effect(`${node}/assign`, 'AssignVariableOp', [variable, node], { dtype: { type: tfTypes[leaf.dtype] } }))
    return { ...arraySpec(leaf.path, leaf), node: value.ref }
  })
  const done: OutputSpec = { ...doneSpec, node: output(graph, `write.${i}/done`, graph.scalar(1, 'i32'), 'i32', writes) }
  return { [`read.${i}`]: { inputs: [], outputs }, [`write.${i}`]: { inputs, outputs: [done] } }
}

export interface TensorFlowOptions {
  /** Clusters of element-wise operations are compiled by XLA when they first run; without it every operation is TensorFlow's own. */
  readonly xla: boolean
  /** The least saving, in elements not written and read again, that makes a cluster. */
  readonly least?: number
}

/**
 * TensorFlow: a function for each program, the state in variables, and a graph of calls. Signatures: one a program, and `read.N` and
 * `write.N`, which move the state to and from the host in chunks.
 */
export const tensorflowWith = ({ xla, least = worthwhile }: TensorFlowOptions): Target => ({
  name: 'tensorflow',
  emit: (module: Module) => {
    const graph = graphBuilder()
    const functions = functionTable()
    const leaves = new Map(module.state.map(leaf => [leaf.path, leaf]))
    const programs = module.programs.map((program, i) => ({ program, callee: programFunction(program, leaves, functions, xla ? least : undefined, i) }))
    const calls = programs.map(({ program, callee }) => [program.name, emitCall(graph, program, callee)] as const)
    const transfers = chunks(module.state).map((part, i) => emitTransfer(graph, part, i))
    const definitions = [...functions.definitions, ...programs.map(({ callee }) => callee)]
    // A producer that the library of the package's own installer (2.9) accepts as well as later ones.
    return savedModelArtifact({ nodes: graph.nodes, functions: definitions, producer: 1087 }, Object.assign({}, Object.fromEntries(calls), ...transfers))
  },
})

/**
 * TensorFlow without XLA: on a processor clusters save 5 to 9 % of a step of the small model and nothing of the large one, and take 10 to
 * 20 s to compile in each process.
 */
export const tensorflow: Target = tensorflowWith({ xla: false })
