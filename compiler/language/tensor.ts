import * as u from './untyped.ts'
import type { Alike, AxesOf, Carries, Elements, ElementsOf, ElementType, Lacks, Leaf, Nested, One, Renamed, RenameOk, Same, SameElements, SizesOf, Tensor, Widest } from './types.ts'

type Numeric = 'f32' | 'i32'
type Axes<A extends string> = A | readonly A[]

// Element-wise. One operand's axes contain the other's; a number takes the element type of the tensor beside it.

/** x + y. */
export function add<L extends string, R extends string = never, D extends ElementType = 'f32', E extends ElementType = D>(l: Tensor<L, D> & Elements<'add', D, Numeric>, r: (Tensor<R, E> & Nested<'add', L, R> & SameElements<'add', D, E>) | number): Tensor<NoInfer<L | R>, D>
export function add(l: Leaf, r: Leaf | number): Leaf { return u.add(l, r) }

/** x − y. */
export function sub<L extends string, R extends string = never, D extends ElementType = 'f32', E extends ElementType = D>(l: Tensor<L, D> & Elements<'sub', D, Numeric>, r: (Tensor<R, E> & Nested<'sub', L, R> & SameElements<'sub', D, E>) | number): Tensor<NoInfer<L | R>, D>
export function sub(l: Leaf, r: Leaf | number): Leaf { return u.sub(l, r) }

/** x · y, element by element. */
export function mul<L extends string, R extends string = never, D extends ElementType = 'f32', E extends ElementType = D>(l: Tensor<L, D> & Elements<'mul', D, Numeric>, r: (Tensor<R, E> & Nested<'mul', L, R> & SameElements<'mul', D, E>) | number): Tensor<NoInfer<L | R>, D>
export function mul(l: Leaf, r: Leaf | number): Leaf { return u.mul(l, r) }

/** x / y. */
export function div<L extends string, R extends string = never, D extends ElementType = 'f32', E extends ElementType = D>(l: Tensor<L, D> & Elements<'div', D, 'f32'>, r: (Tensor<R, E> & Nested<'div', L, R> & SameElements<'div', D, E>) | number): Tensor<NoInfer<L | R>>
export function div(l: Leaf, r: Leaf | number): Leaf { return u.div(l, r) }

/** The remainder, with the sign of the divisor. */
export function mod<L extends string, R extends string = never, D extends ElementType = 'f32', E extends ElementType = D>(l: Tensor<L, D> & Elements<'mod', D, Numeric>, r: (Tensor<R, E> & Nested<'mod', L, R> & SameElements<'mod', D, E>) | number): Tensor<NoInfer<L | R>, D>
export function mod(l: Leaf, r: Leaf | number): Leaf { return u.mod(l, r) }

/** The larger of two, element by element; a tie shares the cotangent. For the largest along an axis see `maximum`. */
export function max<L extends string, R extends string = never, D extends ElementType = 'f32', E extends ElementType = D>(l: Tensor<L, D> & Elements<'max', D, Numeric>, r: (Tensor<R, E> & Nested<'max', L, R> & SameElements<'max', D, E>) | number): Tensor<NoInfer<L | R>, D>
export function max(l: Leaf, r: Leaf | number): Leaf { return u.max(l, r) }

/** The smaller of two, element by element. */
export function min<L extends string, R extends string = never, D extends ElementType = 'f32', E extends ElementType = D>(l: Tensor<L, D> & Elements<'min', D, Numeric>, r: (Tensor<R, E> & Nested<'min', L, R> & SameElements<'min', D, E>) | number): Tensor<NoInfer<L | R>, D>
export function min(l: Leaf, r: Leaf | number): Leaf { return u.neg(u.max(u.neg(l), typeof r === 'number' ? -r : u.neg(r))) }

/** x to the power y. */
export function pow<L extends string, R extends string = never, D extends ElementType = 'f32', E extends ElementType = D>(l: Tensor<L, D> & Elements<'pow', D, 'f32'>, r: (Tensor<R, E> & Nested<'pow', L, R> & SameElements<'pow', D, E>) | number): Tensor<NoInfer<L | R>>
export function pow(l: Leaf, r: Leaf | number): Leaf { return u.pow(l, r) }

