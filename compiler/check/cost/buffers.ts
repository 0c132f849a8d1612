import type { Node } from '../../program/node.ts'
import { nodesOf, statePathOf, type Program } from '../../program/program.ts'
import { nodeOfRef, type Builder, type Value } from '../../targets/tensorflow/builder.ts'
import { functionBuilder } from '../../targets/tensorflow/function.ts'
import { entered } from '../../targets/tensorflow/graph.ts'
import type { NodeDef } from '../../targets/tensorflow/graphdef.ts'
import { bytesOf } from './place.ts'

/** A piece of memory that one operation of the emitted graph fills and others read. */
export interface Buffer {
  /** The node of the program that it belongs to: its result, or a rearrangement of an operand on the way to it. */
  readonly node: Node
  readonly bytes: number
  /** Steps of the emitted order: when it is filled, and when it was last read. */
  readonly made: number
  last: number
  /** Whether a node that differentiation made reads it. */
  backward: boolean
  /** Given from outside: a leaf of the state, an input or a constant. */
  readonly given: boolean
  /** The operation of the emitted graph that fills it; empty for what is given. */
  readonly op: string
  /** Bytes that this operation reads. */
  readonly read: number
  /** Operands that its operation may write into, if nobody reads them again. */
  readonly over: readonly Buffer[]
}

/** Operations that give their operand's memory another shape or name. */
const views: ReadonlySet<string> = new Set(['Reshape', 'Identity', 'Bitcast'])
const constants: ReadonlySet<string> = new Set(['Const', 'Range'])
/** Operations that write into an operand of the same size, if they are the last to read it. From TensorFlow's kernels. */
const inPlace: ReadonlySet<string> = new Set([
  'AddV2', 'Sub', 'Mul', 'RealDiv', 'Maximum', 'Pow', 'Neg', 'Exp', 'Log', 'Sqrt', 'Rsqrt', 'Tanh', 'Erf', 'Sin', 'Floor', 'SelectV2', 'LogicalAnd', 'LogicalNot', 'FloorMod', 'TensorScatterUpdate',
])

/** Operations that read of their operands as much as they return. */
const partial: ReadonlySet<string> = new Set(['GatherV2', 'GatherNd', 'Slice', 'StridedSlice'])
const readBy = (op: string, bytes: number, operands: readonly Buffer[]): number => (partial.has(op) ? bytes : operands.reduce((total, operand) => total + operand.bytes, 0))

/** The operation whose memory a result is, behind views of it. */
const sourceOf = (defs: readonly NodeDef[], name: string): string => {
  const def = defs.find(each => each.name === name)
  const [operand] = def?.inputs ?? []
  return def !== undefined && views.has(def.op) && operand !== undefined && defs.some(each => each.name === nodeOfRef(operand)) ? sourceOf(defs, nodeOfRef(operand)) : name
}

export interface Buffers {
  readonly all: readonly Buffer[]
  /** The buffer that holds a node's value. */
  readonly of: (node: Node) => Buffer | undefined
  /** Steps in all. */
  readonly steps: number
}

/**
 * The memory that a program's operations fill, in the order in which the TensorFlow target emits them: its own lowering rules are run, so that
 * every transposition is there. Reshapes and renamings are views. Constants count nothing.
 */
export const buffersOf = (program: Program): Buffers => {
  const graph = functionBuilder()
  // What several devices exchange is as large as what each of them holds; where they stand is no memory.
  const builder: Builder = { ...graph, device: { index: () => graph.scalar(0, 'i32'), collective: ({ ref }) => graph.op('CollectiveReduceV2', [ref], {}) } }
  const values = new Map<Node, Value>()
  const byRef = new Map<string, Buffer>()
  const all: Buffer[] = []
  const given = (node: Node): void => {
    const buffer: Buffer = { node, bytes: bytesOf(node), made: -1, last: -1, backward: false, given: true, op: '', read: 0, over: [] }
    const ref = `given_${all.length}`
    all.push(buffer)
    byRef.set(ref, buffer)
    const value = statePathOf(node) !== undefined ? graph.value(ref, node, Object.keys(node.axes)) : entered(graph, ref, node)
    byRef.set(nodeOfRef(value.ref), buffer)
    values.set(node, value)
  }
  let step = 0
  /** Buffers for the operations that one node has become. */
  const follow = (node: Node, from: number, value: Value): void => {
    const defs = graph.nodes.slice(from)
    const result = sourceOf(defs, nodeOfRef(value.ref))
    for (const def of defs) {
      const operands = def.inputs.flatMap(ref => byRef.get(nodeOfRef(ref)) ?? [])
      for (const operand of operands) {
        operand.last = step
        operand.backward ||= node.backward
      }
      const [first] = operands
      if (views.has(def.op) && first !== undefined) byRef.set(def.name, first)
      else if (!constants.has(def.op)) {
        const largest = operands.reduce((most, { bytes }) => Math.max(most, bytes), 0)
        const bytes = def.name === result || def.op.startsWith('Stateless') ? bytesOf(node) : largest
        const over = inPlace.has(def.op) ? operands.filter(operand => !operand.given && operand.bytes === bytes) : []
        const buffer: Buffer = { node, bytes, made: step, last: step, backward: false, given: false, op: def.op, read: readBy(def.op, bytes, operands), over }
        all.push(buffer)
        byRef.set(def.name, buffer)
        step++
      }
    }
    values.set(node, value)
  }
  for (const node of nodesOf(program)) {
    const from = graph.nodes.length
    if (node.op === 'input') given(node)
    else follow(node, from, node.rules.lower.tensorflow(builder, node, node.inputs.flatMap(input => values.get(input) ?? [])))
  }
  const of = (node: Node): Buffer | undefined => byRef.get(nodeOfRef(values.get(node)?.ref ?? ''))
  return { all, of, steps: step }
}
