import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkOptions, type TrainOptions } from '../../../runtime/training/options.ts'

const options: TrainOptions = { file: 'model.ts', config: undefined, minutes: undefined, steps: undefined, seed: undefined, data: undefined, out: 'out', resume: undefined, from: undefined, set: [], devices: undefined, evaluate: true }

for (const given of [{}, { minutes: 0.1 }, { steps: 1 }, { seed: 0 }, { seed: 2 ** 31 - 1 }, { resume: 'out/run' }, { data: 'pairs.json', set: ['batch=8'], steps: 100 }]) {
  test(`can be done: ${JSON.stringify(given)}`, () => assert.equal(checkOptions({ ...options, ...given }), E.right({ ...options, config: 'emoji', minutes: 10, seed: 1, ...given })))
}

const wrong: readonly (readonly [given: Partial<TrainOptions>, sentence: string])[] = [
  [{ steps: 0 }, '--steps 0: wanted a whole number from 1 to 2147483647'],
  [{ steps: -3 }, '--steps -3: wanted a whole number from 1 to 2147483647'],
  [{ steps: 2.5 }, '--steps 2.5: wanted a whole number from 1 to 2147483647'],
  [{ steps: 2 ** 31 }, '--steps 2147483648: wanted a whole number from 1 to 2147483647'],
  [{ minutes: 0 }, '--minutes 0: wanted a number above zero'],
  [{ minutes: -1 }, '--minutes -1: wanted a number above zero'],
  [{ minutes: Infinity }, '--minutes Infinity: wanted a number above zero'],
  [{ seed: 1.5 }, '--seed 1.5: wanted a whole number from 0 to 2147483647'],
  [{ seed: -1 }, '--seed -1: wanted a whole number from 0 to 2147483647'],
  [{ seed: 2 ** 32 + 1 }, '--seed 4294967297: wanted a whole number from 0 to 2147483647'],
  [{ resume: 'out/run', config: 'tiny' }, 'out/run: a run goes on with its own --config; leave it out'],
  [{ resume: 'out/run', minutes: 10 }, 'out/run: a run goes on with its own --minutes; leave it out'],
  [{ resume: 'out/run', seed: 1 }, 'out/run: a run goes on with its own --seed; leave it out'],
  [{ resume: 'out/run', steps: 100 }, 'out/run: a run goes on with its own --steps; leave it out'],
  [{ resume: 'out/run', data: 'pairs.json' }, 'out/run: a run goes on with its own --data; leave it out'],
  [{ resume: 'out/run', set: ['batch=8'] }, 'out/run: a run goes on with its own --set; leave it out'],
]

for (const [given, sentence] of wrong) {
  test(`is refused: ${sentence}`, () => assert.equal(checkOptions({ ...options, ...given }), E.left(sentence)))
}

test.run()
