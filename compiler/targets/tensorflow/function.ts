import { graphBuilder, type GraphBuilder } from './graph.ts'
import type { FunctionDef } from './graphdef.ts'

/** The outputs of operations, by which nodes of a function refer to each other; nodes of a graph use numbers. From TensorFlow's op definitions. */
const outputsOf: Readonly<Record<string, readonly string[]>> = {
  AddV2: ['z'], Sub: ['z'], Mul: ['z'], RealDiv: ['z'], FloorMod: ['z'], Maximum: ['z'], Pow: ['z'], Less: ['z'], Equal: ['z'], LogicalAnd: ['z'],
  Neg: ['y'], Exp: ['y'], Log: ['y'], Sqrt: ['y'], Rsqrt: ['y'], Tanh: ['y'], Erf: ['y'], Sin: ['y'], Floor: ['y'], LogicalNot: ['y'], Cast: ['y'], Transpose: ['y'],
  SelectV2: ['output'], Reshape: ['output'], BroadcastTo: ['output'], Const: ['output'], Identity: ['output'], Bitcast: ['output'], Pack: ['output'], Range: ['output'],
  Slice: ['output'], PadV2: ['output'], ConcatV2: ['output'], GatherV2: ['output'], UnsortedSegmentSum: ['output'], TensorScatterUpdate: ['output'],
  Sum: ['output'], Max: ['output'], ArgMax: ['output'], TopKV2: ['values', 'indices'], MatMul: ['product'], BatchMatMulV2: ['output'],
  StatelessRandomUniformV2: ['output'], StatelessRandomUniformFullIntV2: ['output'],
  CollectiveReduceV2: ['data'], CollectiveGatherV2: ['data'], CollectiveAllToAllV2: ['data'],
  VarHandleOp: ['resource'], ReadVariableOp: ['value'],
}

/** A builder for the body of a function. */
export const functionBuilder = (): GraphBuilder =>
  graphBuilder((node, op, output) => {
    if (op === 'StatefulPartitionedCall') return `${node}:output:${output}`
    const name = outputsOf[op]?.[output]
    if (name === undefined) throw new Error(`internal: output ${output} of ${op} has no known name`)
    return `${node}:${name}:0`
  })

/** ConfigProto { graph_options { rewrite_options { disable_meta_optimizer: true } } } */
const withoutRewriting = Uint8Array.of(0x52, 5, 0x52, 3, 0x98, 1, 1)

/**
 * A function that TensorFlow runs as it is. Its graph rewriter ("Grappler") takes 0.2 to 0.4 ms a node when a program first runs, many
 * seconds for a large model, and what it gives our programs, which are simplified already, could not be measured. It leaves functions
 * alone that are marked as parts of an input pipeline and that are called with it switched off.
 */
export const plainFunction = (parts: Omit<FunctionDef, 'attrs' | 'stateful'>): FunctionDef => ({
  ...parts,
  stateful: true,
  attrs: { _noinline: { b: true }, _nospecialize: { b: true }, _tf_data_function: { b: true } },
})

/** Calls a function; references of its results. */
export const callPlain = (graph: GraphBuilder, name: string, { name: callee, args, results }: FunctionDef, given: readonly string[]): readonly string[] => {
  const attrs = {
    Tin: { types: args.map(([, type]) => type) },
    Tout: { types: results.map(([, , type]) => type) },
    f: { func: callee },
    config: { s: '' },
    config_proto: { bytes: withoutRewriting },
    executor_type: { s: '' },
  } as const
  const call = graph.named(name, 'StatefulPartitionedCall', given, attrs)
  return results.map((_, i) => (i === 0 ? call : `${call}:${i}`))
}
