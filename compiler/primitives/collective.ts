import { fail, mustCarry, plain } from '../program/axes.ts'
import { at, tabulate, type HostTensor } from '../program/host.ts'
import type { CollectiveKind } from '../program/mesh.ts'
import { sizeOf, type Node } from '../program/node.ts'
import { shapeOf, type Builder, type Value } from '../targets/tensorflow/builder.ts'
import { free, nth, primitive, type Primitive } from './primitive.ts'
import type { ShardRule } from './sharding.ts'

/** The devices that exchange: all along one mesh axis, and this exchange's turn (the same on every device). */
interface Group {
  readonly mesh: string
  readonly devices: number
  readonly order: number
}
type Along = Group & { readonly axis: string }
type GroupAttributes = Group & Readonly<Record<string, string | number>>
type AlongAttributes = Along & Readonly<Record<string, string | number>>

const numbers = (op: string, node: Node): void => {
  if (node.dtype !== 'f32' && node.dtype !== 'i32') fail('AX010', `${op} of a tensor of ${node.dtype}: wanted f32 or i32`)
}

/** One device is a group by itself; several need all their values at once, which `exchange` has. */
const alone = (op: string, { devices }: Group, value: HostTensor): HostTensor => {
  if (devices !== 1) throw new Error(`internal: the reference rule of ${op} was asked for one of ${devices} devices`)
  return value
}

/** A collective goes to the emitter of the graph, which knows the devices. The axis that it works along is the first of its operand. */
const lower = (kind: CollectiveKind, builder: Builder, self: Node, operand: Value, group: Group, axis: string | undefined): Value => {
  const order = axis === undefined ? operand.order : [axis, ...operand.order.filter(name => name !== axis)]
  const given = builder.arrange(operand, order)
  const result = builder.value(given.ref, self, order)
  if (group.devices === 1) return result
  if (builder.device === undefined) throw new Error(`internal: ${kind} over '${group.mesh}' in a graph of one device`)
  return { ...result, ref: builder.device.collective({ kind, ...group, ref: given.ref, dtype: self.dtype, shape: shapeOf(given), result: shapeOf(result) }) }
}

/** Programs are put on devices once. */
const twice: ShardRule<GroupAttributes | { readonly mesh: string; readonly devices: number }> = (_placer, { self }) => {
  throw new Error(`internal: ${self.op} in a program that is not yet on devices`)
}

const group = { mesh: 'data', devices: 1, order: 0 } as const
const x = { axes: { row: 4, column: 3 } } as const

// Cotangents of collectives are those of the sum of all devices' losses: each is its own or the other's transpose.

/** The sum of the values that the devices along a mesh axis hold. */
export const allReduce: Primitive<GroupAttributes> = primitive<GroupAttributes>({
  op: 'allReduce',
  shape: inputs => {
    numbers('allReduce', nth(inputs, 0))
    return { axes: nth(inputs, 0).axes, dtype: nth(inputs, 0).dtype }
  },
  gradient: ({ self, cotangent, attributes }) => (self.dtype === 'f32' ? [allReduce([cotangent], attributes)] : []),
  cost: free,
  shard: twice,
  reference: ({ inputs, attributes }) => alone('allReduce', attributes, nth(inputs, 0)),
  tensorflow: (builder, { self, inputs, attributes }) => lower('allReduce', builder, self, nth(inputs, 0), attributes, undefined),
  samples: [{ inputs: [x], attributes: group }],
})

