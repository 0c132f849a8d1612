import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Finding } from '../../../../compiler/check/finding.ts'
import { settle } from '../../../../compiler/check/lints/index.ts'

const file = '/model.ts'
const lint = (code: string, line: number): Finding => ({ kind: 'lint', code, span: { file, line, column: 3 }, sentence: 'something', related: [] })
const settled = (text: string, findings: readonly Finding[], judged: readonly string[] = [file]): readonly string[] =>
  settle(findings, { judged, read: name => (name === file ? text : undefined) }).map(({ code, span }) => `${code} ${span.line}`)

test('a reason on the line or above it silences that lint there and nowhere else', () => {
  assert.equal(settled('const x = div(a, b) // axle-allow AX056: b counts from one\n', [lint('AX056', 1)]), [])
  assert.equal(settled('// axle-allow AX056: b counts from one\nconst x = div(a, b)\nconst y = div(a, c)\n', [lint('AX056', 2), lint('AX056', 3), lint('AX053', 2)]), ['AX056 3', 'AX053 2'])
})
test('several reasons stand above one line', () => {
  assert.equal(settled('// axle-allow AX056: one\n  // axle-allow AX053: two\n// and a remark\nf()\n', [lint('AX056', 4), lint('AX053', 4)]), [])
})
test('without a reason nothing is silenced, and that is said', () => {
  assert.equal(settled('// axle-allow AX056:\nf()\n', [lint('AX056', 2)]), ['AX056 2', 'AX060 1'])
  assert.equal(settled('// axle-allow AX056\nf()\n', [lint('AX056', 2)]), ['AX056 2', 'AX060 1'])
})
test('what explains nothing is said: no such finding, no such lint, no number', () => {
  assert.equal(settled('// axle-allow AX056: once there was a division here\nf()\n', []), ['AX061 1'])
  assert.equal(settled('// axle-allow AX999: why\n// axle-allow whatever\nf()\n', []), ['AX061 1', 'AX061 2'])
})
test('files that were not checked as a whole are not judged, but believed', () => {
  assert.equal(settled('// axle-allow AX056: elsewhere\nf()\n', [], []), [])
  assert.equal(settled('// axle-allow AX056: elsewhere\nf()\n', [lint('AX056', 2)], []), [])
})
test('only lints are silenced, and not those about explanations', () => {
  assert.equal(settled('// axle-allow AX021: never mind\nf()\n', [{ ...lint('AX021', 2), kind: 'size' }]), ['AX021 2', 'AX061 1'])
  assert.equal(settled('f() // axle-allow AX061: yes\n', []), ['AX061 1'])
})
test.run()
