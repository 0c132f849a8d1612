import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { benchPasses, tableText } from './passes.ts'

const silent = (): void => undefined
const figures = { nodes: 1000, flops: 2e9, written: 2 ** 20, peak: 2 ** 21 }

test('the table says what each pass saves; what stays the same has no share', () => {
  const text = tableText([{ without: undefined, figures, seconds: [] }, { without: 'narrow', figures: { ...figures, nodes: 900, flops: 3e9 }, seconds: [] }])
  assert.equal(text.split('\n'), [
    '|  | nodes | FLOPs | bytes written | planned peak memory |',
    '|---|---:|---:|---:|---:|',
    '| every pass | 1,000 | 2.00 GFLOP | 1.00 MiB | 2.00 MiB |',
    '| without `narrow` | 900 (-10.0 %) | 3.00 GFLOP (+50.0 %) | 1.00 MiB | 2.00 MiB |',
  ])
})

test('where steps were timed the least of each counts', () => {
  const text = tableText([{ without: undefined, figures, seconds: [2, 1.5] }, { without: 'hoist', figures, seconds: [3, 4] }])
  assert.match(text, /\| least seconds of a step \|\n/)
  assert.match(text, /\| 1\.500 s \|\n/)
  assert.match(text, /\| 3\.000 s \(\+100\.0 %\) \|$/)
})

test('wrong input is one sentence', async () => {
  assert.equal(await benchPasses(['--steps', 'many'], silent), E.left('--steps: wanted a whole number from 1 on.'))
  assert.equal(await benchPasses(['--config', 'tiny', '--program', 'stop'], silent), E.left("There is no training program 'stop'; there is step."))
  assert.ok(E.isLeft(await benchPasses(['--fast'], silent)))
})

test.run()
