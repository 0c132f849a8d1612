import { input as inputNode } from '../primitives/index.ts'
import { argument, demand, fail, mustBeSizes } from '../program/axes.ts'
import { say } from '../program/error.ts'
import { currentContext, elements, from, type LeafType, type Sizes } from '../program/node.ts'
import { allFrames, captureSite, type Site } from '../program/site.ts'
import { fold, gaussian } from './random.ts'
import * as u from './untyped.ts'
import { mustBeName, nodeOf } from './leaf.ts'
import type { ElementType, Key, Leaf, SizesOf, Tensor } from './types.ts'

const declared = Symbol('axle declaration')
declare const type: unique symbol

/** The first value of a leaf, from a key and its sizes, in the language itself. */
export type Initializer = (key: Key, sizes: Sizes) => Leaf

/** What a leaf of a state or a batch is, before it has a value: sizes in the order in which arrays at the boundary are laid out. */
export interface Declaration<in out A extends string = never, in out D extends LeafType = 'f32'> {
  readonly [declared]: true
  readonly [type]?: { readonly axes: (axes: A) => A; readonly dtype: (dtype: D) => D }
  readonly kind: 'param' | 'buffer' | 'input'
  readonly sizes: Sizes
  readonly dtype: LeafType
  readonly initializer: Initializer
  /** Whether weight decay applies. */
  readonly decay: boolean
  readonly site: Site
}

type AnyDeclaration = Pick<Declaration, typeof declared | 'kind' | 'sizes' | 'dtype' | 'initializer' | 'decay' | 'site'>

export const isDeclaration = (x: unknown): x is AnyDeclaration => typeof x === 'object' && x !== null && declared in x

/** The tree of tensors that a tree of declarations stands for. */
export type Of<S> = S extends Declaration<infer A, infer D> ? (D extends ElementType ? Tensor<A, D> : Key) : { readonly [K in keyof S]: Of<S[K]> }

const declaration = (kind: AnyDeclaration['kind'], sizes: Sizes, dtype: LeafType, initializer: Initializer, decay: boolean) => {
  Object.keys(sizes).forEach(mustBeName)
  mustBeSizes(kind, sizes)
  return { [declared]: true, kind, sizes, dtype, initializer, decay, site: captureSite(allFrames) } as const
}

/** How often `count` goes into `size`: for sizes that must divide. Otherwise an error that names both: `quotient('hidden', 768, 'head', 12)`. */
export const quotient = (axis: string, size: number, part: string, count: number): number => {
  demand('divides', size, count, 'AX023', () => say`'${axis}' ${argument(axis, size)} is not a multiple of '${part}' ${argument(part, count)}`)
  return size / count
}

/** So many of the same, such as the layers of an encoder. A count that is not whole is an error: `repeat('layers', 6, () => layerParams(config))`. */
export const repeat = <T>(what: string, count: number, make: (i: number) => T): readonly T[] => {
  demand('place', count, 0, 'AX022', () => say`${what}: ${argument(what, count)}, wanted a whole number`)
  return Array.from({ length: count }, (_, i) => make(i))
}

/** A trained parameter of f32. Weight decay applies unless `{ decay: false }`. */
export function param<const A extends string = never>(sizes: SizesOf<A>, initializer: Initializer, options?: { readonly decay?: boolean }): Declaration<A>
export function param(sizes: Sizes, initializer: Initializer, options: { readonly decay?: boolean } = {}): AnyDeclaration {
  return declaration('param', sizes, 'f32', initializer, options.decay ?? true)
}

/** A part of the state that no gradient reaches: queues, counters, keys. */
export function buffer<const A extends string = never, const D extends LeafType = 'f32'>(sizes: SizesOf<A>, dtype: D, initializer: Initializer): Declaration<A, D>
export function buffer(sizes: Sizes, dtype: LeafType, initializer: Initializer): AnyDeclaration {
  return declaration('buffer', sizes, dtype, initializer, false)
}

/** An array given with every call. */
export function input<const A extends string = never, const D extends ElementType = 'f32'>(sizes: SizesOf<A>, dtype?: D): Declaration<A, NoInfer<D>>
export function input(sizes: Sizes, dtype: ElementType = 'f32'): AnyDeclaration {
  return declaration('input', sizes, dtype, () => fail('AX013', 'an input has no first value'), false)
}

