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

type Hyperparameters = Pick<AdamW, 'beta1' | 'beta2' | 'epsilon' | 'decay'>

/** What the updates of all parameters share that have one rate and one count of updates. */
const sharedOf = (hp: Hyperparameters, rate: Leaf, steps: Leaf) => {
  const [beta1, beta2, epsilon] = [u.literal(hp.beta1), u.literal(hp.beta2), u.literal(hp.epsilon)]
  return {
    beta1, beta2, epsilon,
    fresh1: u.literal(1 - hp.beta1),
    fresh2: u.literal(1 - hp.beta2),
    kept: u.sub(1, u.mul(rate, hp.decay)),
    size: u.div(rate, u.sub(1, u.pow(beta1, steps))),
    spread: u.rsqrt(u.sub(1, u.pow(beta2, steps))),
  }
}

type Shared = ReturnType<typeof sharedOf>

/** Scalars are computed once for all parameters that share them, not once for each. */
const sharing = (hp: AdamW, rate: Leaf): ((path: string, factor: number) => Shared) => {
  const scalars = new Map<Leaf, number>()
  const numberOf = (scalar: Leaf): number => scalars.get(scalar) ?? scalars.set(scalar, scalars.size).size - 1
  const known = new Map<string, Shared>()
  return (path, factor) => {
    const [own, steps]: readonly [Leaf, Leaf] = [hp.rate?.(path) ?? rate, hp.steps(path)]
    const key = [numberOf(own), numberOf(steps), factor].join(' ')
    const shared = known.get(key) ?? sharedOf(hp, factor === 1 ? own : u.mul(own, factor), steps)
    known.set(key, shared)
    return shared
  }
}

/** One parameter's update. */
const update = (decays: boolean, [grad, first, second, param]: readonly Leaf[], { beta1, beta2, fresh1, fresh2, epsilon, kept, size, spread }: Shared): Updated => {
  if (!grad || !first || !second || !param) throw new Error('internal: a tree is missing')
  const decayed = decays ? u.mul(param, kept) : param
  const m = u.add(u.mul(first, beta1), u.mul(grad, fresh1))
  const v = u.add(u.mul(second, beta2), u.mul(u.mul(grad, grad), fresh2))
  return { param: u.sub(decayed, u.div(u.mul(m, size), u.add(u.mul(u.sqrt(v), spread), epsilon))), first: m, second: v }
}

/**
 * AdamW (arXiv 1711.05101) as PyTorch does it: decay first, then the bias-corrected step. A pure transform of trees.
 */
export const adamw = (hp: AdamW) => {
  function next<T>(grads: T & TreeOf<T>, moments: Moments<NoInfer<T>>, params: NoInfer<T>, rate: Tensor): readonly [T, Moments<T>]
  function next(grads: unknown, moments: Moments<unknown>, params: unknown, rate: Leaf): readonly [unknown, Moments<unknown>] {
    const shared = sharing(hp, rate)
    const updated = (leaves: readonly Leaf[], path: string): Updated => {
      const [factor, [, first, second, param]] = [hp.factor(path), leaves]
      if (factor === 0 && first && second && param) return { param, first, second }
      return update(hp.decays(path), leaves, shared(path, factor))
    }
    const { param, first, second } = zipTrees(['param', 'first', 'second'], updated, [grads, moments.first, moments.second, params])
    return [param, { first, second }]
  }
  return next
}
