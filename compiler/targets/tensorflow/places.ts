import { coordinatesOf, deviceCount, layoutOf, type Placement } from '../../program/mesh.ts'
import type { DType, Sizes } from '../../program/node.ts'
import { T } from './builder.ts'
import type { GraphBuilder, Where } from './graph.ts'

/** What the devices of a mesh are: graphics processors, or processors that TensorFlow makes out of one. */
export type DeviceKind = 'cpu' | 'gpu'

/** A device that runs the programs. The only one has no name: TensorFlow chooses it. */
export interface Place extends Where {
  /** The name of a node of which every device has one. */
  readonly own: (name: string) => string
  readonly coordinates: Readonly<Record<string, number>>
}

/** Where the programs of a graph run, and where values are fed, taken apart and put together again. */
export interface Places {
  readonly placement: Placement | undefined
  readonly kind: DeviceKind
  readonly all: readonly [Place, ...Place[]]
  readonly host: Where
}

const only: Place = { device: undefined, own: name => name, coordinates: {} }

/** The devices of a placement. A mesh of one device is as good as none. */
export const placesOf = (placement: Placement | undefined, kind: DeviceKind): Places => {
  if (placement === undefined || deviceCount(placement.mesh) === 1) return { placement: undefined, kind, all: [only], host: only }
  const place = (device: number): Place => ({
    device: `/device:${kind.toUpperCase()}:${device}`,
    own: name => `device.${device}/${name}`,
    coordinates: coordinatesOf(placement.mesh, device),
  })
  const rest = Array.from({ length: deviceCount(placement.mesh) - 1 }, (_, i) => place(i + 1))
  return { placement, kind, all: [place(0), ...rest], host: { device: '/device:CPU:0' } }
}

/** A value at the boundary: its axes in order, with their sizes over all devices. */
export interface Whole {
  readonly ref: string
  readonly axes: Sizes
  readonly dtype: DType
}

const layoutIn = ({ placement }: Places, axes: Sizes): readonly (readonly [axis: string, mesh: string, devices: number])[] =>
  placement === undefined ? [] : Object.entries(layoutOf(placement, axes)).map(([axis, mesh]) => [axis, mesh, placement.mesh[mesh] ?? 1])

/** What each device gets of a value: the whole of it, or its parts of the axes that lie along the mesh. */
export const scattered = (graph: GraphBuilder, places: Places, name: string, { ref, axes, dtype }: Whole): ((place: Place) => string) => {
  const layout = layoutIn(places, axes)
  const order = Object.keys(axes)
  const made = new Map<string, string>()
  const split = (from: string, axis: string, devices: number): string => {
    const known = made.get(from)
    if (known !== undefined) return known
    const all = graph.named(`${name}/split${made.size === 0 ? '' : `_${made.size}`}`, 'Split', [graph.scalar(order.indexOf(axis), 'i32'), from], { num_split: { i: devices }, ...T(dtype) })
    made.set(from, all)
    return all
  }
  return place =>
    graph.on(places.host, () =>
      layout.reduce((from, [axis, mesh, devices]) => {
        const all = split(from, axis, devices)
        const part = place.coordinates[mesh] ?? 0
        return part === 0 ? all : `${all}:${part}`
      }, ref))
}

/** A whole value from what the devices hold: the first one's, where all hold the same; else their parts, one after another. */
export const gathered = (graph: GraphBuilder, places: Places, name: string, axes: Sizes, dtype: DType, held: (place: Place) => string): string => {
  const layout = layoutIn(places, axes)
  const order = Object.keys(axes)
  const at = (coordinates: Readonly<Record<string, number>>): Place =>
    places.all.find(place => Object.entries(place.coordinates).every(([mesh, i]) => (coordinates[mesh] ?? 0) === i)) ?? places.all[0]
  const join = (depth: number, coordinates: Readonly<Record<string, number>>): string => {
    const [axis, mesh, devices] = layout[depth] ?? []
    if (axis === undefined || mesh === undefined) return held(at(coordinates))
    const parts = Array.from({ length: devices ?? 1 }, (_, i) => join(depth + 1, { ...coordinates, [mesh]: i }))
    return graph.named(`${name}/join${Object.values(coordinates).map(i => `_${i}`).join('')}`, 'ConcatV2', [...parts, graph.scalar(order.indexOf(axis), 'i32')], { N: { i: parts.length }, ...T(dtype), Tidx: { type: 'i32' } })
  }
  return graph.on(places.host, () => join(0, {}))
}
