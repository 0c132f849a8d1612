import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as E from 'fp-ts/Either'
import { compile, input, type Definition, type Of } from '../../../compiler/language/index.ts'
import { tensorflow as target } from '../../../compiler/targets/tensorflow/emit.ts'
import { drawn } from '../../../models/albef/choices.ts'
import { tiny, type Albef, type Loss } from '../../../models/albef/config.ts'
import { albefState, twinOf, type State } from '../../../models/albef/parameters.ts'
import { pretrainStep } from '../../../models/albef/step.ts'
import { tensorflow } from '../../../runtime/backends/tensorflow.ts'
import type { HostArray } from '../../../runtime/backends/backend.ts'
import { draws, keyOf } from '../../../runtime/data/random.ts'

/** Learning is real: each loss alone, on 64 fixed pairs, ends well below what knowing nothing gives. */
const common: Albef = {
  ...tiny,
  vision: { ...tiny.vision, image: 16 },
  text: { ...tiny.text, tokens: 6, pool: 'mean' },
  batch: 16,
  anchors: 16,
  queue: 32,
  masking: { kind: 'fixed', count: 2 },
  momentum: 0.9,
  distillation: { alpha: 0, ramp: 0 },
  schedule: { kind: 'linear', first: 1e-4, peak: 3e-3, last: 1e-4, warmup: 40, steps: 700, epoch: 1 },
}
const seed = 5
const pairs = 64

/** Pictures of four random colours and captions of random words: nothing to generalise, everything to remember. */
const batches: readonly Readonly<Record<string, HostArray>>[] = (() => {
  const random = draws(keyOf(seed))
  const { image } = common.vision
  const { tokens, words, special } = common.text
  const half = image / 2
  const picture = (): readonly number[] => {
    const colours = Float32Array.from({ length: 12 }, () => 4 * random() - 2)
    return Array.from({ length: image * image * 3 }, (_, i) => {
      const [row, column] = [Math.floor(i / (3 * image)), Math.floor(i / 3) % image]
      return colours[(Math.floor(row / half) * 2 + Math.floor(column / half)) * 3 + (i % 3)] ?? 0
    })
  }
  return Array.from({ length: pairs / common.batch }, () => ({
    image: Float32Array.from(Array.from({ length: common.batch }, picture).flat()),
    ids: Int32Array.from({ length: common.batch * tokens }, (_, i) => (i % tokens === 0 ? special.cls : 5 + Math.floor(random() * (words - 5)))),
  }))
})()

const train = async (loss: Loss, steps: number, peak: number): Promise<Readonly<Record<string, number>>> => {
  const config = { ...common, schedule: { ...common.schedule, peak, steps } }
  const state = albefState(config)
  const batch = { image: input({ example: config.batch, row: config.vision.image, column: config.vision.image, channel: 3 }), ids: input({ example: config.batch, token: config.text.tokens }, 'i32') }
  const step = (now: State, given: Of<typeof batch>) => pretrainStep(config, drawn(config), [loss])(now, given)
  const definition: Definition<typeof state, typeof batch, unknown> = { state, batch, step, initialize: fresh => ({ ...fresh, teacher: twinOf(fresh.student) }) }
  const compiled = compile(definition, target)
  if (E.isLeft(compiled)) throw compiled.left
  const loaded = await tensorflow.load(compiled.right.artifact)()
  if (E.isLeft(loaded)) throw loaded.left
  const session = loaded.right
  session.run('initialize', { seed: Int32Array.of(seed) })
  const sums: Record<string, number> = {}
  for (let i = 0; i < steps; i++) {
    const metrics = session.run('step', batches[i % batches.length])
    // The last round over all pairs is what counts.
    if (i >= steps - batches.length) for (const [name, data] of Object.entries(metrics)) sums[name] = (sums[name] ?? 0) + (data[0] ?? Number.NaN) / batches.length
  }
  session.close()
  return sums
}

test('contrast alone learns which caption belongs to which picture', async () => {
  const { lossContrast = Number.NaN } = await train('contrast', 400, 1e-3)
  const prior = Math.log(common.batch + common.queue)
  assert.ok(lossContrast < prior / 3, `loss ${lossContrast}, knowing nothing gives ${prior} (seed ${seed})`)
})

test('matching alone tells own pairs from others', async () => {
  const { matchingAccuracy = Number.NaN, lossMatching = Number.NaN } = await train('matching', 1000, 1e-3)
  assert.ok(matchingAccuracy >= 0.95, `accuracy ${matchingAccuracy}, saying no to all gives 0.667; loss ${lossMatching} (seed ${seed})`)
})

test('masked words alone are remembered', async () => {
  const { lossWords = Number.NaN } = await train('words', 600, 2e-3)
  const prior = Math.log(common.text.words)
  assert.ok(lossWords < prior / 3, `loss ${lossWords}, knowing nothing gives ${prior} (seed ${seed})`)
})

test.run()