export const zeros: Initializer = (_key, sizes) => u.broadcast(u.literal(0), sizes)
export const ones: Initializer = (_key, sizes) => u.broadcast(u.literal(1), sizes)
export const filled = (value: number): Initializer => (_key, sizes) => u.broadcast(u.literal(value), sizes)
/** A whole number, as an i32 without axes. */
export const whole = (value: number): Initializer => () => u.literal(value, 'i32')
export const zero: Initializer = whole(0)
export const itself: Initializer = key => key
/** Uniform between −bound and bound. */
export const symmetric = (bound: number): Initializer => (key, sizes) => u.sub(u.mul(u.uniform(key, sizes), 2 * bound), bound)
/** Normal with mean 0. */
export const normal = (deviation: number): Initializer => (key, sizes) => u.mul(gaussian(key, sizes), deviation)

/** A leaf found in a tree of declarations. */
export interface Declared {
  readonly path: string
  readonly declaration: AnyDeclaration
}

/** Every declaration of a tree with its path. One declaration at two paths is an error: sharing is done by the function that uses it twice. */
export const declarationsOf = (tree: unknown): readonly Declared[] => {
  const found: Declared[] = []
  const seen = new Map<AnyDeclaration, string>()
  const walk = (node: unknown, path: string): void => {
    if (isDeclaration(node)) {
      const before = seen.get(node)
      if (before !== undefined) fail('AX017', `one declaration stands at '${before}' and at '${path}': share a parameter by using it twice, not by declaring it twice`)
      seen.set(node, path)
      found.push({ path, declaration: node })
    } else if (typeof node === 'object' && node !== null) for (const [key, child] of Object.entries(node)) walk(child, path === '' ? key : `${path}/${key}`)
    else if (node !== undefined) fail('AX013', `a tree of declarations holds ${String(node)} at '${path}'`)
  }
  walk(tree, '')
  return found
}

/** A tree of the same shape as the declarations, with what `f` makes of each. */
export const mapDeclarations = (f: (declared: Declared) => unknown, tree: unknown, path = ''): unknown => {
  if (isDeclaration(tree)) return f({ path, declaration: tree })
  if (Array.isArray(tree)) return tree.map((child, i) => mapDeclarations(f, child, path === '' ? String(i) : `${path}/${i}`))
  if (tree === undefined) return undefined
  if (typeof tree !== 'object' || tree === null) return fail('AX013', `a tree of declarations holds ${String(tree)} at '${path}'`)
  return Object.fromEntries(Object.entries(tree).map(([key, child]) => [key, mapDeclarations(f, child, path === '' ? key : `${path}/${key}`)]))
}

/** Inputs of a program for a tree of declarations; `root` begins every path. */
export const inputsOf = (tree: unknown, root: string): unknown =>
  mapDeclarations(({ path, declaration: { sizes, dtype, site, kind } }) => {
    const { observer } = currentContext()
    const axes = observer === undefined || kind !== 'input' ? sizes : Object.fromEntries(Object.entries(sizes).map(([axis, size]) => [axis, observer.resize(axis, size)]))
    return from({ site, scope: '' }, () => inputNode([], { path: path === '' ? root : `${root}/${path}`, axes, dtype, kind }))
  }, tree)

/** First values for a tree of declarations: every leaf from its own key, folded by its path. */
export function initialize<S>(declarations: S, key: Key): Of<S>
export function initialize(declarations: unknown, key: Key): unknown {
  const callers = captureSite(allFrames)
  return mapDeclarations(({ path, declaration: { sizes, dtype, site, initializer } }) => {
    return from({ site, scope: path, callers }, () => {
      const node = nodeOf(initializer(fold(key, path), sizes))
      return node.dtype === dtype ? node : fail('AX010', `the initializer of '${path}' gives ${node.dtype}, wanted ${dtype}`)
    })
  }, declarations)
}

/** The number of trained numbers in a tree of declarations. */
export const countParameters = (tree: unknown): number => declarationsOf(tree).reduce((total, { declaration: { kind, sizes } }) => total + (kind === 'param' ? elements(sizes) : 0), 0)

/** Which leaves of a tree of declarations take weight decay, by path. */
export const decayedPaths = (tree: unknown): ReadonlySet<string> => new Set(declarationsOf(tree).filter(({ declaration: { decay } }) => decay).map(({ path }) => path))


/** Buffers of zeros shaped as another tree of declarations: moments for parameters. */
export function zerosLike<S>(declarations: S): S
export function zerosLike(declarations: unknown): unknown {
  return mapDeclarations(({ declaration: { sizes } }) => declaration('buffer', sizes, 'f32', zeros, false), declarations)
}
