import { T, tfTypes, type CollectiveRequest, type Device } from './builder.ts'
import type { GraphBuilder } from './graph.ts'
import type { Attr, TfType } from './graphdef.ts'
import type { Place, Places } from './places.ts'

/** What a program's function is told of the device that it runs on: for each mesh axis its place there, and the number of its group. */
export interface Role {
  readonly name: string
  readonly type: TfType
  readonly value: (place: Place) => number
}

const meshAxes = ({ placement }: Places): readonly string[] => Object.keys(placement?.mesh ?? {})
// Numbers, since what a person calls a mesh axis may be no name to TensorFlow.
const indexOf = (places: Places, mesh: string): string => `index${meshAxes(places).indexOf(mesh)}`
const groupOf = (places: Places, mesh: string): string => `group${meshAxes(places).indexOf(mesh)}`

/** Devices that differ along one mesh axis only form a group; no two groups have one number. */
const groupNumber = (places: Places, mesh: string, place: Place): number => {
  const axes = meshAxes(places)
  const first = places.all.findIndex(({ coordinates }) => axes.every(axis => (coordinates[axis] ?? 0) === (axis === mesh ? 0 : (place.coordinates[axis] ?? 0))))
  return 1 + axes.indexOf(mesh) * places.all.length + first
}

/** The arguments that every program's function takes beside its inputs; none where there is one device. */
export const rolesOf = (places: Places): readonly Role[] =>
  meshAxes(places).flatMap((mesh): readonly Role[] => [
    { name: indexOf(places, mesh), type: 'i32', value: place => place.coordinates[mesh] ?? 0 },
    { name: groupOf(places, mesh), type: 'i32', value: place => groupNumber(places, mesh, place) },
  ])

/** Numbers the exchanges of a whole graph: each is its own instance to TensorFlow. */
export type Numbering = () => number

export const numbering = (): Numbering => {
  let last = 0
  return () => (last += 1)
}

const endless: Readonly<Record<string, Attr>> = { timeout_seconds: { f: 0 }, is_stateless: { b: false }, Nordering_token: { i: 0 } }
const sum: Readonly<Record<string, Attr>> = { merge_op: { s: 'Add' }, final_op: { s: 'Id' }, max_subdivs_per_device: { i: -1 } }

/** An exchange that was emitted, by the place of its node. */
interface Emitted {
  readonly order: number
  readonly at: number
}

/**
 * The device that a function is written for: any of them, by its arguments. Processors exchange in a ring, graphics processors through NCCL.
 * A reduce-scatter is every device's parts sent to their owners and added up there, since processors have no other.
 */
export const deviceIn = (graph: GraphBuilder, places: Places, next: Numbering): { readonly device: Device; readonly emitted: readonly Emitted[] } => {
  const hint: Readonly<Record<string, Attr>> = { communication_hint: { s: places.kind === 'gpu' ? 'nccl' : 'ring' } }
  const emitted: Emitted[] = []
  const exchange = (op: string, { mesh, devices, order, dtype }: CollectiveRequest, ref: string, attrs: Readonly<Record<string, Attr>>): string => {
    const given = [ref, graph.scalar(devices, 'i32'), groupOf(places, mesh), graph.scalar(next(), 'i32')]
    emitted.push({ order, at: graph.nodes.length })
    return graph.op(op, given, { ...T(dtype), ...attrs, ...hint, ...endless })
  }
  const collective: Device['collective'] = request => {
    const { kind: what, ref, devices, dtype, shape, result } = request
    if (what === 'allReduce') return exchange('CollectiveReduceV2', request, ref, sum)
    if (what === 'allGather') return exchange('CollectiveGatherV2', request, ref, {})
    const parts = graph.reshape(ref, [devices, ...result], dtype)
    if (shape[0] !== devices * (result[0] ?? 0)) throw new Error(`internal: a reduce-scatter of [${shape.join(', ')}] to [${result.join(', ')}] on ${devices} devices`)
    const own = exchange('CollectiveAllToAllV2', request, parts, {})
    return graph.op('Sum', [own, graph.ints([0])], { ...T(dtype), Tidx: { type: 'i32' }, keep_dims: { b: false } })
  }
  return { device: { index: mesh => indexOf(places, mesh), collective }, emitted }
}

/** Lets each exchange start after the one whose turn is before: two devices that began in different orders would wait for each other for ever. */
export const inTurn = ({ nodes }: GraphBuilder, emitted: readonly Emitted[]): void => {
  const turns = [...emitted].sort((a, b) => a.order - b.order || a.at - b.at)
  turns.forEach(({ at }, i) => {
    const [node, before] = [nodes[at], nodes[turns[i - 1]?.at ?? -1]]
    if (node !== undefined && before !== undefined) nodes[at] = { ...node, inputs: [...node.inputs, `^${before.name}`] }
  })
}
