import type { LeafType as DType } from '../program/node.ts'

export type { DType }
/** Element types of tensors; `key` is the type of random keys, which are leaves of a state but no tensors. */
export type ElementType = Exclude<DType, 'key'>

declare const leaf: unique symbol
declare const brand: unique symbol
declare const message: unique symbol

/** What every tensor and key is, whatever its axes: the type that untyped bodies work with. */
export interface Leaf<out D extends DType = DType> {
  readonly [leaf]: D
}

/**
 * A tensor: its type is the *set* of its axes, a union of string literals, and its element type. Invariant in both: too many axes and
 * too few are both errors. `Tensor` alone is a number.
 */
export interface Tensor<in out A extends string = never, in out D extends ElementType = 'f32'> extends Leaf<D> {
  readonly [brand]: { readonly axes: (axes: A) => A; readonly dtype: (dtype: D) => D }
}

/** The source of random numbers: folded, never consumed. */
export interface Key extends Leaf<'key'> {
  readonly [brand]: 'key'
}

/** Sizes of axes, as written by a person. The order matters only where a function says so. */
export type SizesOf<A extends string> = { readonly [K in A]: number }

/** `Op` names an axis that its operand does not have. */
export interface NoSuchAxis<Op extends string, Axis extends string, Has extends string> {
  readonly [message]: [Op, Axis, Has]
  readonly 'this tensor has no such axis': Axis
}

/** `Op` would give a tensor an axis twice. */
export interface AxisTaken<Op extends string, Axis extends string> {
  readonly [message]: [Op, Axis]
  readonly 'this tensor already has the axis': Axis
}

/** An element-wise operation between tensors neither of whose axes contain the other's: `rename` one, or say `outer`. */
export interface NotNested<Op extends string, OnlyLeft extends string, OnlyRight extends string> {
  readonly [message]: [Op, OnlyLeft, OnlyRight]
  readonly 'only the left operand has': OnlyLeft
  readonly 'only the right operand has': OnlyRight
}

/** A function under `vmap` whose argument or result carries the lifted axis by name: an argument is given without it, a captured tensor must be renamed. */
export interface InvisibleInside<Op extends string, Axis extends string> {
  readonly [message]: [Op, Axis]
  readonly 'inside the mapped function this axis is invisible': Axis
}

export interface NoOperandHasAll<Op extends string, Axes extends string> {
  readonly [message]: [Op, Axes]
  readonly 'one operand must carry all the axes': Axes
}

/** Tensors that `Op` wants over the same axes: `rename` one. */
export interface AxesDiffer<Op extends string, Missing extends string, Unknown extends string> {
  readonly [message]: [Op, Missing, Unknown]
  readonly 'this tensor lacks': Missing
  readonly 'the other tensor lacks': Unknown
}

/** `Op` wants other elements: `cast`. */
export interface WrongElements<Op extends string, Has, Wanted> {
  readonly [message]: [Op, Has, Wanted]
  readonly 'this operation wants elements of type': Wanted
}

/** Two operands of different element types: `cast` one. */
export interface ElementsDiffer<Op extends string, Left, Right> {
  readonly [message]: [Op, Left, Right]
  readonly 'the left operand has elements of type': Left
  readonly 'the right operand has elements of type': Right
}

/** `Op` makes one new axis: several sizes were given. */
export interface OneAxisWanted<Op extends string, Axes extends string> {
  readonly [message]: [Op, Axes]
  readonly 'this operation makes one axis, not': Axes
}

/** What is differentiated must be one number: take the mean or the sum first. */
export interface LossHasAxes<Op extends string, Axes extends string> {
  readonly [message]: [Op, Axes]
  readonly 'a loss is a number; this one still has the axes': Axes
}

export interface NotDifferentiable<D> {
  readonly [message]: ['grad', D]
  readonly 'no gradient with respect to a leaf of type': D
}

export type Carries<Op extends string, A extends string, L extends string> = [A] extends [L] ? unknown : NoSuchAxis<Op, Exclude<A, L>, L>
export type Lacks<Op extends string, A extends string, L extends string> = [A & L] extends [never] ? unknown : AxisTaken<Op, A & L>
export type Nested<Op extends string, L extends string, R extends string> = [L] extends [R] ? unknown : [R] extends [L] ? unknown : NotNested<Op, Exclude<L, R>, Exclude<R, L>>
export type Widest<A extends string, B extends string, C extends string> = [A | B | C] extends [A] ? unknown : [A | B | C] extends [B] ? unknown : [A | B | C] extends [C] ? unknown : NoOperandHasAll<'select', A | B | C>

