import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as t from 'io-ts'
import { array, run, scalar, vmap, type Tensor } from '../../../compiler/language/index.ts'
import { alphaAt, rateAt } from '../../../models/albef/choices.ts'
import { base, type Schedule } from '../../../models/albef/config.ts'
import { goldenJson } from './golden.ts'

const Tasks = t.record(t.string, t.type({
  schedule: t.type({ sched: t.literal('cosine'), lr: t.number, epochs: t.number, min_lr: t.number, warmup_lr: t.number, warmup_epochs: t.number }),
  iterations_per_epoch: t.number,
  rows: t.array(t.tuple([t.number, t.number, t.number, t.union([t.number, t.null])])),
}))

const tasks = goldenJson('lr_schedule.json', Tasks)

/** Values of a schedule at some steps of a run of `horizon` steps. */
const at = (f: (clock: { readonly step: Tensor<never, 'i32'>; readonly horizon: Tensor<never, 'i32'> }) => Tensor, horizon: number, steps: readonly number[]): readonly number[] =>
  run((given: Tensor<'row', 'i32'>) => vmap('row', (step: Tensor<never, 'i32'>) => f({ step, horizon: scalar(horizon, 'i32') }))(given))(array({ row: steps.length }, steps, 'i32')).data

const close = (found: number, wanted: number, what: string): void => {
  assert.ok(Math.abs(found - wanted) <= 1e-6 * Math.abs(wanted), `${what}: ${found}, wanted ${wanted}`)
}

test('every task of the official code is here', () => {
  assert.equal(Object.keys(tasks).sort(), ['Grounding', 'NLVR', 'NLVR_pretrain', 'Pretrain', 'Retrieval_coco', 'Retrieval_flickr', 'VE', 'VQA'])
})

for (const [name, { schedule, iterations_per_epoch: epoch, rows }] of Object.entries(tasks)) {
  const { lr: peak, min_lr: last, warmup_lr: first, warmup_epochs: stairs, epochs } = schedule
  const ours: Schedule = { kind: 'staircase', first, peak, last, warmup: 100 * stairs, steps: epochs * epoch, epoch }
  const steps = rows.map(([epochOf, iteration]) => epochOf * epoch + iteration)

  test(`${name}: the staircase gives the learning rate of the official run at each of ${rows.length} steps`, () => {
    assert.ok(rows.length >= 5)
    const rates = at(clock => rateAt(ours, clock), ours.steps, steps)
    rows.forEach(([epochOf, iteration, rate], i) => close(rates[i] ?? Number.NaN, rate, `epoch ${epochOf}, iteration ${iteration}`))
  })

  const alphas = rows.map(row => row[3])
  if (alphas.every(alpha => alpha === null)) continue
  test(`${name}: alpha is that of the official run at each step`, () => {
    const ramp = alphas[0] === 0 ? epoch : 0
    const found = at(({ step, horizon }) => alphaAt({ alpha: 0.4, ramp }, { step, horizon }), ours.steps, steps)
    alphas.forEach((alpha, i) => close(found[i] ?? Number.NaN, alpha ?? Number.NaN, `row ${i}`))
  })
}

const official: Schedule = { ...base.schedule, epoch: 500, steps: 2000 }

// A first epoch of 500 iterations ends in the fifth of twenty stairs; the second begins with the cosine of one of four epochs.
test('a first epoch shorter than the warm-up jumps from its stair to the cosine, as the official scheduler is called', () => {
  const [lastOfFirst = Number.NaN, second = Number.NaN, fourth = Number.NaN] = at(clock => rateAt(official, clock), 2000, [499, 500, 1999])
  close(lastOfFirst, 1e-5 + 4 * 4.5e-6, 'step 499')
  close(second, 1e-5 + 4.5e-5 * (1 + Math.cos(Math.PI / 4)), 'step 500')
  close(fourth, 1e-5 + 4.5e-5 * (1 + Math.cos((3 * Math.PI) / 4)), 'step 1999')
})

test('linear rises step by step from the first rate to the peak, then falls by a cosine to the last, and stays there', () => {
  const schedule: Schedule = { kind: 'linear', first: 1e-5, peak: 1e-4, last: 2e-5, warmup: 1000, steps: 5000, epoch: 1 }
  const steps = [0, 1, 250, 999, 1000, 1001, 3000, 4999, 5000, 6000]
  const rates = at(clock => rateAt(schedule, clock), 5000, steps)
  const wanted = (step: number): number => (step < 1000 ? 1e-5 + (step / 1000) * 9e-5 : 2e-5 + 4e-5 * (1 + Math.cos(Math.PI * Math.min(1, (step - 1000) / 4000))))
  steps.forEach((step, i) => close(rates[i] ?? Number.NaN, wanted(step), `step ${step}`))
  close(rates[4] ?? Number.NaN, 1e-4, 'the peak')
  close(rates[8] ?? Number.NaN, 2e-5, 'the end')
})

test('linear without warm-up begins at the peak', () => {
  const [start = Number.NaN] = at(clock => rateAt({ ...official, kind: 'linear', warmup: 0 }, clock), 100, [0])
  close(start, 1e-4, 'step 0')
})

test.run()
