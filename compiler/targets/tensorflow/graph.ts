import { elements, type DType, type Node } from '../../program/node.ts'
import { nodeDef, shapeOf, T, tfTypes, type Builder, type Value } from './builder.ts'
import { tensor, type Attr, type NodeDef } from './graphdef.ts'

/** The graph under construction: nodes in order of creation, names made from scopes. */
export interface GraphBuilder extends Builder {
  readonly nodes: NodeDef[]
  /** Names made from now on begin with the node's scope. */
  readonly at: (node: Pick<Node, 'scope' | 'op'>) => void
  /** Adds a node under this exact name, with control inputs. */
  readonly named: (name: string, op: string, inputs: readonly string[], attrs: Readonly<Record<string, Attr>>) => string
}

const clean = (name: string): string => name.replace(/[^A-Za-z0-9_./-]/g, '_').replace(/^[^A-Za-z0-9.]+/, '')

export const graphBuilder = (): GraphBuilder => {
  const nodes: NodeDef[] = []
  const counts = new Map<string, number>()
  const known = new Map<string, string>()
  let scope = ''

  const unique = (wanted: string): string => {
    const used = counts.get(wanted) ?? 0
    counts.set(wanted, used + 1)
    return used === 0 ? wanted : `${wanted}_${used}`
  }
  const named = (name: string, op: string, inputs: readonly string[], attrs: Readonly<Record<string, Attr>>): string => {
    nodes.push(nodeDef(name, op, inputs, attrs))
    return name
  }
  const op: Builder['op'] = (kind, inputs, attrs) => named(unique(clean(`${scope === '' ? '' : `${scope}/`}${kind}`)), kind, inputs, attrs)
  const once = (key: string, make: () => string): string => {
    const before = known.get(key)
    if (before !== undefined) return before
    const made = make()
    known.set(key, made)
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

  return { nodes, named, op, ints, scalar, reshape, arrange, value, at: node => { scope = node.scope } }
}

/** A placeholder for an input, and the value it becomes. Bytes come packed, four to an int32, where their number allows. */
export const placeholder = (graph: GraphBuilder, name: string, self: Node): { readonly value: Value; readonly packed: boolean } => {
  const order = Object.keys(self.axes)
  const count = elements(self.axes)
  const packed = self.dtype === 'u8' && count % 4 === 0
  const shape = packed ? [count / 4] : shapeOf({ order, sizes: self.axes, dtype: self.dtype })
  const type = packed ? 'i32' : tfTypes[self.dtype]
  const ref = graph.named(name, 'Placeholder', [], { dtype: { type }, shape: { shape } })
  if (!packed) return { value: graph.value(ref, self, order), packed }
  const bytes = graph.op('Bitcast', [ref], { T: { type: 'i32' }, type: { type: 'u8' } })
  return { value: graph.value(graph.reshape(bytes, Object.values(self.axes), 'u8'), self, order), packed }
}

/** A variable for a leaf of the state: its handle and its one read. */
export const variable = (graph: GraphBuilder, path: string, self: Node): { readonly handle: string; readonly read: string; readonly value: Value } => {
  const order = Object.keys(self.axes)
  const dtype: DType = self.dtype
  const attrs = { dtype: { type: tfTypes[dtype] }, shape: { shape: shapeOf({ order, sizes: self.axes, dtype }) } } as const
  const handle = graph.named(clean(`state/${path}`), 'VarHandleOp', [], { ...attrs, shared_name: { s: path }, container: { s: '' } })
  const read = graph.named(clean(`read/${path}`), 'ReadVariableOp', [handle], { dtype: attrs.dtype })
  return { handle, read, value: graph.value(read, self, order) }
}
