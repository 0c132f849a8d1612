import { input } from '../primitives/index.ts'
import { fail } from '../program/axes.ts'
import type { HostTensor } from '../program/host.ts'
import { elements, isNode, type DType, type Node, type Sizes } from '../program/node.ts'
import { reachable } from '../program/program.ts'
import { mapLeaves, leavesOf, isBranch } from './tree.ts'
import type { ElementType, Leaf, SizesOf, Tensor } from './types.ts'

const marked = Symbol('axle array')
declare const type: unique symbol

/** A plain array with named axes, row-major in the order in which they are written. */
export interface NamedArray<in out A extends string = never, in out D extends ElementType = 'f32'> {
  readonly [marked]: true
  readonly [type]?: { readonly axes: (axes: A) => A; readonly dtype: (dtype: D) => D }
  readonly axes: Sizes
  readonly dtype: DType
  readonly data: readonly number[]
}

type AnyArray = Pick<NamedArray, typeof marked | 'axes' | 'dtype' | 'data'>
const isArray = (x: unknown): x is AnyArray => typeof x === 'object' && x !== null && marked in x

/** An array for `run`: `array({ batch: 2, hidden: 3 }, [1, 2, 3, 4, 5, 6])`. */
export function array<const A extends string = never, const D extends ElementType = 'f32'>(sizes: SizesOf<A>, data: ArrayLike<number>, dtype?: D): NamedArray<A, NoInfer<D>>
export function array(sizes: Sizes, data: ArrayLike<number>, dtype: ElementType = 'f32'): AnyArray {
  if (data.length !== elements(sizes)) fail('AX022', `array: ${data.length} numbers for ${JSON.stringify(sizes)}`)
  return { [marked]: true, axes: sizes, dtype, data: Array.from(data) }
}

/** The plain arrays that stand for a tree of tensors. */
export type ArraysOf<T> = T extends Tensor<infer A, infer D> ? NamedArray<A, D> : T extends Leaf ? never : T extends (...xs: never[]) => unknown ? T : T extends object ? { [K in keyof T]: ArraysOf<T[K]> } : T

/** Evaluates nodes on the host with the reference rules of their primitives, in double precision. */
export const evaluate = (roots: readonly Node[], given: ReadonlyMap<Node, HostTensor>): ReadonlyMap<Node, HostTensor> => {
  const values = new Map(given)
  for (const node of reachable(roots)) {
    if (values.has(node)) continue
    const inputs = node.inputs.map(each => {
      const value = values.get(each)
      if (value === undefined) throw new Error(`internal: ${each.op} was not evaluated`)
      return value
    })
    values.set(node, node.rules.lower.reference(node, inputs))
  }
  return values
}

const inputsFor = (tree: unknown, path: string, given: Map<Node, HostTensor>): unknown => {
  if (isArray(tree)) {
    const node = input([], { path, axes: tree.axes, dtype: tree.dtype, kind: 'argument' })
    given.set(node, { axes: tree.axes, dtype: tree.dtype, data: Float64Array.from(tree.data) })
    return node
  }
  if (isNode(tree)) return tree
  if (Array.isArray(tree)) return tree.map((child, i) => inputsFor(child, `${path}/${i}`, given))
  return isBranch(tree) ? Object.fromEntries(Object.entries(tree).map(([key, child]) => [key, inputsFor(child, `${path}/${key}`, given)])) : tree
}

/**
 * Calls a function of tensors once on plain arrays and returns plain arrays: for trying things and for tests, on the host, with every
 * primitive's reference rule in double precision (rounded to f32 at the end). Training goes through `compile`.
 */
export function run<Args extends readonly unknown[], R>(f: (...xs: Args) => R): (...xs: { [K in keyof Args]: ArraysOf<Args[K]> }) => ArraysOf<R>
export function run(f: (...xs: never[]) => unknown): (...xs: unknown[]) => unknown {
  return (...xs) => {
    const given = new Map<Node, HostTensor>()
    const result = Reflect.apply(f, undefined, xs.map((x, i) => inputsFor(x, `argument/${i}`, given)))
    const values = evaluate(leavesOf(result).map(({ node }) => node), given)
    return mapLeaves(node => {
      const value = values.get(node)
      if (value === undefined) throw new Error('internal: a result was not evaluated')
      return { [marked]: true, axes: value.axes, dtype: value.dtype, data: Array.from(value.data, each => (value.dtype === 'f32' ? Math.fround(each) : each)) }
    }, result)
  }
}
