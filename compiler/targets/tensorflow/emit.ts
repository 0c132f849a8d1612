import { worthwhile } from '../../passes/fuse.ts'
import { globalSizes } from '../../program/mesh.ts'
import { elements, type DType, type Node, type Sizes } from '../../program/node.ts'
import type { Program } from '../../program/program.ts'
import type { Artifact, ArraySpec, InputSpec, OutputSpec, SignatureSpec } from '../artifact.ts'
import type { Module, StateLeaf, Target } from '../target.ts'
import { shapeOf, tfTypes } from './builder.ts'
import { functionTable } from './cluster.ts'
import { numbering, rolesOf } from './collectives.ts'
import { callPlain } from './function.ts'
import { bytesIn, clean, entryOf, graphBuilder, handle, readVariable, wordsOut, type GraphBuilder } from './graph.ts'
import type { FunctionDef, GraphDef, TfType } from './graphdef.ts'
import { gathered, placesOf, scattered, type DeviceKind, type Place, type Places } from './places.ts'
import { programFunction, type Owners } from './program.ts'
import { savedModelArtifact } from './savedmodel.ts'

/** Bytes that one read or write of state moves at most: larger states are moved in several calls. */
const chunkBytes = 128 * 2 ** 20

const arrayType = (dtype: DType): ArraySpec['dtype'] => {
  if (dtype === 'bf16') throw new Error('internal: bf16 leaves a program')
  return dtype === 'key' ? 'i32' : dtype
}
const arraySpec = (name: string, node: { readonly axes: Sizes; readonly dtype: DType }): ArraySpec => ({
  name,
  dtype: arrayType(node.dtype),
  axes: [...Object.entries(node.axes).map(([axis, size]) => ({ name: axis, size })), ...(node.dtype === 'key' ? [{ name: 'word', size: 2 }] : [])],
})

const doneSpec: ArraySpec = { name: 'done', dtype: 'i32', axes: [] }

const placeholder = (graph: GraphBuilder, name: string, type: TfType, shape: readonly number[]): string => graph.named(name, 'Placeholder', [], { dtype: { type }, shape: { shape } })
const output = (graph: GraphBuilder, name: string, ref: string, type: TfType, after: readonly string[] = []): string => graph.named(name, 'Identity', [ref, ...after.map(node => `^${node}`)], { T: { type } })

/** The sizes over all devices of what one device sees. */
const wholeSizes = ({ placement }: Places, local: Sizes): Sizes => (placement === undefined ? local : globalSizes(placement, local))

/** An input is fed once, on the host; each device is given its part, or all of it. */
const emitInput = (graph: GraphBuilder, places: Places, program: string, { name, node }: Program['inputs'][number]): { readonly spec: InputSpec; readonly part: (place: Place) => string } => {
  const whole = { axes: wholeSizes(places, node.axes), dtype: node.dtype }
  const { type, shape, packed } = entryOf(whole)
  const own = clean(`${program}/input/${name}`)
  const ref = graph.on(places.host, () => placeholder(graph, own, type, shape))
  const spec = { ...arraySpec(name, whole), node: ref, packed }
  if (elements(whole.axes) === elements(node.axes)) return { spec, part: () => ref }
  // Bytes come as words, and are words again when they enter a function.
  const bytes = packed ? graph.on(places.host, () => bytesIn(graph, ref, whole.axes)) : ref
  const part = scattered(graph, places, own, { ref: bytes, ...whole })
  return { spec, part: place => (entryOf(node).packed ? graph.on(places.host, () => wordsOut(graph, part(place), node.axes)) : part(place)) }
}

