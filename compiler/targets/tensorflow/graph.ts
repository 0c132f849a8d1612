import { elements, type Node, type Sizes } from '../../program/node.ts'
import { nodeDef, shapeOf, T, tfTypes, type Builder, type Value } from './builder.ts'
import { tensor, type Attr, type NodeDef, type TfType } from './graphdef.ts'

/** The graph under construction: nodes in order of creation, names made from scopes. */
export interface GraphBuilder extends Builder {
  readonly nodes: NodeDef[]
  /** What is added from now on is added for this node; names begin with its scope. */
  readonly at: (node: Node) => void
  /** The node of the program that each node of the graph was added for, by name: what is used by several, for the first. */
  readonly owners: ReadonlyMap<string, Node>
  /** Adds a node under this exact name, with control inputs. */
  readonly named: (name: string, op: string, inputs: readonly string[], attrs: Readonly<Record<string, Attr>>) => string
  /** Adds a node that has no output, such as an assignment; returns its name. */
  readonly effect: (name: string, op: string, inputs: readonly string[], attrs: Readonly<Record<string, Attr>>) => string
  /** Nodes that are added in `body` belong there. */
  readonly on: <R>(where: Where, body: () => R) => R
}

/** A device by TensorFlow's name for it; without one, TensorFlow chooses. */
export interface Where {
  readonly device: string | undefined
}

const anywhere: Where = { device: undefined }

/** A name that TensorFlow accepts. */
export const clean = (name: string): string => name.replace(/[^A-Za-z0-9_./-]/g, '_').replace(/^[^A-Za-z0-9.]+/, '')

/** How an output of a node is written: by its number in a graph, by its name in a function. */
export type Referring = (node: string, op: string, output: number) => string

const byNumber: Referring = (node, _op, output) => (output === 0 ? node : `${node}:${output}`)

export const graphBuilder = (refer: Referring = byNumber): GraphBuilder => {
  const nodes: NodeDef[] = []
  const counts = new Map<string, number>()
  const known = new Map<Where, Map<string, string>>()
  const owners = new Map<string, Node>()
  let owner: Node | undefined
  let where = anywhere

  const unique = (wanted: string): string => {
    const used = counts.get(wanted) ?? 0
    counts.set(wanted, used + 1)
    return used === 0 ? wanted : `${wanted}_${used}`
  }
  const add = (name: string, op: string, inputs: readonly string[], attrs: Readonly<Record<string, Attr>>): void => {
    nodes.push(nodeDef(name, op, inputs, attrs, where.device))
    if (owner !== undefined) owners.set(name, owner)
  }
  const named = (name: string, op: string, inputs: readonly string[], attrs: Readonly<Record<string, Attr>>): string => {
    add(name, op, inputs, attrs)
    return refer(name, op, 0)
  }
  const effect: GraphBuilder['effect'] = (name, op, inputs, attrs) => {
    add(name, op, inputs, attrs)
    return name
  }
  const op: Builder['op'] = (kind, inputs, attrs, output = 0) => {
    const name = unique(clean(`${owner === undefined || owner.scope === '' ? '' : `${owner.scope}/`}${kind}`))
    add(name, kind, inputs, attrs)
    return refer(name, kind, output)
  }
  // Once a device: a constant is wanted where it is used.
  const once = (key: string, make: () => string): string => {
    const here = known.get(where) ?? new Map<string, string>()
    known.set(where, here)
    const before = here.get(key)
    if (before !== undefined) return before
    const made = make()
    here.set(key, made)
    return made
  }
  const constant = (key: string, type: 'f32' | 'i32' | 'bool', value: ReturnType<typeof tensor.f32>): string =>
    once(`const|${key}`, () => named(unique('constant'), 'Const', [], { dtype: { type }, value: { tensor: value } }))

  const ints: Builder['ints'] = values => constant(`i32[${values.join(',')}]`, 'i32', tensor.i32([values.length], values))
  const scalar: Builder['scalar'] = (value, dtype) => {
    const key = `${dtype} ${Object.is(value, -0) ? '-0' : value}`
    if (dtype === 'bool') return constant(key, 'bool', tensor.bool([], [value !== 0]))
    return dtype === 'f32' ? constant(key, 'f32', tensor.f32([], [value])) : constant(key, 'i32', tensor.i32([], [value]))
  }
  const reshape: Builder['reshape'] = (ref, shape, dtype) => once(`reshape|${ref}|${shape.join(',')}`, () => op('Reshape', [ref, ints(shape)], { ...T(dtype), Tshape: { type: 'i32' } }))
  const arrange: Builder['arrange'] = (value, order) => {
    if (order.length === value.order.length && order.every((axis, i) => axis === value.order[i])) return value
    const moved = { ...value, order }
    const wide = (axes: readonly string[]): string => axes.filter(axis => value.sizes[axis] !== 1).join(' ')
    // Axes of size 1 move without moving data.
    if (wide(order) === wide(value.order)) return { ...moved, ref: reshape(value.ref, shapeOf(moved), value.dtype) }
    const permutation = order.map(axis => value.order.indexOf(axis))
    const ref = once(`arrange|${value.ref}|${permutation.join(',')}`, () => op('Transpose', [value.ref, ints(permutation)], { ...T(value.dtype), Tperm: { type: 'i32' } }))
    return { ...moved, ref }
  }
  const value: Builder['value'] = (ref, self, order): Value => ({ ref, order, sizes: self.axes, dtype: self.dtype })
  const on: GraphBuilder['on'] = (wanted, body) => {
    const before = where
    where = wanted
    try {
      return body()
    } finally {
      where = before
    }
  }

  return { nodes, named, effect, on, op, ints, scalar, reshape, arrange, value, owners, at: node => { owner = node } }
}

