import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bernoulli, buffer, dropout, evaluation, fold, gaussian, input, itself, uniform, vmap, type Key, type Of, type Tensor } from '../../../../compiler/language/index.ts'
import { found, standAt } from './support.ts'

const at = standAt(import.meta.url)
const batch = { x: input({ batch: 4, hidden: 3 }) }
const state = { key: buffer({}, 'key', itself) }
const reused = (run: (key: Key, x: Tensor<'batch' | 'hidden'>) => unknown) =>
  found({ state, batch, step: (now: Of<typeof state>) => [now, {}] as const, evaluate: { run: evaluation(state, batch, ({ key }: Of<typeof state>, { x }: Of<typeof batch>) => ({ y: run(key, x) })) } }, 'AX053')

test('two draws from one key are found at the second, with the first', () => {
  const findings = reused(key => {
    const noise = uniform(key, { hidden: 3 }) // first
    return [noise, bernoulli(key, 0.5, { hidden: 2 })] // second
  })
  at(findings, 'second')
  at(findings.map(({ related: [first] }, _i, [finding]) => ({ ...(finding ?? { kind: 'lint', code: '', sentence: '', related: [] }), span: first?.span ?? { file: '', line: 0, column: 0 } })), 'first')
})
test('keys folded alike are one key, wherever they are folded', () => {
  at(reused((key, x) => [dropout(fold(key, 'a'), 0.5, x), dropout(fold(key, 'a'), 0.5, x)]), 'alike') // alike
})
test('a loop that draws from one key is found, once; one that folds it is not', () => {
  at(reused(key => [0, 1].map(() => gaussian(key))), 'loop') // loop
  assert.equal(reused(key => [0, 1].map(i => gaussian(fold(key, i)))), [])
})
test('different names, a draw beside a fold, and draws under vmap are fine', () => {
  assert.equal(reused((key, x) => [uniform(key), uniform(fold(key, 'a')), uniform(fold(key, 'b')), uniform(fold(fold(key, 'a'), 'b')), vmap('batch', (row: Tensor<'hidden'>) => dropout(fold(key, 'rows'), 0.5, row))(x)]), [])
})
test.run()