/** The parts of an axis that the devices along a mesh axis hold, one after the other in the order of the devices. */
export const allGather: Primitive<AlongAttributes> = primitive<AlongAttributes>({
  op: 'allGather',
  shape: (inputs, { axis, devices }) => {
    const operand = nth(inputs, 0)
    numbers('allGather', operand)
    mustCarry('allGather', operand, axis)
    return { axes: { ...operand.axes, [axis]: sizeOf(operand, axis) * devices }, dtype: operand.dtype }
  },
  gradient: ({ self, cotangent, attributes }) => (self.dtype === 'f32' ? [reduceScatter([cotangent], attributes)] : []),
  cost: free,
  shard: twice,
  reference: ({ inputs, attributes }) => alone('allGather', attributes, nth(inputs, 0)),
  tensorflow: (builder, { self, inputs, attributes }) => lower('allGather', builder, self, nth(inputs, 0), attributes, attributes.axis),
  samples: [{ inputs: [x], attributes: { ...group, axis: 'column' } }],
})

/** The sum of what the devices along a mesh axis hold, of which each keeps its own part of an axis. */
export const reduceScatter: Primitive<AlongAttributes> = primitive<AlongAttributes>({
  op: 'reduceScatter',
  shape: (inputs, { axis, mesh, devices }) => {
    const operand = nth(inputs, 0)
    numbers('reduceScatter', operand)
    mustCarry('reduceScatter', operand, axis)
    if (sizeOf(operand, axis) % devices !== 0) fail('AX065', `reduceScatter over '${plain(axis)}' ${sizeOf(operand, axis)}, which the mesh axis '${mesh}' of ${devices} devices does not divide`)
    return { axes: { ...operand.axes, [axis]: sizeOf(operand, axis) / devices }, dtype: operand.dtype }
  },
  gradient: ({ self, cotangent, attributes }) => (self.dtype === 'f32' ? [allGather([cotangent], attributes)] : []),
  cost: free,
  shard: twice,
  reference: ({ inputs, attributes }) => alone('reduceScatter', attributes, nth(inputs, 0)),
  tensorflow: (builder, { self, inputs, attributes }) => lower('reduceScatter', builder, self, nth(inputs, 0), attributes, attributes.axis),
  samples: [{ inputs: [x], attributes: { ...group, axis: 'row' } }],
})

/** Where this device stands along a mesh axis, from 0. */
export const deviceIndex: Primitive<{ readonly mesh: string; readonly devices: number }> = primitive<{ readonly mesh: string; readonly devices: number }>({
  op: 'deviceIndex',
  shape: () => ({ axes: {}, dtype: 'i32' }),
  gradient: 'none',
  cost: free,
  shard: twice,
  reference: ({ self, attributes }) => alone('deviceIndex', { ...attributes, order: 0 }, tabulate(self.axes, 'i32', () => 0)),
  tensorflow: (builder, { self, attributes: { mesh, devices } }) => {
    if (devices > 1 && builder.device === undefined) throw new Error(`internal: the place along '${mesh}' in a graph of one device`)
    return builder.value(builder.device?.index(mesh) ?? builder.scalar(0, 'i32'), self, [])
  },
  samples: [{ inputs: [], attributes: { mesh: 'data', devices: 1 } }],
})

/** What each device of a group holds after a collective, from what each held before: the reference rule of several devices at once. */
export const exchange = (kind: CollectiveKind, axis: string | undefined, held: readonly HostTensor[]): readonly HostTensor[] => {
  const [first] = held
  if (first === undefined) return []
  const total = (axes: HostTensor['axes'], start: number): HostTensor =>
    tabulate(axes, first.dtype, index => held.reduce((sum, each) => sum + at(each, axis === undefined ? index : { ...index, [axis]: (index[axis] ?? 0) + start }), 0))
  if (kind === 'allReduce' || axis === undefined) return held.map(() => total(first.axes, 0))
  const own = first.axes[axis] ?? 1
  if (kind === 'reduceScatter') return held.map((_, i) => total({ ...first.axes, [axis]: own / held.length }, (i * own) / held.length))
  const joined = tabulate({ ...first.axes, [axis]: own * held.length }, first.dtype, index => {
    const i = index[axis] ?? 0
    const part = held[Math.floor(i / own)] ?? first
    return at(part, { ...index, [axis]: i % own })
  })
  return held.map(() => joined)
}