/** x < y. */
export function less<L extends string, R extends string = never, D extends ElementType = 'f32', E extends ElementType = D>(l: Tensor<L, D> & Elements<'less', D, Numeric>, r: (Tensor<R, E> & Nested<'less', L, R> & SameElements<'less', D, E>) | number): Tensor<NoInfer<L | R>, 'bool'>
export function less(l: Leaf, r: Leaf | number): Leaf { return u.less(l, r) }

/** x = y. */
export function equal<L extends string, R extends string = never, D extends ElementType = 'f32', E extends ElementType = D>(l: Tensor<L, D> & Elements<'equal', D, Numeric | 'bool'>, r: (Tensor<R, E> & Nested<'equal', L, R> & SameElements<'equal', D, E>) | number): Tensor<NoInfer<L | R>, 'bool'>
export function equal(l: Leaf, r: Leaf | number): Leaf { return u.equal(l, r) }

export function and<L extends string, R extends string, D extends ElementType, E extends ElementType>(l: Tensor<L, D> & Elements<'and', D, 'bool'>, r: Tensor<R, E> & Nested<'and', L, R> & Elements<'and', E, 'bool'>): Tensor<L | R, 'bool'>
export function and(l: Leaf, r: Leaf): Leaf { return u.and(l, r) }

export function or<L extends string, R extends string, D extends ElementType, E extends ElementType>(l: Tensor<L, D> & Elements<'or', D, 'bool'>, r: Tensor<R, E> & Nested<'or', L, R> & Elements<'or', E, 'bool'>): Tensor<L | R, 'bool'>
export function or(l: Leaf, r: Leaf): Leaf { return u.not(u.and(u.not(l), u.not(r))) }

export function not<L extends string>(x: Tensor<L, 'bool'>): Tensor<L, 'bool'>
export function not(x: Leaf): Leaf { return u.not(x) }

interface Outer {
  readonly add: 'same'
  readonly sub: 'same'
  readonly mul: 'same'
  readonly div: 'same'
  readonly max: 'same'
  readonly less: 'bool'
  readonly equal: 'bool'
  readonly and: 'bool'
}

/** An element-wise operation over the union of both operands' axes: the outer product, said aloud. */
export function outer<const O extends keyof Outer, L extends string, R extends string, D extends ElementType>(op: O, l: Tensor<L, D>, r: Tensor<R, D>): Tensor<L | R, Outer[O] extends 'bool' ? 'bool' : D>
export function outer(op: keyof Outer, l: Leaf, r: Leaf): Leaf { return u.outer(op, l, r) }

/** `condition ? x : y`, element by element. One operand carries the axes of all three. */
export function select<C extends string, B extends ElementType, L extends string = never, R extends string = never, D extends Numeric = 'f32'>(condition: Tensor<C, B> & Widest<C, NoInfer<L>, NoInfer<R>> & Elements<'select', B, 'bool'>, x: Tensor<L, D> | number, y: Tensor<R, D> | number): Tensor<NoInfer<C | L | R>, D>
export function select(condition: Leaf, x: Leaf | number, y: Leaf | number): Leaf { return u.select(condition, x, y) }

/** Another element type; f32 to i32 cuts towards zero, bool to numbers gives 0 and 1. */
export function cast<const D extends ElementType, L extends string, S extends ElementType>(dtype: D, x: Tensor<L, S>): Tensor<L, D>
export function cast(dtype: ElementType, x: Leaf): Leaf { return u.cast(dtype, x) }