export type Same<Op extends string, First extends string, This extends string> = [First] extends [This] ? ([This] extends [First] ? unknown : AxesDiffer<Op, never, Exclude<This, First>>) : AxesDiffer<Op, Exclude<First, This>, Exclude<This, First>>
export type Elements<Op extends string, D, Wanted> = [D] extends [Wanted] ? unknown : WrongElements<Op, D, Wanted>
export type SameElements<Op extends string, D, E> = [D] extends [E] ? unknown : ElementsDiffer<Op, D, E>
export type Number<Op extends string, A extends string> = [A] extends [never] ? unknown : LossHasAxes<Op, A>

export type One<Op extends string, A extends string, B extends string = A> = true extends (A extends B ? ([B] extends [A] ? false : true) : never) ? OneAxisWanted<Op, B> : unknown

/** Axes and element types of the tensors of a union. */
export type AxesOf<T> = T extends Tensor<infer A, infer _D> ? A : never
export type ElementsOf<T> = T extends Tensor<infer _A, infer D> ? D : never
/** Parts over the same axes and of the same elements as the first, which `Head` may say more about; a list of unknown length is of one type. */
export type Alike<Op extends string, P extends readonly unknown[], Head> = number extends P['length']
  ? readonly (Tensor<AxesOf<P[number]>, ElementsOf<P[number]>> & Head)[]
  : { readonly [K in keyof P]: K extends '0' ? P[K] & Head : P[K] & Same<Op, AxesOf<P[0]>, AxesOf<P[K]>> & SameElements<Op, ElementsOf<P[0]>, ElementsOf<P[K]>> }

export type Renamed<L extends string, M> = { [K in L]: K extends keyof M ? M[K] : K }[L] & string
/** Names that two axes would get. */
type Twice<M> = { [K in keyof M]: M[K] extends M[Exclude<keyof M, K>] ? M[K] : never }[keyof M]
export type RenameOk<L extends string, M> = [keyof M] extends [L]
  ? [M[keyof M] & Exclude<L, keyof M>] extends [never]
    ? [Twice<M>] extends [never]
      ? unknown
      : AxisTaken<'rename', Twice<M> & string>
    : AxisTaken<'rename', M[keyof M] & Exclude<L, keyof M> & string>
  : NoSuchAxis<'rename', Exclude<keyof M, L> & string, L>

type Function = (...xs: never[]) => unknown

/** A tree of tensors with one more axis on each. */
export type Lift<B extends string, T> = T extends Tensor<infer A, infer D> ? Tensor<A | B, D> : T extends Leaf ? T : T extends Function ? T : T extends object ? { [K in keyof T]: Lift<B, T[K]> } : T

/** A tree of tensors with the axis A under another name. */
export type WithAxis<A extends string, B extends string, T> = T extends Tensor<infer L, infer D> ? Tensor<L extends A ? B : L, D> : T extends Leaf ? T : T extends Function ? T : T extends object ? { [K in keyof T]: WithAxis<A, B, T[K]> } : T

type Holds<B extends string, T> = T extends Tensor<infer A, infer _D> ? (B extends A ? true : false) : T extends Leaf ? false : T extends Function ? false : T extends object ? { [K in keyof T]: Holds<B, T[K]> }[keyof T] : false
export type Free<B extends string, T> = true extends Holds<B, T> ? InvisibleInside<'vmap', B> : unknown

type ElementTypes<T> = T extends Leaf<infer D> ? D : T extends object ? { [K in keyof T]-?: ElementTypes<NonNullable<T[K]>> }[T extends readonly unknown[] ? number & keyof T : keyof T] : 'not a tensor'
/** Every leaf of `P` is f32. */
export type Differentiable<P> = [ElementTypes<P>] extends ['f32'] ? unknown : NotDifferentiable<Exclude<ElementTypes<P>, 'f32'>>
/** A tree all of whose leaves are tensors of f32, parts that are absent among them; other leaves turn into an error that names them. */
export type TreeOf<T> = T extends undefined ? T : T extends Leaf ? (T extends Leaf<'f32'> ? T : NotDifferentiable<T>) : T extends object ? { readonly [K in keyof T]: TreeOf<T[K]> } : NotDifferentiable<T>
