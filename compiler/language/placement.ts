import { fail, mustBeSizes, plain, quote } from '../program/axes.ts'
import { deviceCount, type Mesh, type Placement, type Shard } from '../program/mesh.ts'
import { axesOf } from '../program/node.ts'
import { nodesOf, type Program } from '../program/program.ts'

/** On how many devices a definition runs, and what lies along them. */
export interface Devices {
  /** Devices along each mesh axis: `{ data: 4 }`. Without it, there is one device. */
  readonly mesh?: Mesh
  /** Axes of tensors, by name, and the mesh axis that each lies along: `{ example: 'data' }`. */
  readonly shard?: Shard
}

/** The placement that a definition asks for; undefined for one device. Names that are not there are errors, whatever the number of devices. */
export const placementOf = ({ mesh, shard = {} }: Devices, programs: readonly Program[]): Placement | undefined => {
  if (mesh === undefined) return undefined
  mustBeSizes('mesh', mesh)
  const known = new Set(programs.flatMap(program => [...program.inputs.map(({ node }) => node), ...nodesOf(program)]).flatMap(axesOf).map(plain))
  for (const [axis, along] of Object.entries(shard)) {
    if (!Object.hasOwn(mesh, along)) fail('AX064', `shard: '${axis}' cannot lie along '${along}', the mesh has ${quote(Object.keys(mesh))}`)
    if (!known.has(axis)) fail('AX064', `shard: no value of these programs has the axis '${axis}'`)
  }
  for (const [along, devices] of Object.entries(mesh)) if (devices > 1 && !Object.values(shard).includes(along)) fail('AX064', `mesh: nothing lies along '${along}'; say in shard which axes do`)
  return deviceCount(mesh) > 1 ? { mesh, shard } : undefined
}
