import { elements, type Attributes, type Node, type Sizes } from '../program/node.ts'

/**
 * A value on the devices of a mesh: its node in the program that each of them runs, whose sizes are those of one device, and the mesh axes
 * over which it is *partial*: the value is the sum of what the devices along them hold.
 */
export interface Placed {
  readonly node: Node
  readonly partial: readonly string[]
}

/** What a rule may ask for. Axes lie by their names: those of the program as written are split, and stay so. */
export interface Placer {
  /** The mesh axis that an axis lies along, by its name. */
  readonly along: (axis: string) => string | undefined
  readonly devices: (mesh: string) => number
  /** Sizes on one device. */
  readonly local: (sizes: Sizes) => Sizes
  /** Adds up what is partial, over all mesh axes but these. */
  readonly complete: (value: Placed, but?: readonly string[]) => Node
  /** All parts of an axis, one after the other, on every device: from a value that is split along it. */
  readonly whole: (value: Placed, axis: string, mesh: string) => Placed
  /** Each device's own part of an axis: from a value that has all of it on every device. What is partial is added up on the way. */
  readonly own: (value: Placed, axis: string, mesh: string) => Placed
  /** Where this device stands along a mesh axis, as an i32 without axes. */
  readonly index: (mesh: string) => Node
  /** Stops: this operation would have to look along a split axis of an operand. */
  readonly refuse: (op: string, operand: Node, axis: string) => never
}

export interface ShardParts<A> {
  /** The operation with its sizes over all devices. */
  readonly self: Node
  readonly inputs: readonly Placed[]
  readonly attributes: A
}

/** How an operation is done on several devices: what each of them does, with exchanges where they are needed. */
export type ShardRule<A> = (placer: Placer, parts: ShardParts<A>) => Placed

const everyPartial = (inputs: readonly Placed[]): readonly string[] => [...new Set(inputs.flatMap(({ partial }) => partial))]

/** Whether an operand is the same on all devices along a mesh axis. */
export const isSame = (placer: Placer, value: Placed, mesh: string): boolean => !value.partial.includes(mesh) && !Object.keys(value.node.axes).some(axis => placer.along(axis) === mesh)

/** Which of the operands may be partial over a mesh axis so that the result is, too. */
export type Linear<A> = (mesh: string, placer: Placer, parts: ShardParts<A>) => boolean

/** The operands of an operation: left partial where it is linear in them and its result is not larger, else completed. */
export const operands = <A>(linear: Linear<A>, placer: Placer, parts: ShardParts<A>): { readonly nodes: readonly Node[]; readonly partial: readonly string[] } => {
  const { self, inputs } = parts
  const size = elements(placer.local(self.axes))
  const kept = everyPartial(inputs).filter(mesh => inputs.some(({ node, partial }) => partial.includes(mesh) && elements(node.axes) >= size) && linear(mesh, placer, parts))
  return { nodes: inputs.map(value => placer.complete(value, kept)), partial: kept }
}

/** An operation whose attributes hold no size of an axis: every device does it with its own sizes. */
export const linearly = <A>(linear: Linear<A>): ShardRule<A> => (placer, parts) => {
  const { nodes, partial } = operands(linear, placer, parts)
  return { node: parts.self.rules.rebuild(nodes), partial }
}

/** Not linear: all operands are complete. */
export const completely: ShardRule<Attributes> = (placer, { self, inputs }) => ({ node: self.rules.rebuild(inputs.map(value => placer.complete(value))), partial: [] })

/** The same on every device, from nothing but its attributes. */
export const everywhere: ShardRule<Attributes> = (_placer, { self }) => ({ node: self, partial: [] })

/** Linear in the only operand. */
export const alone: Linear<Attributes> = () => true

const isPartial = (mesh: string, value: Placed | undefined): boolean => value?.partial.includes(mesh) === true

/** Linear in these operands together, while all others are the same everywhere. Operands that `neutral` are zero, which is partial, too. */
export const together = (which: readonly number[] | 'all', neutral: (node: Node) => boolean = () => false): Linear<Attributes> => (mesh, placer, { inputs }) =>
  inputs.every((value, i) => (which === 'all' || which.includes(i) ? isPartial(mesh, value) || neutral(value.node) : isSame(placer, value, mesh)))

/** Linear in each operand, while the other is the same everywhere. */
export const bilinear: Linear<Attributes> = (mesh, placer, { inputs }) => {
  const others = inputs.filter(value => !isPartial(mesh, value))
  return others.length === inputs.length - 1 && others.every(value => isSame(placer, value, mesh))
}

/** Mesh axes over which a sum over these axes leaves its result partial. */
export const summedOver = (placer: Placer, axes: readonly string[]): readonly string[] => [...new Set(axes.flatMap(axis => placer.along(axis) ?? []))]

/** A value that every device has all of, cut down to the device's own part of an axis where the axis lies along the mesh. */
export const ownPart = (placer: Placer, value: Placed, axis: string): Placed => {
  const mesh = placer.along(axis)
  return mesh === undefined ? value : placer.own(value, axis, mesh)
}

/** A value with all of an axis on every device. */
export const wholePart = (placer: Placer, value: Placed, axis: string): Placed => {
  const mesh = placer.along(axis)
  return mesh === undefined ? value : placer.whole(value, axis, mesh)
}

/** Stops where an operation works on single positions of an axis that is split. */
export const unsplitAlong = (placer: Placer, op: string, operand: Node, axis: string): void => {
  if (placer.along(axis) !== undefined) placer.refuse(op, operand, axis)
}
