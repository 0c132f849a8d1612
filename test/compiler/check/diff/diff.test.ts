import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { diffOf, diffText } from '../../../../compiler/check/diff/index.ts'
import { trace } from '../../../../compiler/language/compile.ts'
import { dot, erase, evaluation, input, mapTrees, mean, mul, normal, param, sub, valueAndGrad, type Of } from '../../../../compiler/language/index.ts'

const model = (inner: number, more: 'nothing' | 'bias' | 'program') => {
  const batch = { x: input({ batch: 4, hidden: 8 }) }
  const state = { weight: param({ hidden: 8, inner }, normal(0.02)), ...(more === 'bias' ? { bias: param({ inner }, normal(0.02)) } : {}) }
  const step = (now: Of<typeof state>, { x }: Of<typeof batch>) => {
    const { value, grad } = valueAndGrad((p: { readonly weight: Of<typeof state>['weight'] }) => mean(['batch', 'inner'], dot('hidden', x, p.weight)))({ weight: now.weight })
    return [{ ...now, ...mapTrees((old, g) => sub(old, mul(g, 0.1)), { weight: now.weight }, grad) }, { loss: value }] as const
  }
  const features = evaluation(state, batch, (now: Of<typeof state>, { x }: Of<typeof batch>) => ({ feature: dot('hidden', x, now.weight) }))
  return trace(erase({ state, batch, step, evaluate: { features, ...(more === 'program' ? { again: features } : {}) } }))
}

test('no change is no text', () => assert.is(diffText(diffOf(model(16, 'nothing'), model(16, 'nothing'))), ''))
test('a resized parameter shows in the state, in the shapes of programs, and in their cost', () => {
  const text = diffText(diffOf(model(16, 'nothing'), model(32, 'nothing')))
  assert.match(text, /^state\n {2}~ {2}weight {2}param f32\[hidden 8, inner 16\] → param f32\[hidden 8, inner 32\]\n/)
  assert.match(text, /\n {2}~ {2}output feature {2}f32\[batch 4, inner 16\] → f32\[batch 4, inner 32\]\n/)
  assert.match(text, /\nstep: FLOPs .* → .* \(\+\d+\.\d %\), parameters 128 → 256 \(\+100\.0 %\)/)
})
test('a parameter and a program that come show as new, and going as gone', () => {
  assert.match(diffText(diffOf(model(16, 'nothing'), model(16, 'bias'))), /\n {2}\+ {2}bias {2}param f32\[inner 16\]\n/)
  assert.match(diffText(diffOf(model(16, 'bias'), model(16, 'nothing'))), /\n {2}- {2}bias {2}param f32\[inner 16\]\n/)
  assert.match(diffText(diffOf(model(16, 'nothing'), model(16, 'program'))), /^\+ program again\n$/)
  assert.match(diffText(diffOf(model(16, 'program'), model(16, 'nothing'))), /^- program again\n$/)
})
test('scopes are listed by how much they changed', () => {
  const [step] = diffOf(model(16, 'nothing'), model(32, 'nothing')).changes.filter(({ name }) => name === 'step')
  assert.ok(step && step.scopes.length > 0)
  const moved = step.scopes.map(({ before, after }) => Math.abs(after.flops - before.flops))
  assert.equal(moved, [...moved].sort((a, b) => b - a))
})
test.run()
