import { fold as foldNode, hashName, key as keyNode, keyDomain, literal } from '../primitives/index.ts'
import { leafOf, nodeOf } from './leaf.ts'
import * as u from './untyped.ts'
import type { Carries, Key, Lacks, Leaf, One, SizesOf, Tensor } from './types.ts'

/** A key from a seed. */
export function key(seed: number | Tensor<never, 'i32'>): Key
export function key(seed: number | Leaf): Leaf {
  return leafOf(keyNode([typeof seed === 'number' ? literal([], { value: seed, dtype: 'i32' }) : nodeOf(seed)], {}))
}

/** Another key, independent of the first and of every fold by something else. */
export function fold(from: Key, by: string | number | Tensor<never, 'i32'>): Key
export function fold(from: Leaf, by: string | number | Leaf): Leaf {
  const domain = typeof by === 'string' ? keyDomain.name : keyDomain.number
  const number = typeof by === 'string' ? literal([], { value: hashName(by), dtype: 'i32' }) : typeof by === 'number' ? literal([], { value: by, dtype: 'i32' }) : nodeOf(by)
  return leafOf(foldNode([nodeOf(from), number], { domain }))
}

/** Uniform in [0, 1), 23 bits; drawn for every enclosing `vmap`, then for `sizes` as written. */
export function uniform<const A extends string = never>(key: Key, sizes?: SizesOf<A>): Tensor<NoInfer<A>>
export function uniform(key: Leaf, sizes: Readonly<Record<string, number>> = {}): Leaf {
  return u.uniform(key, sizes)
}

/** Normal with mean 0 and deviation 1 (Box and Muller's transform of two uniforms). */
export function gaussian<const A extends string = never>(key: Key, sizes?: SizesOf<A>): Tensor<NoInfer<A>>
export function gaussian(key: Leaf, sizes: Readonly<Record<string, number>> = {}): Leaf {
  const draw = (name: string): Leaf => u.uniform(leafOf(foldNode([nodeOf(key), literal([], { value: hashName(name), dtype: 'i32' })], { domain: keyDomain.name })), sizes)
  const radius = u.sqrt(u.mul(u.log(u.sub(1, draw('radius'))), -2))
  return u.mul(radius, u.sin(u.mul(draw('angle'), 2 * Math.PI)))
}

/** True with the given probability. */
export function bernoulli<const A extends string = never>(key: Key, probability: number, sizes?: SizesOf<A>): Tensor<NoInfer<A>, 'bool'>
export function bernoulli(key: Leaf, probability: number, sizes: Readonly<Record<string, number>> = {}): Leaf {
  return u.less(u.uniform(key, sizes), probability)
}

/** A whole number in [0, below), from 23 bits. */
export function randomInteger<const A extends string = never>(key: Key, below: number, sizes?: SizesOf<A>): Tensor<NoInfer<A>, 'i32'>
export function randomInteger(key: Leaf, below: number, sizes: Readonly<Record<string, number>> = {}): Leaf {
  return u.cast('i32', u.mul(u.uniform(key, sizes), below))
}

/** Scores whose order is a draw without replacement from the softmax of `logits`: logits plus Gumbel noise. */
const perturbed = (key: Leaf, logits: Leaf): Leaf => {
  const noise = u.uniform(key, u.sizesSeen(logits))
  // Half a step of the 23-bit grid keeps the logarithm finite.
  return u.sub(logits, u.log(u.neg(u.log(u.add(u.mul(noise, 1 - 2 ** -23), 2 ** -24)))))
}

/** A position along an axis, drawn with the probabilities softmax(logits) (Gumbel's trick). */
export function categorical<const A extends string, L extends string>(key: Key, axis: A, logits: Tensor<L> & Carries<'categorical', NoInfer<A>, L>): Tensor<Exclude<L, A>, 'i32'>
export function categorical(key: Leaf, axis: string, logits: Leaf): Leaf {
  return u.argmax(axis, perturbed(key, logits))
}

/** Several different positions along an axis, drawn without replacement; `into` names their axis and says how many. */
export function categoricalWithoutReplacement<const A extends string, const N extends string, L extends string>(key: Key, axis: A, into: SizesOf<N> & One<'categoricalWithoutReplacement', NoInfer<N>> & Lacks<'categoricalWithoutReplacement', NoInfer<N>, Exclude<L, A>>, logits: Tensor<L> & Carries<'categoricalWithoutReplacement', NoInfer<A>, L>): Tensor<Exclude<L, A> | N, 'i32'>
export function categoricalWithoutReplacement(key: Leaf, axis: string, into: Readonly<Record<string, number>>, logits: Leaf): Leaf {
  const [name = '', size = 0] = Object.entries(into)[0] ?? []
  return u.topIndex(axis, name, size, perturbed(key, logits))
}
