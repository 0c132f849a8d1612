import * as u from './untyped.ts'
import { bernoulli } from './random.ts'
import { within, currentContext } from '../program/node.ts'
import type { Carries, Elements, ElementType, Key, Lacks, Leaf, Same, Tensor } from './types.ts'

const shifted = (axis: string, x: Leaf): Leaf => u.sub(x, u.stopGradient(u.maximum(axis, x)))

/** exp(x) / Σ exp(x) along an axis; shifted by the maximum, so that nothing overflows. */
export function softmax<const A extends string, L extends string>(axis: A, x: Tensor<L> & Carries<'softmax', NoInfer<A>, L>): Tensor<L>
export function softmax(axis: string, x: Leaf): Leaf {
  const e = u.exp(shifted(axis, x))
  return u.div(e, u.sum(axis, e))
}

/** log softmax along an axis. */
export function logSoftmax<const A extends string, L extends string>(axis: A, x: Tensor<L> & Carries<'logSoftmax', NoInfer<A>, L>): Tensor<L>
export function logSoftmax(axis: string, x: Leaf): Leaf {
  return logSoftmaxOf(axis, x)
}

/** −Σ targets · log softmax(logits) along an axis; targets are probabilities. */
export function crossEntropy<const A extends string, L extends string, R extends string>(axis: A, logits: Tensor<L> & Carries<'crossEntropy', NoInfer<A>, L>, targets: Tensor<R> & Carries<'crossEntropy', NoInfer<A>, R>): Tensor<Exclude<L | R, A>>
export function crossEntropy(axis: string, logits: Leaf, targets: Leaf): Leaf {
  return u.neg(u.dot(axis, u.target(targets, logits), logSoftmaxOf(axis, logits)))
}
const logSoftmaxOf = (axis: string, x: Leaf): Leaf => {
  const z = shifted(axis, x)
  return u.sub(z, u.log(u.sum(axis, u.exp(z))))
}

/** −log softmax(logits) at the position that `ids` names. */
export function crossEntropyAt<const A extends string, L extends string, R extends string, E extends ElementType>(axis: A, logits: Tensor<L> & Carries<'crossEntropyAt', NoInfer<A>, L>, ids: Tensor<R, E> & Carries<'crossEntropyAt', R, L> & Lacks<'crossEntropyAt', NoInfer<A>, R> & Elements<'crossEntropyAt', E, 'i32'>): Tensor<Exclude<L, A>>
export function crossEntropyAt(axis: string, logits: Leaf, ids: Leaf): Leaf {
  return u.neg(u.gather(axis, logSoftmaxOf(axis, logits), u.target(ids, logits)))
}

/** x · Φ(x), with the exact normal distribution (the error function), not the tanh approximation. */
export function gelu<L extends string>(x: Tensor<L>): Tensor<L>
export function gelu(x: Leaf): Leaf {
  return u.mul(u.mul(x, 0.5), u.add(u.erf(u.mul(x, Math.SQRT1_2)), 1))
}

/** max(x, 0). */
export function relu<L extends string>(x: Tensor<L>): Tensor<L>
export function relu(x: Leaf): Leaf {
  return u.max(x, 0)
}

/** x / max(‖x‖₂, 1e-12) along an axis. */
export function l2Normalize<const A extends string, L extends string>(axis: A, x: Tensor<L> & Carries<'l2Normalize', NoInfer<A>, L>): Tensor<L>
export function l2Normalize(axis: string, x: Leaf): Leaf {
  // Under the root, so that nothing divides by zero at x = 0, the gradient included.
  return u.div(x, u.sqrt(u.max(u.sum(axis, u.mul(x, x)), 1e-24)))
}

/** (1 − t)·x + t·y. */
export function mix<L extends string, R extends string>(t: Tensor | number, x: Tensor<L>, y: Tensor<R> & Same<'mix', L, R>): Tensor<L>
export function mix(t: Leaf | number, x: Leaf, y: Leaf): Leaf {
  return u.add(u.mul(x, u.sub(1, typeof t === 'number' ? u.literal(t) : t)), u.mul(y, t))
}

/** The value held between two numbers. The derivative is 1 inside and 0 outside. */
export function clamp<L extends string>(x: Tensor<L>, low: number, high: number): Tensor<L>
export function clamp(x: Leaf, low: number, high: number): Leaf {
  return u.neg(u.max(u.neg(u.max(x, low)), -high))
}

/** Zeroes elements with the given probability and scales the rest up; the identity at rate 0. Draws for every enclosing `vmap`. */
export function dropout<L extends string>(key: Key, rate: number, x: Tensor<L>): Tensor<L>
export function dropout(key: Key, rate: number, x: Leaf): Leaf {
  if (rate === 0) return x
  return u.select(bernoulli(key, 1 - rate, u.sizesSeen(x)), u.mul(x, 1 / (1 - rate)), 0)
}

/** Names the part of the model that `body` writes: printed programs, errors and profiles use it. */
export const scope = <R>(name: string, body: () => R): R => within({ scopes: [...currentContext().scopes, name] }, body)
