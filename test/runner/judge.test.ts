import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { judge } from '../run.mjs'

const counts = (total: number, passed: number, skipped = 0): string =>
  `• •   (${passed} / ${total})\n\n  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   ${skipped}\n  Duration:  1.25ms\n`

test('counts what passed and what failed', () => {
  assert.equal(judge({ code: 0, signal: null, output: counts(12, 12) }), { passed: 12, failed: 0 })
  assert.equal(judge({ code: 1, signal: null, output: counts(12, 9) }), { passed: 9, failed: 3 })
})

test('adds up several reports', () => {
  assert.equal(judge({ code: 0, signal: null, output: counts(2, 2) + counts(3, 3) }), { passed: 5, failed: 0 })
})

test('a run that tests nothing is a failure', () => {
  assert.is(judge({ code: 0, signal: null, output: '' }).failed, 1)
  assert.is(judge({ code: 0, signal: null, output: counts(0, 0) }).failed, 1)
})

test('a crash after the last test is a failure', () => {
  assert.equal(judge({ code: 7, signal: null, output: counts(4, 4) }), { passed: 4, failed: 1, reason: 'exited with code 7, though no test of it failed' })
  assert.equal(judge({ code: null, signal: 'SIGSEGV', output: 'half a line' }), { passed: 0, failed: 1, reason: 'was ended by SIGSEGV' })
})

test('a test left out is a failure', () => {
  assert.is(judge({ code: 0, signal: null, output: counts(1, 1, 5) }).failed, 1)
})

test.run()
