import { untyped as u, zipTrees, type Leaf, type Tensor, type TreeOf } from '../../compiler/language/index.ts'

export interface AdamW {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly decay: number
  /** Whether weight decay applies to the parameter at a path. */
  readonly decays: (path: string) => boolean
  /** The learning rate of the parameter at a path, as a factor of the step's; 0 leaves it, and its moments, as they are. */
  readonly factor: (path: string) => number
  /** The learning rate of the parameter at a path, where it is not the step's. */
  readonly rate?: (path: string) => Tensor | undefined
  /** How many updates the parameter at a path has had, this one included: from 1. */
  readonly steps: (path: string) => Tensor
}

/** First and second moments, shaped as the parameters. */
export interface Moments<T> {
  readonly first: T
  readonly second: T
}

interface Updated {
  readonly param: Leaf
  readonly first: Leaf
  readonly second: Leaf
}

/** One parameter's update. */
const update = (hp: AdamW, path: string, [grad, first, second, param]: readonly Leaf[], rate: Leaf): Updated => {
  if (!grad || !first || !second || !param) throw new Error('internal: a tree is missing')
  const factor = hp.factor(path)
  if (factor === 0) return { param, first, second }
  const steps = hp.steps(path)
  const scaled = factor === 1 ? rate : u.mul(rate, factor)
  const decayed = hp.decays(path) ? u.mul(param, u.sub(1, u.mul(scaled, hp.decay))) : param
  const m = u.add(u.mul(first, hp.beta1), u.mul(grad, 1 - hp.beta1))
  const v = u.add(u.mul(second, hp.beta2), u.mul(u.mul(grad, grad), 1 - hp.beta2))
  const size = u.div(scaled, u.sub(1, u.pow(u.literal(hp.beta1), steps)))
  const spread = u.rsqrt(u.sub(1, u.pow(u.literal(hp.beta2), steps)))
  return { param: u.sub(decayed, u.div(u.mul(m, size), u.add(u.mul(u.sqrt(v), spread), hp.epsilon))), first: m, second: v }
}

/**
 * AdamW (arXiv 1711.05101) as PyTorch does it: decay first, then the bias-corrected step. A pure transform of trees.
 */
export const adamw = (hp: AdamW) => {
  function next<T>(grads: T & TreeOf<T>, moments: Moments<NoInfer<T>>, params: NoInfer<T>, rate: Tensor): readonly [T, Moments<T>]
  function next(grads: unknown, moments: Moments<unknown>, params: unknown, rate: Leaf): readonly [unknown, Moments<unknown>] {
    const { param, first, second } = zipTrees(['param', 'first', 'second'], (leaves, path) => update(hp, path, leaves, hp.rate?.(path) ?? rate), [grads, moments.first, moments.second, params])
    return [param, { first, second }]
  }
  return next
}
