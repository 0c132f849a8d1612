import type { Cluster } from '../../passes/fuse.ts'
import type { Node } from '../../program/node.ts'
import { tfTypes, type Value } from './builder.ts'
import { functionBuilder } from './function.ts'
import type { GraphBuilder } from './graph.ts'
import type { FunctionDef } from './graphdef.ts'

/** Functions of the graph: one for all clusters of equal bodies. */
export interface Functions {
  readonly definitions: readonly FunctionDef[]
  /** The name of the function with this body. */
  readonly named: (body: Omit<FunctionDef, 'name'>) => string
}

export const functionTable = (): Functions => {
  const definitions: FunctionDef[] = []
  const known = new Map<string, string>()
  const named: Functions['named'] = body => {
    const key = JSON.stringify(body)
    const before = known.get(key)
    if (before !== undefined) return before
    const name = `cluster_${definitions.length}`
    definitions.push({ name, ...body })
    known.set(key, name)
    return name
  }
  return { definitions, named }
}

/** The operations of a cluster as the body of a function, and its results in the layouts that lowering chose for them. */
const bodyOf = ({ nodes, inputs, outputs }: Cluster, given: readonly Value[]): { readonly body: Omit<FunctionDef, 'name'>; readonly results: readonly Value[] } => {
  const builder = functionBuilder()
  const values = new Map<Node, Value>(inputs.map((node, i) => [node, valueAt(given, i, `x${i}`)]))
  const valueOf = (node: Node): Value => {
    const made = values.get(node) ?? node.rules.lower.tensorflow(builder, node, node.inputs.map(valueOf))
    values.set(node, made)
    return made
  }
  nodes.forEach(valueOf)
  const results = outputs.map(valueOf)
  const args = given.map(({ dtype }, i) => [`x${i}`, tfTypes[dtype]] as const)
  const returned = results.map(({ ref, dtype }, i) => [`y${i}`, ref.includes(':') ? ref : builder.op('Identity', [ref], { T: { type: tfTypes[dtype] } }), tfTypes[dtype]] as const)
  return { body: { args, results: returned, nodes: builder.nodes, attrs: { _XlaMustCompile: { b: true } } }, results }
}

const valueAt = (values: readonly Value[], i: number, ref: string): Value => {
  const value = values[i]
  if (value === undefined) throw new Error(`internal: a cluster has no input ${i}`)
  return { ...value, ref }
}

/** Calls a cluster, which XLA compiles as one when it first runs. Values of its outputs, in their order. */
export const callCluster = (graph: GraphBuilder, functions: Functions, cluster: Cluster, given: readonly Value[]): readonly Value[] => {
  const { body, results } = bodyOf(cluster, given)
  const call = graph.op('StatefulPartitionedCall', given.map(({ ref }) => ref), {
    Tin: { types: body.args.map(([, type]) => type) },
    Tout: { types: body.results.map(([, , type]) => type) },
    f: { func: functions.named(body) },
    config: { s: '' },
    config_proto: { s: '' },
    executor_type: { s: '' },
    _XlaMustCompile: { b: true },
  })
  return results.map((value, i) => ({ ...value, ref: call.replace(/:0$/, `:${i}`) }))
}
