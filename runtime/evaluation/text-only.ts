import { numbering } from '../data/caption-table.ts'
import { fold, keyOf, permutation } from '../data/random.ts'

/**
 * What words alone tell: a linear classifier over the words of a text and its pairs of neighbouring words, which never sees a
 * picture. A data set whose answers it finds is no test of a model of pictures.
 */

const EPOCHS = 8
const RATE = 0.5
const DECAY = 1e-5

const partsOf = (text: string): string[] => {
  const words = text.toLowerCase().split(/[^\p{L}\p{N}+]+/u).filter((word) => word !== '')
  return ['', ...words, ...words.slice(1).map((word, index) => `${words[index] ?? ''} ${word}`)]
}

/** Trains on texts with labels from 0 to `labels` - 1; the result gives the label of any text. Deterministic. */
export const trainTextOnly = (texts: readonly string[], label: ArrayLike<number>, labels: number): ((text: string) => number) => {
  const vocabulary = numbering()
  const rows = texts.map((text) => [...new Set(partsOf(text).map(vocabulary.of))])
  const known = new Map(vocabulary.texts().map((part, index) => [part, index]))
  const weights = new Float32Array(known.size * labels)
  const squares = new Float32Array(known.size * labels).fill(1e-6)
  const scores = new Float64Array(labels)

  const score = (parts: readonly number[]): void => {
    scores.fill(0)
    for (const part of parts) for (let label = 0; label < labels; label++) scores[label] = (scores[label] ?? 0) + (weights[part * labels + label] ?? 0)
  }
  const best = (): number => scores.reduce((most, value, index) => (value > (scores[most] ?? 0) ? index : most), 0)
  const learn = (parts: readonly number[], right: number): void => {
    score(parts)
    const most = scores[best()] ?? 0
    const powers = scores.map((value) => Math.exp(value - most))
    const sum = powers.reduce((total, power) => total + power, 0)
    for (const part of parts)
      for (let label = 0; label < labels; label++) {
        const at = part * labels + label
        const gradient = (powers[label] ?? 0) / sum - (label === right ? 1 : 0) + DECAY * (weights[at] ?? 0)
        squares[at] = (squares[at] ?? 0) + gradient * gradient
        weights[at] = (weights[at] ?? 0) - (RATE * gradient) / Math.sqrt(squares[at] ?? 1)
      }
  }

  for (let epoch = 0; epoch < EPOCHS; epoch++) for (const row of permutation(fold(keyOf(1), epoch), texts.length)) learn(rows[row] ?? [], label[row] ?? 0)
  return (text) => {
    score([...new Set(partsOf(text).flatMap((part) => known.get(part) ?? []))])
    return best()
  }
}
