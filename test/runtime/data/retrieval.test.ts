import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { pixelFloor } from '../../../runtime/data/pixel-floor.ts'
import { draws, keyOf } from '../../../runtime/data/random.ts'
import { chanceRetrieval, nameRetrieval, rankOf, recallAt, transpose } from '../../../runtime/data/retrieval.ts'

const scores = { data: Float32Array.from([0.9, 0.1, 0.5, 0.2, 0.8, 0.8, 0.3, 0.4, 0.2]), rows: 3, columns: 3 }

test('recall counts rows whose best right column is among the first k', () => {
  const recalls = recallAt(scores, (row) => [row], [1, 2, 3])
  // Ranks: 0; 1 (a wrong column has the same score); 2.
  assert.equal([...recalls], [[1, 1 / 3], [2, 2 / 3], [3, 1]])
})

test('the best of several right columns counts, and right ones do not stand in each other’s way', () => {
  assert.is(rankOf(scores.data, 2, 3, [0, 1]), 0)
  assert.is(rankOf(scores.data, 1, 3, [0, 1]), 1)
  assert.is(rankOf(scores.data, 1, 3, [1, 2]), 0)
})

test('equal and undefined scores find nothing, and a row without a right column is not found', () => {
  assert.equal([...recallAt({ data: new Float32Array(20), rows: 4, columns: 5 }, (row) => [row], [1, 4, 5])], [[1, 0], [4, 0], [5, 1]])
  const undefinedScores = { data: new Float32Array(20).fill(Number.NaN), rows: 4, columns: 5 }
  assert.equal([...recallAt(undefinedScores, (row) => [row], [1, 4])], [[1, 0], [4, 0]])
  assert.is(rankOf(Float32Array.from([Number.NaN, 1, 0]), 0, 3, [1]), 1)
  assert.equal([...recallAt(scores, () => [], [3])], [[3, 0]])
})

test('transposing exchanges rows and columns', () => {
  assert.equal([...transpose(Float32Array.from([1, 2, 3, 4, 5, 6]), 2, 3)], [1, 4, 2, 5, 3, 6])
})

test('pictures and names in both directions', () => {
  // Two pictures of name 0, one of name 1; the second picture is closer to the wrong name.
  const data = Float32Array.from([0.9, 0.2, 0.3, 0.8, 0.1, 0.7])
  const { imageToText, textToImage } = nameRetrieval(data, Int32Array.from([0, 0, 1]), 2, [1, 2])
  assert.equal([...imageToText], [[1, 2 / 3], [2, 1]])
  // Name 0 finds its first picture first; name 1 finds a picture of name 0 first.
  assert.equal([...textToImage], [[1, 1 / 2], [2, 1]])
})

test('chance is what random scores give on average', () => {
  const concept = Int32Array.from({ length: 60 }, (_, picture) => (picture < 20 ? 0 : picture % 12))
  const seed = 31
  const random = draws(keyOf(seed))
  const sums = { imageToText: 0, textToImage: 0 }
  const rounds = 1500
  for (let round = 0; round < rounds; round++) {
    const result = nameRetrieval(Float32Array.from({ length: 60 * 12 }, random), concept, 12, [5])
    sums.imageToText += (result.imageToText.get(5) ?? 0) / rounds
    sums.textToImage += (result.textToImage.get(5) ?? 0) / rounds
  }
  const expected = chanceRetrieval(concept, 12, [5])
  assert.ok(Math.abs((expected.imageToText.get(5) ?? 0) - 5 / 12) < 1e-12)
  for (const direction of ['imageToText', 'textToImage'] as const) {
    const difference = Math.abs(sums[direction] - (expected[direction].get(5) ?? 0))
    assert.ok(difference < 0.02, `seed ${seed}: ${direction} ${sums[direction]}, expected ${expected[direction].get(5)}`)
  }
})

const SIZE = 32
const noisy = (seed: number, count: number): Uint8Array => {
  const random = draws(keyOf(seed))
  return Uint8Array.from({ length: count * SIZE * SIZE * 3 }, () => Math.floor(random() * 256))
}

/** Recall by looking at every distance, for comparison. */
const slowRanks = (train: Uint8Array, trainNames: readonly string[], test: Uint8Array, testNames: readonly string[]): number[] =>
  testNames.map((right, picture) => {
    const nearest = new Map<string, number>()
    trainNames.forEach((name, other) => {
      let sum = 0
      for (let at = 0; at < 768; at++) sum += ((test[picture * 768 + at] ?? 0) - (train[other * 768 + at] ?? 0)) ** 2
      nearest.set(name, Math.min(nearest.get(name) ?? Number.POSITIVE_INFINITY, sum))
    })
    const own = nearest.get(right)
    return own === undefined ? Number.POSITIVE_INFINITY : [...nearest].filter(([name, distance]) => name !== right && distance <= own).length
  })

test('the pixel floor is the nearest neighbour over distinct names', () => {
  const names = Array.from({ length: 40 }, (_, index) => `name ${index % 15}`)
  const asked = Array.from({ length: 30 }, (_, index) => `name ${(index * 7) % 16}`)
  const small = (seed: number, count: number) => noisy(seed, count).subarray(0, count * 768)
  const floor = pixelFloor(
    { pixels: small(1, 40), pictures: 40, size: 16, names },
    { pixels: small(2, 30), pictures: 30, size: 16, names: asked },
    [1, 3, 8],
  )
  const ranks = slowRanks(small(1, 40), names, small(2, 30), asked)
  assert.equal([...floor], [1, 3, 8].map((k) => [k, ranks.filter((rank) => rank < k).length / 30]))
  assert.ok((floor.get(8) ?? 0) > (floor.get(1) ?? 0))
})

test('a slightly changed training picture finds its name; an unknown name is never found', () => {
  const pixels = noisy(3, 10)
  const names = Array.from({ length: 10 }, (_, index) => `${index}`)
  const changed = pixels.map((value) => Math.min(255, value + 5))
  const train = { pixels, pictures: 10, size: SIZE, names }
  assert.equal([...pixelFloor(train, { ...train, pixels: changed }, [1])], [[1, 1]])
  assert.equal([...pixelFloor(train, { ...train, names: names.map((name) => `not ${name}`) }, [1, 10])], [[1, 0], [10, 0]])
})

test.run()
