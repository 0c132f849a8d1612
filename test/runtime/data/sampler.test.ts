import * as E from 'fp-ts/Either'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createSampler, type Sampler, type SamplerOptions } from '../../../runtime/data/sampler.ts'

/** Labels of pictures of the given concepts, picture i with i mod 3 + 1 captions. */
const labelsOf = (concepts: readonly number[]) => {
  const captionStart = [0]
  for (let picture = 0; picture < concepts.length; picture++) captionStart.push((captionStart.at(-1) ?? 0) + (picture % 3) + 1)
  return {
    pictures: concepts.length,
    concept: Int32Array.from(concepts),
    captionStart: Int32Array.from(captionStart),
    captionRows: Int32Array.from({ length: captionStart.at(-1) ?? 0 }, (_, index) => 1000 + index),
  }
}

const samplerOf = (concepts: readonly number[], options: SamplerOptions): Sampler => {
  const made = createSampler(labelsOf(concepts), options)
  if (E.isLeft(made)) throw new Error(made.left)
  return made.right
}

const epoch = (sampler: Sampler, number: number): number[] =>
  Array.from({ length: sampler.stepsPerEpoch }, (_, step) => [...sampler.indicesOf(number * sampler.stepsPerEpoch + step).picture]).flat()

const plain = Array.from({ length: 50 }, (_, picture) => picture)

test('a pass shows every picture at most once, leaves out what fills no batch, and differs from the next one', () => {
  const sampler = samplerOf(plain, { batch: 8, seed: 1 })
  assert.is(sampler.stepsPerEpoch, 6)
  const [first, second] = [epoch(sampler, 0), epoch(sampler, 1)]
  assert.is(new Set(first).size, 48)
  assert.is(new Set(second).size, 48)
  assert.not.equal(first, second)
  const left = new Set(Array.from({ length: 20 }, (_, number) => plain.filter((picture) => !epoch(sampler, number).includes(picture)).join()))
  assert.ok(left.size > 10, 'other pictures are left out in other passes')
})

test('the batch of a step does not depend on what was asked for before, so a run can go on anywhere', () => {
  for (const distinct of ['picture', 'concept'] as const) {
    const options = { batch: 8, seed: 5, distinct }
    const straight = samplerOf(plain, options)
    const all = Array.from({ length: 40 }, (_, step) => straight.indicesOf(step))
    for (const step of [39, 0, 17, 6, 5, 18, 39]) assert.equal(samplerOf(plain, options).indicesOf(step), all[step])
    for (const step of [39, 3, 22, 3]) assert.equal(straight.indicesOf(step), all[step])
  }
})

test('another seed is another order', () => {
  assert.not.equal(samplerOf(plain, { batch: 8, seed: 1 }).indicesOf(0), samplerOf(plain, { batch: 8, seed: 2 }).indicesOf(0))
})

test("captions are the picture's own, each as likely", () => {
  const labels = labelsOf(plain)
  const sampler = samplerOf(plain, { batch: 10, seed: 3 })
  const counts = new Map<number, number>()
  for (let step = 0; step < 3000; step++) {
    const { picture, caption } = sampler.indicesOf(step)
    picture.forEach((index, row) => {
      const own = labels.captionRows.subarray(labels.captionStart[index], labels.captionStart[index + 1])
      const drawn = caption[row] ?? -1
      assert.ok(own.includes(drawn))
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1)
    })
  }
  // Picture 2 has three captions and is shown in each of 600 passes.
  for (const row of labels.captionRows.subarray(labels.captionStart[2], labels.captionStart[3]))
    assert.ok(Math.abs((counts.get(row) ?? 0) - 200) < 60, `seed 3: ${counts.get(row)} of about 200`)
})

const hasRepeats = (values: readonly number[]): boolean => new Set(values).size !== values.length

test('distinct concepts: no concept twice in a batch, no picture twice in a pass, as many batches as can be filled', () => {
  const seed = 20_240_611
  fc.assert(
    fc.property(fc.array(fc.nat(12), { minLength: 1, maxLength: 80 }), fc.integer({ min: 1, max: 10 }), fc.nat(), (concepts, batch, shuffle) => {
      const counts = new Map<number, number>()
      for (const concept of concepts) counts.set(concept, (counts.get(concept) ?? 0) + 1)
      const made = createSampler(labelsOf(concepts), { batch, seed: shuffle, distinct: 'concept' })
      if (E.isLeft(made)) {
        assert.ok(counts.size < batch)
        return
      }
      const steps = made.right.stepsPerEpoch
      // One more batch would need more pictures than may be used when each concept is used once a batch.
      const usable = [...counts.values()].reduce((sum, count) => sum + Math.min(count, steps + 1), 0)
      assert.ok(usable < (steps + 1) * batch)
      const pictures = epoch(made.right, 3)
      assert.is(pictures.length, steps * batch)
      assert.not.ok(hasRepeats(pictures))
      for (let step = 0; step < steps; step++)
        assert.not.ok(hasRepeats(pictures.slice(step * batch, (step + 1) * batch).map((picture) => concepts[picture] ?? -1)))
    }),
    { seed, numRuns: 300 },
  )
})

test('distinct concepts: all pictures of a common concept are shown over some passes, in all places of a batch', () => {
  const concepts = Array.from({ length: 60 }, (_, picture) => (picture < 20 ? 0 : picture))
  const sampler = samplerOf(concepts, { batch: 6, seed: 9, distinct: 'concept' })
  assert.is(sampler.stepsPerEpoch, 8)
  const shown = new Set(Array.from({ length: 30 }, (_, number) => epoch(sampler, number)).flat())
  assert.is(shown.size, 60)
  const places = new Set(Array.from({ length: 80 }, (_, step) => [...sampler.indicesOf(step).picture].findIndex((picture) => picture < 20)))
  assert.equal([...places].filter((place) => place >= 0).sort(), [0, 1, 2, 3, 4, 5])
})

test('a set smaller than a batch is refused', () => {
  assert.equal(createSampler(labelsOf(plain), { batch: 51, seed: 1 }), E.left('a batch of 51 is larger than the data: 50 pictures'))
  assert.equal(
    createSampler(labelsOf([1, 1, 1, 2, 2]), { batch: 3, seed: 1, distinct: 'concept' }),
    E.left('a batch of 3 is larger than the data: 2 concepts'),
  )
})

test.run()