export function neg<L extends string, D extends Numeric>(x: Tensor<L, D>): Tensor<L, D>
export function neg(x: Leaf): Leaf { return u.neg(x) }
export function exp<L extends string>(x: Tensor<L>): Tensor<L>
export function exp(x: Leaf): Leaf { return u.exp(x) }
export function log<L extends string>(x: Tensor<L>): Tensor<L>
export function log(x: Leaf): Leaf { return u.log(x) }
export function sqrt<L extends string>(x: Tensor<L>): Tensor<L>
export function sqrt(x: Leaf): Leaf { return u.sqrt(x) }
/** 1 / √x. */
export function rsqrt<L extends string>(x: Tensor<L>): Tensor<L>
export function rsqrt(x: Leaf): Leaf { return u.rsqrt(x) }
export function tanh<L extends string>(x: Tensor<L>): Tensor<L>
export function tanh(x: Leaf): Leaf { return u.tanh(x) }
export function erf<L extends string>(x: Tensor<L>): Tensor<L>
export function erf(x: Leaf): Leaf { return u.erf(x) }
export function sin<L extends string>(x: Tensor<L>): Tensor<L>
export function sin(x: Leaf): Leaf { return u.sin(x) }
export function cos<L extends string>(x: Tensor<L>): Tensor<L>
export function cos(x: Leaf): Leaf { return u.sin(u.add(x, Math.PI / 2)) }
/** The next whole number below; its derivative is zero. */
export function floor<L extends string>(x: Tensor<L>): Tensor<L>
export function floor(x: Leaf): Leaf { return u.floor(x) }
/** The identity on values and the end of every derivative. */
export function stopGradient<L extends string, D extends ElementType>(x: Tensor<L, D>): Tensor<L, D>
export function stopGradient(x: Leaf): Leaf { return u.stopGradient(x) }

/** A number as a tensor without axes. */
export function scalar<const D extends Numeric = 'f32'>(value: number, dtype?: D): Tensor<never, NoInfer<D>>
export function scalar(value: number, dtype: Numeric = 'f32'): Leaf { return u.literal(value, dtype) }

/** A small constant array; row-major in the order in which the axes are written. */
export function constant<const A extends string>(sizes: SizesOf<A>, values: readonly number[]): Tensor<A>
export function constant(sizes: Readonly<Record<string, number>>, values: readonly number[]): Leaf { return u.table(sizes, values) }

// Structure.

/** New names for axes; moves no data. Two axes may swap names. */
export function rename<L extends string, const M extends Readonly<Record<string, string>>, D extends ElementType>(x: Tensor<L, D>, names: M & RenameOk<L, NoInfer<M>>): Tensor<Renamed<L, M>, D>
export function rename(x: Leaf, names: Readonly<Record<string, string>>): Leaf { return u.rename(x, names) }

/** One axis into several, first slowest; their sizes multiply to its size. */
export function unflatten<L extends string, const A extends string, const N extends string, D extends ElementType>(x: Tensor<L, D> & Carries<'unflatten', NoInfer<A>, L>, axis: A, into: SizesOf<N> & Lacks<'unflatten', NoInfer<N>, Exclude<L, A>>): Tensor<Exclude<L, A> | N, D>
export function unflatten(x: Leaf, axis: string, into: Readonly<Record<string, number>>): Leaf { return u.unflatten(x, axis, into) }

/** Several axes into one, in the order as written, first slowest. */
export function flatten<L extends string, const A extends string, const N extends string, D extends ElementType>(x: Tensor<L, D> & Carries<'flatten', NoInfer<A>, L>, axes: readonly A[], into: N & Lacks<'flatten', NoInfer<N>, Exclude<L, A>>): Tensor<Exclude<L, A> | N, D>
export function flatten(x: Leaf, axes: readonly string[], into: string): Leaf { return u.flatten(x, axes, into) }

/** The same value repeated along new axes. */
export function broadcast<L extends string, const N extends string, D extends ElementType>(x: Tensor<L, D>, sizes: SizesOf<N> & Lacks<'broadcast', NoInfer<N>, L>): Tensor<L | N, D>
export function broadcast(x: Leaf, sizes: Readonly<Record<string, number>>): Leaf { return u.broadcast(x, sizes) }

/** `size` positions of an axis from `start` on. */
export function slice<const A extends string, L extends string, D extends ElementType>(axis: A, start: number, size: number, x: Tensor<L, D> & Carries<'slice', NoInfer<A>, L>): Tensor<L, D>
export function slice(axis: string, start: number, size: number, x: Leaf): Leaf { return u.slice(axis, start, size, x) }

/** One position of an axis, which disappears. */
export function at<const A extends string, L extends string, D extends ElementType>(axis: A, index: number, x: Tensor<L, D> & Carries<'at', NoInfer<A>, L> & Elements<'at', D, Numeric>): Tensor<Exclude<L, A>, D>
export function at(axis: string, index: number, x: Leaf): Leaf { return u.at(axis, index, x) }

