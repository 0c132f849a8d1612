import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, bernoulli, buffer, dropout, evaluation, fold, gaussian, input, itself, uniform, vmap, zero, type Key, type Of, type Tensor } from '../../../../compiler/language/index.ts'
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
const stepping = (draw: (now: Of<typeof counted>, x: Tensor<'batch' | 'hidden'>) => readonly [Key, unknown]) =>
  found({ state: counted, batch, step: (now: Of<typeof counted>, { x }: Of<typeof batch>) => {
    const [next, y] = draw(now, x)
    return [{ key: next, count: add(now.count, 1) }, { y }] as const
  } }, 'AX053')
const counted = { key: buffer({}, 'key', itself), count: buffer({}, 'i32', zero) }

test('a draw from a key that no step changes is found: every step draws the same', () => {
  at(stepping(({ key }, x) => [key, dropout(fold(key, 'place'), 0.5, x)]), 'stays') // stays
  assert.equal(stepping(({ key, count }, x) => [key, dropout(fold(key, count), 0.5, x)]), [])
  assert.equal(stepping(({ key }, x) => [fold(key, 'next'), dropout(fold(key, 'place'), 0.5, x)]), [])
})
test.run()
