// What devices exchange, by purpose, and how long a step takes on a machine with round figures: against sums done by hand.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { costOf, meshCostOf, meshCostText, type Machine } from '../../../../compiler/check/cost/index.ts'
import { exchangesOf } from '../../../../compiler/check/cost/exchange.ts'
import { predict } from '../../../../compiler/check/cost/predict.ts'
import { buffer, dot, erase, input, mapTrees, mean, mul, normal, param, rename, sub, tanh, trace, valueAndGrad, write, zero, zeros, type Of } from '../../../../compiler/language/index.ts'
import { task } from '../../../../models/albef/pretrain.ts'

/** Takes no time for anything. */
const free: Machine = {
  name: 'free', devices: 8,
  products: { flops: 1e30, efficiency: 1 }, memory: { bytes: 1e6, bandwidth: 1e30, efficiency: 1 }, link: { bandwidth: 1e30, efficiency: 1, latency: 0 }, start: 0,
}
const near = (found: number, wanted: number): void => assert.ok(Math.abs(found / wanted - 1) < 1e-9, `${found}, wanted ${wanted}`)

const [examples, hidden, inner, slots] = [32, 16, 8, 64]
const state = { weight: param({ hidden, inner }, normal(1)), queue: buffer({ slot: slots, inner }, 'f32', zeros), next: buffer({}, 'i32', zero) }
const batch = { x: input({ example: examples, hidden }) }
const definition = erase({
  state, batch,
  shard: { example: 'data' },
  mesh: { data: 4 },
  step: (now: Of<typeof state>, { x }: Of<typeof batch>) => {
    const features = (weight: typeof now.weight) => tanh(dot('hidden', x, weight))
    const { value, grad } = valueAndGrad((p: { readonly weight: typeof now.weight }) => mean('example', mean('inner', features(p.weight))))({ weight: now.weight })
    const trained = mapTrees((old, g) => sub(old, mul(g, 0.1)), { weight: now.weight }, grad)
    return [{ ...now, ...trained, queue: write('slot', now.queue, now.next, rename(features(now.weight), { example: 'slot' })) }, { loss: value }] as const
  },
})
const { state: leaves, programs } = trace(definition)
const step = programs.find(({ name }) => name === 'step')
if (step === undefined) throw new Error('no step')

test('gradients, rows for a buffer and bytes sent in a ring', () => {
  const found = exchangesOf(step, leaves)
  const rows = examples * inner * 4
  const [queue, ...more] = found.filter(({ purpose }) => purpose === 'queue rows')
  assert.equal([queue?.kind, queue?.bytes, queue?.sent, more.length], ['allGather', rows, (rows * 3) / 4, 0])
  const gradients = found.filter(({ purpose }) => purpose === 'gradients')
  assert.equal(gradients.map(({ kind }) => kind), ['allReduce'])
  const bytes = gradients[0]?.bytes ?? 0
  // A loss may travel in the same bucket.
  assert.ok(bytes >= hidden * inner * 4 && bytes <= hidden * inner * 4 + 8, `${bytes}`)
  assert.is(gradients[0]?.sent, (2 * bytes * 3) / 4)
  assert.ok(found.every(({ line }) => /^test\/compiler\/check\/cost\/mesh\.test\.ts:\d+$/.test(line)), found.map(({ line }) => line).join())
})

test('each part of the prediction is its part of the machine', () => {
  assert.ok(predict(step, free).exchanging < 1e-20)
  const sent = exchangesOf(step, leaves).reduce((total, each) => total + each.sent, 0)
  near(predict(step, { ...free, link: { bandwidth: 200, efficiency: 0.5, latency: 0 } }).exchanging, sent / 100)
  const messages = exchangesOf(step, leaves).reduce((total, { kind }) => total + (kind === 'allReduce' ? 6 : 3), 0)
  near(predict(step, { ...free, link: { ...free.link, latency: 0.5 } }).exchanging, messages / 2)
  // The product forward, and for the weight; a device has a quarter of the examples.
  const flops = 2 * 2 * (examples / 4) * hidden * inner
  near(predict(step, { ...free, products: { flops: 100, efficiency: 0.5 } }).products, flops / 50)
  const short = trace(definition, { precision: 'bf16' }).programs.find(({ name }) => name === 'step')
  assert.ok(short)
  near(predict(short, { ...free, products: { flops: 100, bf16: 400, efficiency: 0.5 } }).products, flops / 200)
  near(predict(step, { ...free, products: { flops: 100, bf16: 400, efficiency: 0.5 } }).products, flops / 50)
  const started = predict(step, { ...free, start: 1 })
  assert.ok(Number.isInteger(started.computing) && started.computing > 5, `${started.computing}`)
})

test('what overlaps takes no longer than one after the other, and no less than either', () => {
  for (const latency of [0, 0.1, 1, 10]) {
    const { computing, exchanging, overlapped } = predict(step, { ...free, start: 1, link: { ...free.link, latency } })
    assert.ok(overlapped >= Math.max(computing, exchanging) - 1e-9 && overlapped <= computing + exchanging + 1e-9, `${latency}: ${overlapped} of ${computing} and ${exchanging}`)
    if (latency === 10) assert.ok(overlapped > computing, 'the last sum is waited for')
  }
})

test('pre-training in groups: gradients and queue rows; with one group others too', () => {
  const purposes = (changes: Readonly<Record<string, number>>) => {
    const job = task.configs['tiny']?.({ batch: 8, ...changes })
    assert.ok(job)
    const traced = trace({ ...job.definition, mesh: { data: 4 } })
    const program = traced.programs.find(({ name }) => name === 'step')
    assert.ok(program)
    return exchangesOf(program, traced.state).map(({ purpose }) => purpose)
  }
  assert.equal(purposes({ groups: 4, anchors: 2 }), ['queue rows', 'queue rows', 'gradients'])
  assert.ok(purposes({ groups: 1, anchors: 8 }).includes('others'))
})

test('the text says what fits', () => {
  const cost = costOf(step, leaves)
  const text = (bytes: number): string => meshCostText(meshCostOf(step, leaves, cost, { data: 4 }, { ...free, memory: { ...free.memory, bytes } }), cost)
  assert.match(text(1e6), /^each device of data=4$/m)
  assert.match(text(1e6), /the state \(.*\) and the planned peak \(.*\) fit into/)
  assert.match(text(cost.state), /the state \(.*\) fits into .*, the planned peak \(.*\) does not/)
  assert.match(text(10), /do not fit into/)
})

test.run()