/** How an input enters a graph. Bytes come packed, four to an int32, where their number allows. */
export interface Entry {
  readonly type: TfType
  readonly shape: readonly number[]
  readonly packed: boolean
}

export const entryOf = (self: Pick<Node, 'axes' | 'dtype'>): Entry => {
  const count = elements(self.axes)
  const packed = self.dtype === 'u8' && count % 4 === 0
  return packed ? { type: 'i32', shape: [count / 4], packed } : { type: tfTypes[self.dtype], shape: shapeOf({ order: Object.keys(self.axes), sizes: self.axes, dtype: self.dtype }), packed }
}

/** Bytes from packed words. */
export const bytesIn = (graph: GraphBuilder, words: string, axes: Sizes): string =>
  graph.reshape(graph.op('Bitcast', [words], { T: { type: 'i32' }, type: { type: 'u8' } }), Object.values(axes), 'u8')

/** Packed words from bytes. */
export const wordsOut = (graph: GraphBuilder, bytes: string, axes: Sizes): string =>
  graph.op('Bitcast', [graph.reshape(bytes, [elements(axes) / 4, 4], 'u8')], { T: { type: 'u8' }, type: { type: 'i32' } })

/** What an input becomes after it has entered. */
export const entered = (graph: GraphBuilder, ref: string, self: Node): Value =>
  graph.value(entryOf(self).packed ? bytesIn(graph, ref, self.axes) : ref, self, Object.keys(self.axes))

/** The handle of a variable for a leaf of the state; every device has variables of its own, under the same names. */
export const handle = (graph: GraphBuilder, path: string, self: Node, own: (name: string) => string = name => name): string => {
  const shape = shapeOf({ order: Object.keys(self.axes), sizes: self.axes, dtype: self.dtype })
  return graph.named(own(clean(`state/${path}`)), 'VarHandleOp', [], { dtype: { type: tfTypes[self.dtype] }, shape: { shape }, shared_name: { s: path }, container: { s: '' } })
}

/** The value of a variable, read once. */
export const readVariable = (graph: GraphBuilder, path: string, self: Node, from: string, own: (name: string) => string = name => name): Value =>
  graph.value(graph.named(own(clean(`read/${path}`)), 'ReadVariableOp', [from], { dtype: { type: tfTypes[self.dtype] } }), self, Object.keys(self.axes))
