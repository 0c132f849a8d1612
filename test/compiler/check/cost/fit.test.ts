import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { costOf, fit, fitText } from '../../../../compiler/check/cost/index.ts'
import { trace } from '../../../../compiler/language/compile.ts'
import { add, buffer, dot, erase, input, mean, param, quotient, sumAll, tanh, zeros, type Of } from '../../../../compiler/language/index.ts'

/** A step over a batch; a queue of `queue` rows must be a multiple of it. */
const at = (queue: number) => (batch: number) => {
  const inputs = { x: input({ batch, hidden: 64 }) }
  const state = { weight: param({ hidden: 64, inner: 64 }, zeros), queue: buffer({ slot: quotient('queue', queue, 'batch', batch) * batch }, 'f32', zeros), total: buffer({}, 'f32', zeros) }
  const step = (now: Of<typeof state>, { x }: Of<typeof inputs>) => [{ ...now, total: add(now.total, sumAll(mean('batch', tanh(dot('hidden', x, now.weight))))) }, {}] as const
  return erase({ state, batch: inputs, step })
}
const peakAt = (queue: number, batch: number): number => {
  const { state, programs } = trace(at(queue)(batch))
  return Math.max(...programs.filter(({ name }) => name === 'step').map(program => costOf(program, state).peak.bytes))
}
const anyBatch = 5040 * 11 * 13 * 17

test('the largest batch that fits is found by few traces, and the next possible one does not', () => {
  for (const batch of [1, 9, 36]) {
    const found = fit(at(5040), ['step'], peakAt(5040, batch), 2)
    assert.is(found.best?.batch, batch)
    assert.ok(found.exact)
    assert.ok((found.beyond?.peak ?? 0) > found.budget)
    assert.ok(found.traces <= 12, `${found.traces} traces`)
  }
  assert.is(fit(at(5040), ['step'], peakAt(5040, 36), 2).beyond?.batch, 40)
})
test('where nothing fits, or everything, that is said', () => {
  const none = fit(at(anyBatch), ['step'], 1000, 4)
  assert.is(none.best, undefined)
  assert.match(fitText(none), /^no batch fits into 1000 B: a batch of 1 takes /)
  const all = fit(at(6), ['step'], 2 ** 40, 2)
  assert.is(all.best?.batch, 6)
  assert.is(all.beyond, undefined)
})
test.run()
