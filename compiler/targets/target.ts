import type { LeafType, Node, Sizes } from '../program/node.ts'
import type { Placement } from '../program/mesh.ts'
import type { Program } from '../program/program.ts'
import type { Artifact } from './artifact.ts'

/** A leaf of the state as every target sees it; the order of `axes` is the layout at the boundary, their sizes are those over all devices. */
export interface StateLeaf {
  readonly path: string
  readonly axes: Sizes
  readonly dtype: LeafType
  readonly kind: 'param' | 'buffer' | 'input'
  /** The node that stands for its value at the start of every program. */
  readonly node: Node
}

/** Everything that is compiled together: one state and the programs that use it. */
export interface Module {
  readonly state: readonly StateLeaf[]
  readonly programs: readonly Program[]
  /**
   * Where the programs run on several devices: they are then those of one device, with its sizes and with collectives, and every device
   * runs the same. How a leaf or an input lies on the devices is `layoutOf(placement, axes)`.
   */
  readonly placement?: Placement
}

/** A backend as the compiler knows it. Its lowering of each primitive stands beside the primitive's other rules. */
export interface Target {
  readonly name: string
  readonly emit: (module: Module) => Artifact
}
