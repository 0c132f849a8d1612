import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bytesFrom, bytesText, costLine, costOf, costText, flopsText } from '../../../../compiler/check/cost/index.ts'
import { trace, traceAsWritten } from '../../../../compiler/language/compile.ts'
import { add, buffer, dot, input, mapTrees, mean, mul, normal, param, relu, sub, sumAll, tanh, valueAndGrad, zeros, erase, type Of } from '../../../../compiler/language/index.ts'
import { nodesOf } from '../../../../compiler/program/program.ts'
import { task } from '../../../../models/albef/pretrain.ts'

const KiB = 1024
const batch = { x: input({ batch: 64, hidden: 128 }) }
const state = { weight: param({ hidden: 128, inner: 256 }, normal(0.02)), out: param({ inner: 256 }, normal(0.02)), idle: buffer({ slot: 512 }, 'f32', zeros) }
type State = Of<typeof state>
const descend = (now: State, { x }: Of<typeof batch>) => {
  const p = { weight: now.weight, out: now.out }
  const { value, grad } = valueAndGrad((q: typeof p) => mean('batch', dot('inner', tanh(dot('hidden', x, q.weight)), q.out)))(p)
  return [{ ...now, ...mapTrees((old, g) => sub(old, mul(g, 0.1)), p, grad) }, { loss: value }] as const
}
const definition = erase({ state, batch, step: descend })
const stepOf = (traced: ReturnType<typeof trace>) => {
  const program = traced.programs.find(({ name }) => name === 'step')
  assert.ok(program)
  return costOf(program, traced.state)
}

test('FLOPs, parameters and what is kept of a small step are those counted by hand', () => {
  const cost = stepOf(trace(definition))
  const product = 2 * 64 * 128 * 256
  // Forward and for the weight; x takes no gradient.
  assert.ok(cost.total.flops > 2 * product && cost.total.flops < 2.2 * product, flopsText(cost.total.flops))
  assert.ok(cost.total.backward > product && cost.total.backward < 1.1 * product)
  assert.is(cost.total.parameters, 128 * 256 + 256)
  // The result of tanh is what its gradient, and that of `out`, is computed from.
  assert.is(cost.total.kept, 64 * 256 * 4)
  assert.is(cost.state, (128 * 256 + 256 + 512) * 4)
})
test('the peak is the state, the batch, and what is alive at once', () => {
  const { peak, alive, state: bytes } = stepOf(trace(definition))
  const [inputs, inner, weight] = [64 * 128 * 4, 64 * 256 * 4, 128 * 256 * 4]
  // At the gradient of the weight: the gradient itself, and the cotangent behind tanh.
  assert.ok(peak.bytes >= bytes + inputs + weight + inner, bytesText(peak.bytes))
  assert.ok(peak.bytes <= bytes + inputs + weight + 3 * inner, bytesText(peak.bytes))
  assert.is(alive.reduce((total, each) => total + each.bytes, 0), peak.bytes)
  assert.is(alive.find(({ name }) => name === 'inputs')?.bytes, inputs)
})
test('element-wise results take over operands that nobody reads again, and views take no memory', () => {
  const long = { x: input({ row: 256 * KiB }) }
  const value = { total: buffer({}, 'f32', zeros) }
  const chain = (depth: number) => stepOf(trace(erase({
    state: value, batch: long,
    step: (now: Of<typeof value>, { x }: Of<typeof long>) => [{ total: add(now.total, sumAll(Array.from({ length: depth }, (_, i) => i).reduce((y, i) => relu(tanh(add(y, i))), x))) }, {}] as const,
  })))
  assert.is(chain(9).peak.bytes, chain(2).peak.bytes)
  // The batch and one result; the running total before and after, and the sum, are a number each.
  assert.is(chain(2).peak.bytes - (chain(2).peak.bytes % KiB), 2 * KiB * KiB)
})
test('every part of a line or scope is in the total', () => {
  const { lines, scopes, total } = stepOf(trace(definition))
  for (const part of ['flops', 'backward', 'parameters', 'kept'] as const) for (const parts of [lines, scopes]) assert.is(parts.reduce((sum, each) => sum + each[part], 0), total[part], part)
  assert.match(lines[0]?.name ?? '', /^test\/compiler\/check\/cost\/cost\.test\.ts:\d+$/)
})
test('tiny as written costs what its nodes cost, and has as many parameters as the recorded model', () => {
  const job = task.configs['tiny']?.()
  assert.ok(job)
  const written = traceAsWritten(job.definition).programs.find(({ name }) => name === 'step')
  assert.ok(written)
  const cost = stepOf(trace(job.definition))
  assert.is(cost.total.parameters, 171_591)
  assert.ok(cost.total.flops < nodesOf(written).reduce((sum, node) => sum + node.rules.cost(node), 0))
})
test('tables are aligned, the dearest first, and say how much is left out', () => {
  const cost = stepOf(trace(definition))
  const lines = costText(cost, 1).split('\n')
  assert.is(lines[0], costLine(cost))
  assert.match(lines[2] ?? '', /^line +FLOPs +backward +parameters +kept$/)
  assert.is(lines[3]?.indexOf('FLOP'), (lines[2]?.indexOf('FLOPs') ?? 0) + 1)
  assert.match(lines[4] ?? '', /^… and \d+ more$/)
})
test('amounts of memory are read and written', () => {
  assert.equal(['24GiB', '500 MB', '8G', '1e9', '1.5 kib'].map(bytesFrom), [24 * 2 ** 30, 5e8, 8 * 2 ** 30, 1e9, 1536])
  assert.equal(['', 'GiB', '5 apples', '-1', '0', 'infinity'].map(bytesFrom), Array.from({ length: 6 }, () => undefined))
  assert.equal([bytesText(0), bytesText(1536), bytesText(2.5 * 2 ** 30), flopsText(1.19e12)], ['0 B', '1.50 KiB', '2.50 GiB', '1.19 TFLOP'])
})
test.run()
