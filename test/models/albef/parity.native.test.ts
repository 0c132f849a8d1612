import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HostArray } from '../../../runtime/backends/backend.ts'
import { judge, type Report } from '../../../runtime/parity/judge.ts'
import { readRecorded, type RecordedRun } from '../../../runtime/parity/recorded.ts'
import { replay, type Arrays, type Replay } from '../../../runtime/parity/replay.ts'
import { passes, reportText } from '../../../runtime/parity/report.ts'
import { loadParityTask, type ParityTask } from '../../../runtime/parity/task.ts'

const pathOf = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

// One replay serves all tests: they change what it is compared with, or what it made.
const replayed = await pipe(
  readRecorded(pathOf('test/golden/tiny/pretrain')),
  TE.bindTo('run'),
  TE.bind('task', ({ run }) => loadParityTask(pathOf('models/albef/parity.ts'), run.config)),
  TE.bind('found', ({ run, task }) => replay(run, task)),
)()
if (E.isLeft(replayed)) throw new Error(replayed.left)
const { run, task, found }: { readonly run: RecordedRun; readonly task: ParityTask; readonly found: Replay } = replayed.right

const outOf = ({ groups }: Report): readonly (readonly [string, string])[] => groups.flatMap(({ group, out }) => out.map(({ name }) => [group, name] as const))

const changed = (arrays: Arrays, name: string, change: (data: HostArray) => HostArray): Arrays => {
  const data = arrays.get(name)
  if (data === undefined) throw new Error(`there is no '${name}'`)
  return new Map([...arrays, [name, change(data)]])
}

const nudged = (place: number, by: number) => (data: HostArray): HostArray => data.map((x, i) => (i === place ? x + by : x))

test('five official steps are replayed: every intermediate, gradient, loss and tensor of the state within its tolerance', () => {
  const report = judge(run, task, found)
  assert.equal(outOf(report), [], reportText(report))
  assert.equal(report.groups.map(({ group, compared }) => [group, compared]), [
    ['intermediates of step 0', 43],
    ['gradients of step 0', 131],
    ['state after one step', 262],
    ['losses of every step', 20],
    ['norms after five steps', 246],
  ])
  assert.ok(passes(report))
  assert.equal(report.skipped, [])
  assert.equal([...report.draws].sort(), ['raw_masked_bernoulli', 'raw_random_bernoulli', 'raw_random_words', 'raw_replace_bernoulli'])
})

test('norms that noise decides are left out: those of key biases, and of fused biases that hold one', () => {
  const { normsSkipped } = judge(run, task, found)
  assert.is(normsSkipped.length, 16)
  for (const name of normsSkipped) assert.match(name, /(self\.key|attn\.qkv)\.bias$/)
})

test('a folder without recorded noise, without the teacher after the step and without norms is compared all the same', () => {
  const state1 = new Map([...run.state1].filter(([name]) => !/^\w+_m\./.test(name)))
  const bare: RecordedRun = { ...run, state1, noise: { step0: undefined, grads0: undefined, state1: undefined }, checksums: undefined, losses: { float32: run.losses.float32, float64: undefined } }
  const report = judge(bare, task, found)
  assert.equal(outOf(report), [], reportText(report))
  assert.equal(report.groups.map(({ compared }) => compared), [43, 131, 262, 20])
  assert.ok(report.measured > 160, `${report.measured}`)
})

const weight = 'text_encoder.bert.encoder.layer.1.output.dense.weight'

test('one number of the state that is wrong by 1e-3 is found out', () => {
  for (const name of [weight, 'visual_encoder_m.blocks.1.attn.qkv.bias', 'image_queue', 'text_encoder.bert.encoder.layer.0.attention.self.key.bias']) {
    const report = judge(run, task, { ...found, state: changed(found.state, name, nudged(7, 1e-3)) })
    assert.equal(outOf(report), [['state after one step', name]])
    assert.not(passes(report))
  }
  const pointer = judge(run, task, { ...found, state: changed(found.state, 'queue_ptr', nudged(0, 1)) })
  assert.equal(outOf(pointer), [['state after one step', 'queue_ptr']])
})

test('a recorded state that is wrong by 1e-3 is found out too', () => {
  const wrong = run.state1.get(weight)
  if (wrong?.dtype !== 'f32') throw new Error(`there is no '${weight}'`)
  const report = judge({ ...run, state1: new Map([...run.state1, [weight, { ...wrong, data: wrong.data.map((x, i) => (i === 0 ? x - 1e-3 : x)) }]]) }, task, found)
  assert.equal(outOf(report), [['state after one step', weight]])
})

test('a gradient, an intermediate and a loss that are slightly wrong are found out', () => {
  const report = judge(run, task, {
    ...found,
    gradients: changed(found.gradients, 'temp', data => data.map(x => x * 1.0001)),
    intermediates: changed(found.intermediates, 'vl_output', nudged(3, 1e-4)),
    metrics: found.metrics.map((metrics, step) => (step === 3 ? { ...metrics, lossWords: Float32Array.from(metrics['lossWords'] ?? [], x => x + 1e-3) } : metrics)),
  })
  assert.equal(outOf(report), [['intermediates of step 0', 'vl_output'], ['gradients of step 0', 'temp'], ['losses of every step', 'loss_mlm of step 3']])
})

test('one update too few in five is found out by the norms', () => {
  // The first step taken off the fifth state. A norm sees a single direction of each tensor, so some are lucky.
  const behind = ([name, data]: readonly [string, HostArray]): readonly [string, HostArray] => {
    const [before, after] = [run.state0.get(name)?.data, found.state.get(name)]
    return [name, data.map((x, i) => x - ((after?.[i] ?? Number.NaN) - (before?.[i] ?? Number.NaN)))]
  }
  const later = new Map([...(found.later ?? [])].map(behind))
  const students = outOf(judge(run, task, { ...found, later })).filter(([group, name]) => group === 'norms after five steps' && run.grads0.has(name))
  assert.ok(students.length > 100, `${students.length} of 123`)
})

test('a tensor that the model lacks is out', () => {
  const gradients = new Map([...found.gradients].filter(([name]) => name !== 'temp'))
  const [[group, name] = ['', '']] = outOf(judge(run, task, { ...found, gradients }))
  assert.is(group, 'gradients of step 0')
  assert.match(name, 'temp (there is none here, 1 recorded)')
})

test('the report is a table that says what is out and what was not compared', () => {
  const text = reportText(judge(run, task, { ...found, state: changed(found.state, weight, nudged(7, 1e-3)) }))
  assert.match(text, /^group +tensors +worst +tensor with the worst ratio of difference to tolerance\n/)
  assert.match(text, /\nintermediates of step 0 +43 +0\.\d\d +\S+ +ok\n/)
  assert.match(text, new RegExp(`\nstate after one step +262 +\\S+ +${weight.replaceAll('.', '\\.')} +1 out\n`))
  assert.match(text, `\nout, state after one step: ${weight}: differs by 1.00e-3, allowed `)
  assert.match(text, '\nnot compared (draws, replayed instead): raw_masked_bernoulli, ')
})

test.run()
