import { param, untyped as u, zeros, type Carries, type Declaration, type Initializer, type Leaf, type SizesOf, type Tensor } from '../../compiler/language/index.ts'

/** A weight over its input and output axes, and a bias over its output axes. */
export interface Linear<I extends string, O extends string> {
  readonly weight: Tensor<I | O>
  readonly bias: Tensor<O>
}

export interface LinearParams<I extends string, O extends string> {
  readonly weight: Declaration<I | O>
  readonly bias: Declaration<O>
}

/** Parameters of a linear map from some axes to others: `linearParams({ hidden: 768 }, { head: 12, feature: 64 }, normal(0.02))`. */
export function linearParams<const I extends string, const O extends string>(from: SizesOf<I>, to: SizesOf<O>, weight: Initializer, bias?: Initializer): LinearParams<I, O>
export function linearParams(from: Readonly<Record<string, number>>, to: Readonly<Record<string, number>>, weight: Initializer, bias: Initializer = zeros): LinearParams<string, string> {
  return { weight: param({ ...from, ...to }, weight), bias: param(to, bias, { decay: false }) }
}

/** x · weight + bias: contracts every axis of the weight that the bias lacks, and keeps all others. */
export function linear<W extends string, O extends W, L extends string>(p: { readonly weight: Tensor<W>; readonly bias: Tensor<O> }, x: Tensor<L> & Carries<'linear', Exclude<W, NoInfer<O>>, L>): Tensor<Exclude<L, Exclude<W, O>> | O>
export function linear(p: { readonly weight: Leaf; readonly bias: Leaf }, x: Leaf): Leaf {
  const to = u.axesSeen(p.bias)
  return u.add(u.dot(u.axesSeen(p.weight).filter(axis => !to.includes(axis)), x, p.weight), p.bias)
}