/** `before` and `after` positions of `value` (0 unless said) around an axis. */
export function pad<const A extends string, L extends string>(axis: A, before: number, after: number, x: Tensor<L> & Carries<'pad', NoInfer<A>, L>, value?: number): Tensor<L>
export function pad(axis: string, before: number, after: number, x: Leaf, value = 0): Leaf { return u.pad(axis, before, after, x, value) }

/** Parts one after the other along an axis that all have. */
export function concat<const A extends string, const P extends readonly Leaf<ElementType>[]>(axis: A, parts: P & Alike<'concat', P, Carries<'concat', NoInfer<A>, AxesOf<P[0]>>>): Tensor<AxesOf<P[number]>, ElementsOf<P[number]>>
export function concat(axis: string, parts: readonly Leaf[]): Leaf { return u.concat(axis, parts) }

/** Parts side by side along a new axis. */
export function stack<const A extends string, const P extends readonly Leaf<ElementType>[]>(axis: A, parts: P & Alike<'stack', P, Lacks<'stack', NoInfer<A>, AxesOf<P[0]>>>): Tensor<AxesOf<P[number]> | A, ElementsOf<P[number]>>
export function stack(axis: string, parts: readonly Leaf[]): Leaf { return u.stack(axis, parts) }

// Reductions.

/** The sum over one axis or several. */
export function sum<const A extends string, L extends string, D extends ElementType>(axes: Axes<A>, x: Tensor<L, D> & Carries<'sum', NoInfer<A>, L> & Elements<'sum', D, Numeric>): Tensor<Exclude<L, A>, D>
export function sum(axes: Axes<string>, x: Leaf): Leaf { return u.sum(axes, x) }

/** The mean over one axis or several. */
export function mean<const A extends string, L extends string, D extends ElementType>(axes: Axes<A>, x: Tensor<L, D> & Carries<'mean', NoInfer<A>, L> & Elements<'mean', D, 'f32'>): Tensor<Exclude<L, A>>
export function mean(axes: Axes<string>, x: Leaf): Leaf { return u.mean(axes, x) }

/** The largest element along one axis or several; ties share the cotangent. */
export function maximum<const A extends string, L extends string, D extends ElementType>(axes: Axes<A>, x: Tensor<L, D> & Carries<'maximum', NoInfer<A>, L> & Elements<'maximum', D, 'f32'>): Tensor<Exclude<L, A>>
export function maximum(axes: Axes<string>, x: Leaf): Leaf { return u.maximum(axes, x) }

/** The sum over every axis in sight. */
export function sumAll<L extends string, D extends ElementType>(x: Tensor<L, D> & Elements<'sumAll', D, 'f32'>): Tensor
export function sumAll(x: Leaf): Leaf { return u.sum(undefined, x) }

/** The mean over every axis in sight. */
export function meanAll<L extends string, D extends ElementType>(x: Tensor<L, D> & Elements<'meanAll', D, 'f32'>): Tensor
export function meanAll(x: Leaf): Leaf { return u.mean(undefined, x) }

/** The position of the largest element; the first of equals. */
export function argmax<const A extends string, L extends string>(axis: A, x: Tensor<L> & Carries<'argmax', NoInfer<A>, L>): Tensor<Exclude<L, A>, 'i32'>
export function argmax(axis: string, x: Leaf): Leaf { return u.argmax(axis, x) }

/** The k largest along an axis, best first, with their positions. A new axis of size k takes its place: `topK('word', { best: 5 }, x)`. */
export function topK<const A extends string, const N extends string, L extends string>(axis: A, into: SizesOf<N> & One<'topK', NoInfer<N>> & Lacks<'topK', NoInfer<N>, Exclude<L, A>>, x: Tensor<L> & Carries<'topK', NoInfer<A>, L>): { readonly value: Tensor<Exclude<L, A> | N>; readonly index: Tensor<Exclude<L, A> | N, 'i32'> }
export function topK(axis: string, into: Readonly<Record<string, number>>, x: Leaf): { readonly value: Leaf; readonly index: Leaf } {
  const [name = '', size = 0] = Object.entries(into)[0] ?? []
  const index = u.topIndex(axis, name, size, x)
  return { value: u.gather(axis, x, index), index }
}

