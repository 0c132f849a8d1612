// Runs a program of one device on every device of a mesh in lock step, by the reference rules: what a mesh of programs comes to.
import { exchange } from '../../../compiler/primitives/index.ts'
import { at, eachIndex, tabulate, type HostTensor } from '../../../compiler/program/host.ts'
import { collectiveOf, coordinatesOf, deviceCount, globalSizes, layoutOf, type Placement } from '../../../compiler/program/mesh.ts'
import type { Node } from '../../../compiler/program/node.ts'
import { nodesOf, type Named, type Program } from '../../../compiler/program/program.ts'

type Arrays = ReadonlyMap<string, HostTensor>
type Values = ReadonlyMap<Node, HostTensor>

/** Where a device's part of a value begins along each split axis. */
const startsOf = (placement: Placement, local: HostTensor['axes'], device: number): Readonly<Record<string, number>> => {
  const place = coordinatesOf(placement.mesh, device)
  return Object.fromEntries(Object.entries(layoutOf(placement, local)).map(([axis, along]) => [axis, (place[along] ?? 0) * (local[axis] ?? 1)]))
}

const partOf = (placement: Placement, node: Node, whole: HostTensor, device: number): HostTensor => {
  if (node.dtype === 'key') return whole
  const starts = startsOf(placement, node.axes, device)
  return tabulate(node.axes, node.dtype, index => at(whole, Object.fromEntries(Object.entries(index).map(([axis, i]) => [axis, i + (starts[axis] ?? 0)]))))
}

/** The devices that differ from one only in where they stand along a mesh axis, in order. */
const groupOf = (placement: Placement, device: number, mesh: string): readonly number[] => {
  const own = coordinatesOf(placement.mesh, device)
  return Array.from({ length: deviceCount(placement.mesh) }, (_, i) => i).filter(other => Object.entries(coordinatesOf(placement.mesh, other)).every(([axis, i]) => axis === mesh || own[axis] === i))
}

const step = (placement: Placement, node: Node, held: readonly Map<Node, HostTensor>[], given: Arrays): readonly HostTensor[] => {
  const inputsOn = (device: number): readonly HostTensor[] => node.inputs.map(input => held[device]?.get(input) ?? fault(`${input.op} was not evaluated`))
  const path = node.attributes['path']
  const { mesh, axis } = node.attributes
  if (node.op === 'input' && typeof path === 'string') return held.map((_, device) => partOf(placement, node, given.get(path) ?? fault(`nothing is given for '${path}'`), device))
  if (node.op === 'deviceIndex' && typeof mesh === 'string') return held.map((_, device) => ({ axes: {}, dtype: 'i32', data: Float64Array.of(coordinatesOf(placement.mesh, device)[mesh] ?? 0) }))
  const collective = collectiveOf(node)
  if (collective === undefined) return held.map((_, device) => node.rules.lower.reference(node, inputsOn(device)))
  return held.map((_, device) => {
    const members = groupOf(placement, device, collective.mesh)
    const all = exchange(collective.kind, typeof axis === 'string' ? axis : undefined, members.map(member => inputsOn(member)[0] ?? fault('nothing to exchange')))
    return all[members.indexOf(device)] ?? fault('a device that takes no part')
  })
}

const fault = (text: string): never => {
  throw new Error(text)
}

/** Whether all devices that should hold the same do. */
const equal = (a: HostTensor, b: HostTensor): boolean => a.data.every((x, i) => Object.is(x, b.data[i]))

const assembled = (placement: Placement, { name, node }: Named, parts: readonly HostTensor[]): HostTensor => {
  const whole = tabulate(globalSizes(placement, node.axes), node.dtype, () => Number.NaN)
  if (node.dtype === 'key') return parts[0] ?? whole
  parts.forEach((part, device) => {
    const starts = startsOf(placement, node.axes, device)
    const seen = parts.findIndex((_, other) => Object.entries(startsOf(placement, node.axes, other)).every(([axis, i]) => starts[axis] === i))
    if (!equal(part, parts[seen] ?? part)) fault(`devices ${seen} and ${device} hold different numbers of '${name}'`)
    eachIndex(node.axes, index => {
      let offset = 0
      for (const [axis, size] of Object.entries(whole.axes)) offset = offset * size + (index[axis] ?? 0) + (starts[axis] ?? 0)
      whole.data[offset] = at(part, index)
    })
  })
  return whole
}

/** Outputs and new values of the state over all devices, from inputs over all devices by their paths. */
export const runOnMesh = (program: Program, placement: Placement, given: Arrays): Arrays => {
  const held = Array.from({ length: deviceCount(placement.mesh) }, () => new Map<Node, HostTensor>())
  for (const node of nodesOf(program)) step(placement, node, held, given).forEach((value, device) => held[device]?.set(node, value))
  return new Map([...program.outputs, ...program.updates].map(named => [named.name, assembled(placement, named, held.map((values: Values) => values.get(named.node) ?? fault('a root was not evaluated')))]))
}
