import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, array, grad, run, type Tensor } from '../../../compiler/language/index.ts'
import { averagedTargets, deepestLoss, divergence, geometricTargets, hintLoss, mutualLosses, softLoss, softTargets, withLabels } from '../../../models/losses/distillation.ts'
import { close, differences, mistakeOf, says } from '../../compiler/language/support.ts'

type Scores = Tensor<'class'>
const scores = (...data: readonly number[]) => array({ class: data.length }, data)

const soft = (data: readonly number[], temperature = 1): readonly number[] => {
  const e = data.map(x => Math.exp(x / temperature))
  const total = e.reduce((sum, x) => sum + x, 0)
  return e.map(x => x / total)
}
const total = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0)
const crossEntropy = (p: readonly number[], q: readonly number[]): number => -total(p.map((x, i) => x * Math.log(q[i] ?? 0)))
const kl = (p: readonly number[], q: readonly number[]): number => crossEntropy(p, q) - crossEntropy(p, p)

const [a, b, c] = [[2, 0, -1], [0.5, 1, 0], [-1, 3, 0.25]] as const

test('soft targets: softmax of the scores over the temperature, and large scores do not overflow', () => {
  const targets = (temperature: number, data: readonly number[]) => run((x: Scores) => softTargets('class', temperature, x))(scores(...data)).data
  close(targets(1, a), soft(a))
  close(targets(4, a), soft(a, 4))
  close(targets(2, [1000, 1000, -1000]), [0.5, 0.5, 0])
})

test('soft loss: T² · cross-entropy; its gradient is T · (student − teacher), and near (scores − scores) / classes when T is large', () => {
  const loss = (temperature: number) => (student: Scores, teacher: Scores) => softLoss('class', temperature, student, softTargets('class', temperature, teacher))
  close(run(loss(3))(scores(...b), scores(...a)).data, [9 * crossEntropy(soft(a, 3), soft(b, 3))])
  const slope = (temperature: number) => run((student: Scores, teacher: Scores) => grad((x: Scores) => loss(temperature)(x, teacher))(student))(scores(...b), scores(...a)).data
  close(slope(3), soft(b, 3).map((x, i) => 3 * (x - (soft(a, 3)[i] ?? 0))))
  const centred = (xs: readonly number[]) => xs.map(x => x - total(xs) / xs.length)
  close(slope(1000), centred(b).map((x, i) => (x - (centred(a)[i] ?? 0)) / 3), 1e-3)
})

test('a frozen teacher gets no gradient, whatever its targets are used for', () => {
  const slope = run((teacher: Scores, student: Scores) =>
    grad((x: Scores) => add(softLoss('class', 2, student, softTargets('class', 2, x)), add(divergence('class', x, student), hintLoss('class', student, x))))(teacher))(scores(...a), scores(...b))
  assert.equal([...slope.data], [0, 0, 0])
})

test('labels and soft targets: (1 − share) · hard + share · soft', () => {
  close(run((hard: Tensor, easy: Tensor) => withLabels(0.25, hard, easy))(array({}, [8]), array({}, [4])).data, [7])
})

test('several teachers: the mean of their distributions, or the distribution of their mean scores', () => {
  const [one, two] = [scores(...a), scores(...b)]
  close(run((x: Scores, y: Scores) => averagedTargets([softTargets('class', 2, x), softTargets('class', 2, y)]))(one, two).data, soft(a, 2).map((x, i) => (x + (soft(b, 2)[i] ?? 0)) / 2))
  const roots = soft(a, 2).map((x, i) => Math.sqrt(x * (soft(b, 2)[i] ?? 0)))
  close(run((x: Scores, y: Scores) => geometricTargets('class', 2, [x, y]))(one, two).data, roots.map(x => x / total(roots)))
})

test('online distillation: each learns from the mean divergence of its peers, and only it moves by its own loss', () => {
  const three = (x: Scores, y: Scores, z: Scores) => mutualLosses('class', [x, y, z])
  const given = [scores(...a), scores(...b), scores(...c)] as const
  const found = run(three)(...given).map(({ data }) => data[0] ?? Number.NaN)
  const [p, q, r] = [soft(a), soft(b), soft(c)]
  close(found, [(kl(q, p) + kl(r, p)) / 2, (kl(p, q) + kl(r, q)) / 2, (kl(p, r) + kl(q, r)) / 2])
  const own = run((x: Scores, y: Scores, z: Scores) => grad((moved: Scores) => add(...firstTwo(three(moved, y, z))))(x))(...given).data
  // The second network's loss also sees the first, as a constant.
  close(own, differences(data => (kl(q, soft(data)) + kl(r, soft(data))) / 2, a), 1e-5)
})

const firstTwo = ([one, two]: readonly Tensor[]): [Tensor, Tensor] => {
  assert.ok(one && two)
  return [one, two]
}

test('self-distillation: the deepest classifier teaches the others and does not move', () => {
  const loss = (x: Scores, y: Scores, z: Scores) => deepestLoss('class', 2, [x, y, z])
  close(run(loss)(scores(...a), scores(...b), scores(...c)).data, [(4 * (crossEntropy(soft(c, 2), soft(a, 2)) + crossEntropy(soft(c, 2), soft(b, 2)))) / 2])
  const slope = run((x: Scores, y: Scores, z: Scores) => grad((deepest: Scores) => loss(x, y, deepest))(z))(scores(...a), scores(...b), scores(...c))
  assert.equal([...slope.data], [0, 0, 0])
})

test('hints: half the squared distance along the axis, row by row', () => {
  const features = (data: readonly number[]) => array({ token: 2, wide: 2 }, data)
  close(run((guess: Tensor<'token' | 'wide'>, teacher: Tensor<'token' | 'wide'>) => hintLoss('wide', guess, teacher))(features([1, 2, 3, 4]), features([1, 0, 0, 0])).data, [2, 12.5])
})

test('too few teachers, peers or classifiers, and a temperature that is none, are said', () => {
  says(mistakeOf(() => averagedTargets([])), 'AX013', 'averagedTargets of 0')
  says(mistakeOf(() => run((x: Scores) => firstTwo(mutualLosses('class', [x])))(scores(...a))), 'AX013', 'mutualLosses of 1', 'at least 2')
  says(mistakeOf(() => run((x: Scores) => softTargets('class', 0, x))(scores(...a))), 'AX013', 'a temperature of 0')
})

test.run()