// Products and tables.

/** Multiplies and sums over axes that both operands have; other shared axes are aligned, all others kept. */
export function dot<const A extends string, L extends string, R extends string, D extends ElementType, E extends ElementType>(axes: Axes<A>, l: Tensor<L, D> & Carries<'dot', NoInfer<A>, L> & Elements<'dot', D, 'f32'>, r: Tensor<R, E> & Carries<'dot', NoInfer<A>, R> & Elements<'dot', E, 'f32'>): Tensor<Exclude<L | R, A>>
export function dot(axes: Axes<string>, l: Leaf, r: Leaf): Leaf { return u.dot(axes, l, r) }

/** Rows of `table` along `axis`, chosen by `ids`; axes that both have are aligned. */
export function gather<const A extends string, L extends string, I extends string, D extends ElementType, E extends ElementType>(axis: A, table: Tensor<L, D> & Carries<'gather', NoInfer<A>, L>, ids: Tensor<I, E> & Elements<'gather', E, 'i32'>): Tensor<Exclude<L, A> | I, D>
export function gather(axis: string, table: Leaf, ids: Leaf): Leaf { return u.gather(axis, table, ids) }

/** Sums rows into a new axis at positions `ids`: the transpose of `gather`. `over` names the axes of `ids` that are summed. */
export function scatterAdd<const A extends string, const O extends string, I extends string, L extends string, E extends ElementType>(into: SizesOf<A> & One<'scatterAdd', NoInfer<A>> & Lacks<'scatterAdd', NoInfer<A>, Exclude<L, O>>, over: Axes<O>, ids: Tensor<I, E> & Carries<'scatterAdd', NoInfer<O>, I> & Elements<'scatterAdd', E, 'i32'>, rows: Tensor<L> & Carries<'scatterAdd', I, L>): Tensor<Exclude<L, O> | A>
export function scatterAdd(into: Readonly<Record<string, number>>, over: Axes<string>, ids: Leaf, rows: Leaf): Leaf {
  const [axis = '', size = 0] = Object.entries(into)[0] ?? []
  return u.scatterAdd(axis, size, over, ids, rows)
}

/** `buffer` with `rows` written along `axis` from position `start` on. They must fit: a queue's size is a multiple of what is written. */
export function write<const A extends string, L extends string, D extends ElementType, R extends string, E extends ElementType>(axis: A, buffer: Tensor<L, D> & Carries<'write', NoInfer<A>, L>, start: Tensor<never, 'i32'>, rows: Tensor<R, E> & Same<'write', L, R> & SameElements<'write', D, E>): Tensor<L, D>
export function write(axis: string, buffer: Leaf, start: Leaf, rows: Leaf): Leaf { return u.write(axis, buffer, start, rows) }

/** 0, 1, 2 … along an axis of another tensor. */
export function position<const A extends string, L extends string, D extends ElementType>(axis: A, like: Tensor<L, D> & Carries<'position', NoInfer<A>, L>): Tensor<A, 'i32'>
export function position(axis: string, like: Leaf): Leaf { return u.position(axis, like) }

/** 1 where a position of the new axis equals the id, else 0. */
export function oneHot<L extends string, const A extends string, D extends ElementType>(ids: Tensor<L, D> & Elements<'oneHot', D, 'i32'>, into: SizesOf<A> & One<'oneHot', NoInfer<A>> & Lacks<'oneHot', NoInfer<A>, L>): Tensor<L | A>
export function oneHot(ids: Leaf, into: Readonly<Record<string, number>>): Leaf {
  const [axis = ''] = Object.keys(into)
  return u.cast('f32', u.outer('equal', ids, u.position(axis, u.broadcast(u.literal(0, 'i32'), into))))
}

/** The size of an axis, as a number while tracing. */
export function sizeAlong<const A extends string, L extends string, D extends ElementType>(axis: A, x: Tensor<L, D> & Carries<'sizeAlong', NoInfer<A>, L>): number
export function sizeAlong(axis: string, x: Leaf): number { return u.sizeAlong(axis, x) }
