import { fold, keyOf, permutation } from '../data/random.ts'

/** What is known of a candidate: numbers of features, each with a value. */
export interface Features {
  readonly index: readonly number[]
  readonly value: readonly number[]
}

/** A choice between candidates, of which `right` is the right one. */
export interface Choice {
  readonly candidates: readonly Features[]
  readonly right: number
}

const EPOCHS = 8
const RATE = 0.3

const scoreOf = (weights: Float64Array, { index, value }: Features): number => index.reduce((sum, feature, at) => sum + (weights[feature] ?? 0) * (value[at] ?? 0), 0)

const softmax = (scores: readonly number[]): number[] => {
  const most = Math.max(...scores)
  const powers = scores.map((score) => Math.exp(score - most))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}

/**
 * A linear scorer of candidates, trained by maximum likelihood of the right ones (conditional logistic regression; Adagrad with
 * one example at a time, in a fixed random order). The number of the best candidate is returned for any list of them.
 */
export const trainChooser = (choices: readonly Choice[], features: number): ((candidates: readonly Features[]) => number) => {
  const weights = new Float64Array(features)
  const squares = new Float64Array(features).fill(1e-6)
  for (let epoch = 0; epoch < EPOCHS; epoch++)
    for (const number of permutation(fold(keyOf(1), epoch), choices.length)) {
      const choice = choices[number]
      if (choice === undefined) continue
      const shares = softmax(choice.candidates.map((candidate) => scoreOf(weights, candidate)))
      choice.candidates.forEach(({ index, value }, candidate) => {
        const error = (shares[candidate] ?? 0) - (candidate === choice.right ? 1 : 0)
        index.forEach((feature, at) => {
          const gradient = error * (value[at] ?? 0)
          squares[feature] = (squares[feature] ?? 0) + gradient * gradient
          weights[feature] = (weights[feature] ?? 0) - (RATE * gradient) / Math.sqrt(squares[feature] ?? 1)
        })
      })
    }
  return (candidates) => {
    const scores = candidates.map((candidate) => scoreOf(weights, candidate))
    return scores.reduce((best, score, index) => (score > (scores[best] ?? Number.NEGATIVE_INFINITY) ? index : best), 0)
  }
}
