import { captureSite, type Site } from './site.ts'
import type { TensorFlowLowering } from '../targets/tensorflow/builder.ts'
import type { Observer } from './claim.ts'
import type { HostTensor } from './host.ts'
import type { Placed, Placer } from '../primitives/sharding.ts'

/** Element types of what a program is given, keeps and returns. */
export type LeafType = 'f32' | 'i32' | 'bool' | 'u8' | 'key'
/** `bf16` is what operands of products are made inside of a program: no model writes it. */
export type DType = LeafType | 'bf16'

/** The axes of a value and their sizes. The order of the record is a hint for layouts and no part of the meaning. */
export type Sizes = Readonly<Record<string, number>>

export type Attribute = string | number | boolean | readonly Attribute[] | { readonly [key: string]: Attribute }
export type Attributes = Readonly<Record<string, Attribute>>

const mark = Symbol('axle node')
const folder = Symbol('axle folder')

/** What can be done with a node, bound to its own attributes, so that no rule ever has to guess their type. */
export interface Rules {
  /** The same operation on other inputs. */
  readonly rebuild: (inputs: readonly Node[]) => Node
  /** Cotangents of the inputs from the cotangent of the result; `undefined` where none flows. */
  readonly gradient: (self: Node, cotangent: Node) => readonly (Node | undefined)[]
  /** An equal and simpler node, if there is one. */
  readonly simplify: (self: Node) => Node | undefined
  /** Floating-point operations of one execution. */
  readonly cost: (self: Node) => number
  /** The operation on several devices, from its operands there. */
  readonly shard: (placer: Placer, self: Node, inputs: readonly Placed[]) => Placed
  readonly lower: Lowerings
}

/** One rule for every target. A new target adds a key here, and every primitive stops compiling until it has one. */
export interface Lowerings {
  readonly reference: (self: Node, inputs: readonly HostTensor[]) => HostTensor
  readonly tensorflow: TensorFlowLowering
}

/** One operation of a program and its result. */
export interface Node {
  readonly [mark]: true
  /** The folder of the parameter that a value is, or is a transform of; empty where it is neither. */
  readonly [folder]: string
  /** Grows with creation: sorting by it is a topological order. */
  readonly id: number
  readonly op: string
  readonly inputs: readonly Node[]
  readonly attributes: Attributes
  readonly axes: Sizes
  readonly dtype: DType
  readonly site: Site
  readonly scope: string
  /** Made by differentiation, at the place of the operation that it differentiates. */
  readonly backward: boolean
  readonly rules: Rules
}

export const isNode = (x: unknown): x is Node => typeof x === 'object' && x !== null && mark in x

/** Where nodes made now belong: enclosing `vmap` axes (outermost first), enclosing scopes, an origin that passes and gradients set; and who looks on. */
export interface TraceContext {
  readonly lifted: readonly { readonly axis: string; readonly size: number }[]
  readonly scopes: readonly string[]
  readonly origin: Origin | undefined
  /** Whether a gradient is being made. */
  readonly backward: boolean
  readonly observer: Observer | undefined
}

/** The place and scope that a node belongs to. `callers`: whoever runs a function of the model for it; a mistake in that function is at its own place. */
export type Origin = Pick<Node, 'site' | 'scope'> & Partial<Pick<Node, 'backward'>> & { readonly callers?: Site }

const outside: TraceContext = { lifted: [], scopes: [], origin: undefined, backward: false, observer: undefined }
let context = outside
let created = 0

export const currentContext = (): TraceContext => context

/** Runs `body` with parts of the context replaced, and restores it whatever happens. */
export const within = <R>(change: Partial<TraceContext>, body: () => R): R => {
  const before = context
  context = { ...before, ...change }
  try {
    return body()
  } finally {
    context = before
  }
}

/** Nodes made in `body` get the place and scope of `origin`: a gradient or a rewritten node belongs to the line it came from. */
export const from = <R>(origin: Origin, body: () => R): R => within({ origin }, body)

/** Operations that make a parameter of parameters: what is differentiated, what is held within bounds, a teacher's average. */
const transforms: ReadonlySet<string> = new Set(['tap', 'stopGradient', 'neg', 'add', 'sub', 'mul', 'max'])

const folderOf = ({ op, inputs, attributes: { path } }: Pick<Node, 'op' | 'inputs' | 'attributes'>): string => {
  if (typeof path === 'string' && path.includes('/')) return path.slice(path.indexOf('/') + 1, Math.max(path.indexOf('/') + 1, path.lastIndexOf('/')))
  if (!transforms.has(op)) return ''
  const parts = inputs.filter(input => input.op !== 'literal')
  return parts.some(part => part[folder] === '') ? '' : (parts[0]?.[folder] ?? '')
}

const parameterFolder = (inputs: readonly Node[]): string => inputs.find(input => input[folder] !== '')?.[folder] ?? ''

export const makeNode = (parts: Pick<Node, 'op' | 'inputs' | 'attributes' | 'axes' | 'dtype' | 'rules'>): Node => {
  const { origin, scopes, backward, observer } = context
  const { op, inputs, attributes, axes, dtype, rules } = parts
  const site = origin?.site ?? captureSite()
  const scope = origin?.scope ?? (scopes.length > 0 ? scopes.join('/') : parameterFolder(inputs))
  const node: Node = { [mark]: true, [folder]: folderOf(parts), id: created++, op, inputs, attributes, axes, dtype, rules, site, scope, backward: backward || origin?.backward === true }
  observer?.made(node)
  return node
}

export const elements = (sizes: Sizes): number => Object.values(sizes).reduce((product, size) => product * size, 1)
export const axesOf = (node: Node): readonly string[] => Object.keys(node.axes)
export const has = (node: Node, axis: string): boolean => axis in node.axes
export const without = (sizes: Sizes, axes: readonly string[]): Sizes => (axes.some(axis => axis in sizes) ? Object.fromEntries(Object.entries(sizes).filter(([axis]) => !axes.includes(axis))) : sizes)

/** The size of an axis that is known to be there. */
export const sizeOf = (node: Node, axis: string): number => {
  const size = node.axes[axis]
  if (size === undefined) throw new Error(`internal: ${node.op} has no axis '${axis}'`)
  return size
}
