import { ones, param, untyped as u, zeros, type Carries, type Declaration, type Leaf, type SizesOf, type Tensor } from '../../compiler/language/index.ts'

export interface LayerNorm<A extends string> {
  readonly scale: Tensor<A>
  readonly offset: Tensor<A>
}

/** Scale 1 and offset 0; neither takes weight decay. */
export const layerNormParams = <const A extends string>(sizes: SizesOf<A>): { readonly scale: Declaration<A>; readonly offset: Declaration<A> } => ({
  scale: param(sizes, ones, { decay: false }),
  offset: param(sizes, zeros, { decay: false }),
})

/** Layer normalisation over one axis (arXiv 1607.06450), with the biased variance of the centred values. */
export function layerNorm<const A extends string, L extends string>(axis: A, epsilon: number, p: LayerNorm<NoInfer<A>>, x: Tensor<L> & Carries<'layerNorm', NoInfer<A>, L>): Tensor<L>
export function layerNorm(axis: string, epsilon: number, p: LayerNorm<string>, x: Leaf): Leaf {
  const centred = u.sub(x, u.lacking(axis, u.mean(axis, x)))
  const variance = u.lacking(axis, u.mean(axis, u.mul(centred, centred)))
  return u.add(u.mul(u.mul(centred, u.rsqrt(u.add(variance, epsilon))), p.scale), p.offset)
}
