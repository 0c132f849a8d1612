import { axesOf, elements, type DType, type Node, type Sizes } from './node.ts'
import { plain } from './axes.ts'
import { nodesOf, type Program } from './program.ts'

/** How many devices stand along each mesh axis. Devices are numbered row-major in the order as written, the first axis slowest. */
export type Mesh = Readonly<Record<string, number>>

/** Which axes of tensors lie along which mesh axis, by name: `{ batch: 'data' }`. */
export type Shard = Readonly<Record<string, string>>

/** Devices and what lies along them. Every value with a named axis is split along it in equal parts, in order; everything else is the same on all devices. */
export interface Placement {
  readonly mesh: Mesh
  readonly shard: Shard
}

/** The axes of a value that are split, each with the mesh axis that it lies along; empty where all devices hold the same. */
export type Layout = Readonly<Record<string, string>>

export const deviceCount = (mesh: Mesh): number => Object.values(mesh).reduce((product, size) => product * size, 1)

/** Where a device stands along each mesh axis. */
export const coordinatesOf = (mesh: Mesh, device: number): Readonly<Record<string, number>> => {
  const found: Record<string, number> = {}
  let rest = device
  for (const [axis, size] of Object.entries(mesh).reverse()) {
    found[axis] = rest % size
    rest = Math.floor(rest / size)
  }
  return found
}

/** The mesh axis that an axis lies along. A lifted axis lies as the one that it stands for. */
export const meshAxisOf = ({ shard }: Placement, axis: string): string | undefined => (Object.hasOwn(shard, plain(axis)) ? shard[plain(axis)] : undefined)

/** How a value with these axes lies on the devices: a function of the names alone, for inputs, outputs and state as for everything between. */
export const layoutOf = (placement: Placement, axes: Sizes): Layout =>
  Object.fromEntries(Object.keys(axes).flatMap(axis => {
    const along = meshAxisOf(placement, axis)
    return along === undefined ? [] : [[axis, along] as const]
  }))

/** Sizes over all devices, from those of one device. */
export const globalSizes = (placement: Placement, local: Sizes): Sizes =>
  Object.fromEntries(Object.entries(local).map(([axis, size]) => [axis, size * (placement.mesh[meshAxisOf(placement, axis) ?? ''] ?? 1)]))

/** Sizes on one device, from those over all. */
export const localSizes = (placement: Placement, sizes: Sizes): Sizes =>
  Object.fromEntries(Object.entries(sizes).map(([axis, size]) => [axis, size / (placement.mesh[meshAxisOf(placement, axis) ?? ''] ?? 1)]))

const bytesOf: Readonly<Record<DType, number>> = { f32: 4, i32: 4, bool: 1, u8: 1, key: 8, bf16: 2 }

export type CollectiveKind = 'allReduce' | 'allGather' | 'reduceScatter'

/** One exchange between the devices along a mesh axis. */
export interface Collective {
  readonly kind: CollectiveKind
  readonly mesh: string
  readonly devices: number
  /** Its turn: every device starts its collectives in this order. */
  readonly order: number
  /** Bytes of the whole value: what is reduced, or what there is after a gather. */
  readonly bytes: number
  /** Bytes that each device sends where the devices form a ring. */
  readonly sent: number
  readonly node: Node
}

const kindOf = (op: string): CollectiveKind | undefined => (op === 'allReduce' || op === 'allGather' || op === 'reduceScatter' ? op : undefined)

/** What a node sends, where it is a collective. */
export const collectiveOf = (node: Node): Collective | undefined => {
  const kind = kindOf(node.op)
  const { mesh, devices, order } = node.attributes
  const [operand] = node.inputs
  if (kind === undefined || operand === undefined || typeof mesh !== 'string' || typeof devices !== 'number' || typeof order !== 'number') return undefined
  const bytes = elements((kind === 'allGather' ? node : operand).axes) * bytesOf[node.dtype]
  return { kind, mesh, devices, order, bytes, sent: ((kind === 'allReduce' ? 2 : 1) * bytes * (devices - 1)) / devices, node }
}

/** Every exchange of a program, in the order in which all devices start them. */
export const collectivesOf = (program: Program): readonly Collective[] =>
  nodesOf(program).flatMap(node => collectiveOf(node) ?? []).sort((a, b) => a.order - b.order || a.node.id - b.node.id)

/** Whether a value is split at all. */
export const isSplit = (placement: Placement, node: Node): boolean => axesOf(node).some(axis => meshAxisOf(placement, axis) !== undefined)
