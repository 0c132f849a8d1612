import { fail } from '../program/axes.ts'
import { isNode, type Node } from '../program/node.ts'
import type { Leaf, Tensor, TreeOf } from './types.ts'
import { leafOf, nodeOf } from './leaf.ts'

/** A place in a tree: keys joined by '/'. */
export interface PathAndNode {
  readonly path: string
  readonly node: Node
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}/${key}`)
export const isBranch = (x: unknown): x is Readonly<Record<string, unknown>> => typeof x === 'object' && x !== null && !isNode(x)

/** Every tensor and key of a tree, in the order of its keys. Numbers, functions and `undefined` are not leaves. */
export const leavesOf = (tree: unknown, path = ''): readonly PathAndNode[] => {
  const found: PathAndNode[] = []
  const walk = (branch: unknown, at: string): void => {
    if (isNode(branch)) found.push({ path: at, node: branch })
    else if (isBranch(branch)) for (const key of Object.keys(branch)) walk(branch[key], join(at, key))
  }
  walk(tree, path)
  return found
}

/** A record of the same keys, with what `f` makes of each. Keys are defined, not set, so that `__proto__` is one like any other. */
const mapRecord = (record: Readonly<Record<string, unknown>>, f: (child: unknown, key: string) => unknown): unknown => {
  const keys = Object.keys(record)
  if (keys.includes('__proto__')) return Object.fromEntries(keys.map(key => [key, f(record[key], key)]))
  const mapped: Record<string, unknown> = {}
  for (const key of keys) mapped[key] = f(record[key], key)
  return mapped
}

/** A tree of the same shape with other leaves. Whatever is no tensor and no key stays as it is. */
export const mapLeaves = (change: (node: Node, path: string) => unknown, tree: unknown, path = ''): unknown => {
  if (isNode(tree)) return change(tree, path)
  if (Array.isArray(tree)) return tree.map((child, i) => mapLeaves(change, child, join(path, String(i))))
  if (!isBranch(tree)) return tree
  return mapRecord(tree, (child, key) => mapLeaves(change, child, join(path, key)))
}

const childOf = (tree: unknown, key: string): unknown => (isBranch(tree) ? tree[key] : undefined)

/** Walks trees of one shape side by side; the first gives the shape. */
export const zipLeaves = (combine: (nodes: readonly Node[], path: string) => unknown, trees: readonly unknown[], path = ''): unknown => {
  const [first] = trees
  if (isNode(first)) return combine(trees.map(tree => (isNode(tree) ? tree : fail('AX014', `trees differ at '${path}': the first has a tensor, another has none`))), path)
  if (Array.isArray(first)) return first.map((child, i) => zipLeaves(combine, [child, ...trees.slice(1).map(tree => childOf(tree, String(i)))], join(path, String(i))))
  if (!isBranch(first)) return first
  return mapRecord(first, (_child, key) => zipLeaves(combine, trees.map(tree => childOf(tree, key)), join(path, key)))
}

/** `f` on every tensor of a tree of f32. */
export function mapTree<T>(f: <A extends string>(x: Tensor<A>, path: string) => Tensor<A>, tree: T & TreeOf<T>): T
export function mapTree(f: (x: never, path: string) => Leaf, tree: unknown): unknown {
  const untyped: { readonly call: (x: Leaf, path: string) => Leaf } = { call: (x, path) => apply(f, [x, path]) }
  return mapLeaves((node, path) => nodeOf(untyped.call(leafOf(node), path)), tree)
}

/** `f` on the tensors that two trees of one shape have at the same place. */
export function mapTrees<T>(f: <A extends string>(x: Tensor<A>, y: Tensor<A>, path: string) => Tensor<A>, x: T & TreeOf<T>, y: NoInfer<T>): T
export function mapTrees(f: (x: never, y: never, path: string) => Leaf, x: unknown, y: unknown): unknown {
  return zipLeaves(([a, b], path) => (a === undefined || b === undefined ? undefined : nodeOf(apply(f, [leafOf(a), leafOf(b), path]))), [x, y])
}

/** Calls a function whose parameter types were checked by an overload. `Reflect.apply` is the one place where they are forgotten. */
export const apply = (f: (...xs: never[]) => unknown, xs: readonly unknown[]): Leaf => leafOf(nodeOf(Reflect.apply(f, undefined, [...xs])))

/** Walks trees of one shape side by side and gives several trees of that shape, one for each of `names`. Untyped: for transforms with a typed signature in front. */
export const zipTrees = <const N extends string>(names: readonly N[], combine: (leaves: readonly Leaf[], path: string) => { readonly [K in N]: Leaf }, trees: readonly unknown[]): { readonly [K in N]: unknown } => {
  const combined = new Map<string, { readonly [K in N]: Leaf }>()
  zipLeaves((nodes, path) => void combined.set(path, combine(nodes.map(leafOf), path)), trees)
  const pick = (name: N): unknown => mapLeaves((_node, path) => combined.get(path)?.[name], trees[0])
  return recordOf(names, pick)
}

const recordOf = <N extends string>(names: readonly N[], value: (name: N) => unknown): { readonly [K in N]: unknown } => {
  const record: Partial<Record<N, unknown>> = {}
  for (const name of names) record[name] = value(name)
  if (!isComplete(names, record)) throw new Error('internal: a name is missing')
  return record
}
const isComplete = <N extends string>(names: readonly N[], record: Partial<Record<N, unknown>>): record is Record<N, unknown> => names.every(name => name in record)
