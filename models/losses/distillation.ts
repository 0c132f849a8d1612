import { fail, mix, untyped as u, type Carries, type Leaf, type Tensor } from '../../compiler/language/index.ts'

const atLeast = (least: number, op: string, given: readonly Leaf[]): readonly Leaf[] =>
  given.length < least ? fail('AX013', `${op} of ${given.length}: wanted at least ${least}`) : given

const meanOf = (terms: readonly Leaf[]): Leaf => u.mul(terms.reduce((sum, each) => u.add(sum, each)), 1 / terms.length)

const logSoftmax = (axis: string, x: Leaf): Leaf => {
  const centred = u.sub(x, u.stopGradient(u.maximum(axis, x)))
  return u.sub(centred, u.log(u.sum(axis, u.exp(centred))))
}

const cooled = (temperature: number, scores: Leaf): Leaf => (temperature > 0 ? u.div(scores, temperature) : fail('AX013', `a temperature of ${temperature}: wanted one above 0`))

const softened = (axis: string, temperature: number, scores: Leaf): Leaf => u.stopGradient(u.exp(logSoftmax(axis, cooled(temperature, scores))))

const lossOf = (axis: string, temperature: number, scores: Leaf, targets: Leaf): Leaf => u.mul(u.neg(u.dot(axis, u.target(targets, scores), logSoftmax(axis, cooled(temperature, scores)))), temperature ** 2)

const divergenceOf = (axis: string, teacher: Leaf, student: Leaf): Leaf => {
  const known = u.stopGradient(logSoftmax(axis, teacher))
  return u.dot(axis, u.exp(known), u.sub(known, logSoftmax(axis, student)))
}

/** A teacher's distribution along an axis, softened by a temperature: softmax(scores / T), a constant (arXiv 1503.02531, equation 1). */
export function softTargets<const A extends string, L extends string>(axis: A, temperature: number, scores: Tensor<L> & Carries<'softTargets', NoInfer<A>, L>): Tensor<L>
export function softTargets(axis: string, temperature: number, scores: Leaf): Leaf {
  return softened(axis, temperature, scores)
}

/**
 * Cross-entropy of softened scores with soft targets, times T²: gradients shrink as 1/T², so its share beside a loss of labels stays what it is
 * at any temperature (arXiv 1503.02531, section 2).
 */
export function softLoss<const A extends string, L extends string>(axis: A, temperature: number, scores: Tensor<L> & Carries<'softLoss', NoInfer<A>, L>, targets: Tensor<L>): Tensor<Exclude<L, A>>
export function softLoss(axis: string, temperature: number, scores: Leaf, targets: Leaf): Leaf {
  return lossOf(axis, temperature, scores, targets)
}

/** (1 − share) · loss of the labels + share · loss of the soft targets. */
export const withLabels = <L extends string>(share: Tensor | number, labels: Tensor<L>, soft: Tensor<L>): Tensor<L> => mix<L, L>(share, labels, soft)

/** One target of several teachers: the arithmetic mean of their distributions (arXiv 1503.02531, section 2). At least one teacher. */
export function averagedTargets<L extends string>(targets: readonly Tensor<L>[]): Tensor<L>
export function averagedTargets(targets: readonly Leaf[]): Leaf {
  return meanOf(atLeast(1, 'averagedTargets', targets))
}

/** The geometric mean of the teachers' softened distributions, normalised: the distribution of their mean scores. At least one teacher. */
export function geometricTargets<const A extends string, L extends string>(axis: A, temperature: number, scores: readonly (Tensor<L> & Carries<'geometricTargets', NoInfer<A>, L>)[]): Tensor<L>
export function geometricTargets(axis: string, temperature: number, scores: readonly Leaf[]): Leaf {
  return softened(axis, temperature, meanOf(atLeast(1, 'geometricTargets', scores)))
}

/** KL(teacher ‖ student) along an axis, of two rows of scores; the teacher's are constant. */
export function divergence<const A extends string, L extends string>(axis: A, teacher: Tensor<L> & Carries<'divergence', NoInfer<A>, L>, student: Tensor<L>): Tensor<Exclude<L, A>>
export function divergence(axis: string, teacher: Leaf, student: Leaf): Leaf {
  return divergenceOf(axis, teacher, student)
}

/**
 * Online distillation: each of several networks trained together learns from its peers. For each the mean of KL(peer ‖ it), to be added to its
 * own loss (deep mutual learning for a cohort, arXiv 1706.00384). At least two networks.
 */
export function mutualLosses<const A extends string, L extends string>(axis: A, scores: readonly (Tensor<L> & Carries<'mutualLosses', NoInfer<A>, L>)[]): readonly Tensor<Exclude<L, A>>[]
export function mutualLosses(axis: string, scores: readonly Leaf[]): readonly Leaf[] {
  return atLeast(2, 'mutualLosses', scores).map((own, i) => meanOf(scores.filter((_, k) => k !== i).map(peer => divergenceOf(axis, peer, own))))
}

/**
 * Self-distillation: the deepest classifier of one network, the last of the list, teaches those above shallower layers. The mean of their soft
 * losses (arXiv 1905.08094, the second of its three losses). At least two classifiers.
 */
export function deepestLoss<const A extends string, L extends string>(axis: A, temperature: number, scores: readonly (Tensor<L> & Carries<'deepestLoss', NoInfer<A>, L>)[]): Tensor<Exclude<L, A>>
export function deepestLoss(axis: string, temperature: number, scores: readonly Leaf[]): Leaf {
  const shallow = atLeast(2, 'deepestLoss', scores).slice(0, -1)
  const targets = scores.slice(-1).map(deepest => softened(axis, temperature, deepest))
  return meanOf(shallow.flatMap(own => targets.map(target => lossOf(axis, temperature, own, target))))
}

/**
 * Hints of a wider teacher's features: ½ · ‖teacher − guess‖² along an axis, where the guess is the student's own features brought to the
 * teacher's width by a map that is trained with it (FitNets, arXiv 1412.6550, equation 3).
 */
export function hintLoss<const A extends string, L extends string>(axis: A, guess: Tensor<L> & Carries<'hintLoss', NoInfer<A>, L>, teacher: Tensor<L>): Tensor<Exclude<L, A>>
export function hintLoss(axis: string, guess: Leaf, teacher: Leaf): Leaf {
  const apart = u.sub(u.stopGradient(teacher), guess)
  return u.mul(u.dot(axis, apart, apart), 0.5)
}