/** A call of a program on every device: placeholders for what it is given, fetches for what it returns. All devices have done their updates when it has. */
const emitCall = (graph: GraphBuilder, places: Places, program: Program, callee: FunctionDef): SignatureSpec => {
  const inputs = program.inputs.map(input => emitInput(graph, places, program.name, input))
  const calls = new Map(places.all.map(place => {
    const parts = inputs.map(({ part }) => part(place))
    const call = graph.on(place, () => {
      const roles = rolesOf(places).map(({ value }) => graph.scalar(value(place), 'i32'))
      return callPlain(graph, place.own(clean(`${program.name}/call`)), callee, [...parts, ...roles])
    })
    return [place, call] as const
  }))
  const others = places.all.slice(1).map(place => calls.get(place)?.[0] ?? '')
  const outputs = (program.outputs.length > 0 ? program.outputs : [undefined]).map((returned, i): OutputSpec => {
    const axes = returned === undefined ? {} : wholeSizes(places, returned.node.axes)
    const spec = returned === undefined ? doneSpec : arraySpec(returned.name, { axes, dtype: returned.node.dtype })
    const name = clean(`${program.name}/output/${spec.name}`)
    const ref = gathered(graph, places, name, axes, returned?.node.dtype ?? 'i32', place => calls.get(place)?.[i] ?? '')
    return { ...spec, node: graph.on(places.host, () => output(graph, name, ref, spec.dtype, others)) }
  })
  return { inputs: inputs.map(({ spec }) => spec), outputs }
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

/** Moves some leaves of the state to the host, and from there to every device. What the host sees does not know of devices. */
const emitTransfer = (graph: GraphBuilder, places: Places, leaves: readonly StateLeaf[], i: number): Readonly<Record<string, SignatureSpec>> => {
  const inputs: InputSpec[] = []
  const writes: string[] = []
  const outputs = leaves.map((leaf): OutputSpec => {
    const type = tfTypes[leaf.dtype]
    const name = clean(`write/${leaf.path}`)
    const node = graph.on(places.host, () => placeholder(graph, name, type, shapeOf({ order: Object.keys(leaf.axes), sizes: leaf.axes, dtype: leaf.dtype })))
    const part = scattered(graph, places, name, { ref: node, axes: leaf.axes, dtype: leaf.dtype })
    const values = new Map(places.all.map(place => {
      const given = part(place)
      return graph.on(place, () => {
        const variable = handle(graph, leaf.path, leaf.node, place.own)
        const value = readVariable(graph, leaf.path, leaf.node, variable, place.own)
        writes.push(graph.effect(place.own(`${name}/assign`), 'AssignVariableOp', [variable, given], { dtype: { type } }))
        return [place, value.ref] as const
      })
    }))
    inputs.push({ ...arraySpec(leaf.path, leaf), node, packed: false })
    return { ...arraySpec(leaf.path, leaf), node: gathered(graph, places, clean(`read/${leaf.path}`), leaf.axes, leaf.dtype, place => values.get(place) ?? '') }
  })
  const done: OutputSpec = { ...doneSpec, node: graph.on(places.host, () => output(graph, `write.${i}/done`, graph.scalar(1, 'i32'), 'i32', writes)) }
  return { [`read.${i}`]: { inputs: [], outputs }, [`write.${i}`]: { inputs, outputs: [done] } }
}

export interface TensorFlowOptions {
  /** Clusters of element-wise operations are compiled by XLA when they first run; without it every operation is TensorFlow's own. */
  readonly xla: boolean
  /** The least saving, in elements not written and read again, that makes a cluster. */
  readonly least?: number
  /** What the devices of a mesh are. */
  readonly devices?: DeviceKind
  /** Is told, for each program, which of its nodes the operations were emitted for. */
  readonly look?: (program: string, owners: Owners) => void
}

/** The graph of a module before it is written down, and its signatures. */
export const graphOf = (module: Module, { xla, least = worthwhile, devices = 'cpu', look }: TensorFlowOptions): { readonly graph: GraphDef; readonly signatures: Artifact['signatures'] } => {
  const graph = graphBuilder()
  const functions = functionTable()
  const leaves = new Map(module.state.map(leaf => [leaf.path, leaf]))
  const places = placesOf(module.placement, devices)
  const shared = { leaves, functions, places, next: numbering(), least: xla ? least : undefined }
  const programs = module.programs.map((program, i) => {
    const { callee, owners } = programFunction(program, shared, i)
    look?.(program.name, owners)
    return { program, callee }
  })
  const calls = programs.map(({ program, callee }) => [program.name, emitCall(graph, places, program, callee)] as const)
  const transfers = chunks(module.state).map((part, i) => emitTransfer(graph, places, part, i))
  const definitions = [...functions.definitions, ...programs.map(({ callee }) => callee)]
  // A producer that the library of the package's own installer (2.9) accepts as well as later ones.
  return { graph: { nodes: graph.nodes, functions: definitions, producer: 1087 }, signatures: Object.assign({}, Object.fromEntries(calls), ...transfers) }
}

/**
 * TensorFlow: a function for each program, the state in variables, and a graph of calls, one on each device. Signatures: one a program, and
 * `read.N` and `write.N`, which move the state to and from the host in chunks.
 */
export const tensorflowWith = (options: TensorFlowOptions): Target => ({
  name: 'tensorflow',
  emit: module => {
    const { graph, signatures } = graphOf(module, options)
    return savedModelArtifact(graph, signatures)
  },
})

/**
 * TensorFlow without XLA: on a processor clusters save 5 to 9 % of a step of the small model and nothing of the large one, and take 10 to
 * 20 s to compile in each process.
 */
export const tensorflow: Target = tensorflowWith({ xla: false })
