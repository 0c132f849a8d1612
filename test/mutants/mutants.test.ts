// A handful of slips through the whole machinery, each with what must come of it; `npm run mutants` does it with hundreds.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Judged } from './judge.ts'
import { kinds, type Kind, type Mutant } from './mutant.ts'
import { goalsOf, tableOf } from './report.ts'
import { openChecker, sampleOf } from './run.ts'

const checker = await openChecker(1, ['tiny'])
const all = checker.mutants

test('every kind has mutants, each at the place that it says', () => {
  for (const kind of kinds) assert.ok(all.some(each => each.kind === kind), kind)
  for (const { file, start, end, before, after, line, column } of all) {
    const text = checker.textOf(file)
    assert.is(text.slice(start, end), before)
    assert.is.not(before, after)
    assert.is(text.split('\n').slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1, start)
  }
})

test('a sample is a function of its seed', () => {
  assert.equal(sampleOf(all, 3, 7), sampleOf(all, 3, 7))
  assert.is.not(JSON.stringify(sampleOf(all, 3, 7)), JSON.stringify(sampleOf(all, 3, 8)))
  assert.ok(sampleOf(all, 3, 7, 'key reused').every(({ kind }) => kind === 'key reused'))
})

const only = (kind: Kind, file: string, is: (mutant: Mutant) => boolean): Mutant => {
  const found = all.find(each => each.kind === kind && each.file === file && is(each))
  if (found === undefined) throw new Error(`no mutant '${kind}' in ${file}`)
  return found
}

const judged: Judged[] = []
const fateOf = async (kind: Kind, file: string, is: (mutant: Mutant) => boolean): Promise<Judged> => {
  const result = await checker.check(only(kind, file, is))
  judged.push(result)
  return result
}

test('a rename dropped is caught by types, at the operation that misses the axis', async () => {
  const { fate, changesShape } = await fateOf('rename dropped', 'models/layers/attention.ts', ({ before }) => before.includes('p.value'))
  assert.equal(fate.kind === 'caught' && { part: fate.part, nearness: fate.nearness, code: fate.finding.code }, { part: 'types', nearness: 'at', code: 'AX001' })
  assert.ok(changesShape)
})

test('a width that the heads do not divide is caught by sizes, which name the number', async () => {
  const { fate } = await fateOf('size in a configuration', 'models/albef/config.ts', ({ before, after }) => before === '48' && after === '49')
  assert.equal(fate.kind === 'caught' && { part: fate.part, nearness: fate.nearness, code: fate.finding.code }, { part: 'sizes', nearness: 'named', code: 'AX023' })
})

test('the same model with longer features is no mistake', async () => {
  const { fate, changesShape } = await fateOf('size in a configuration', 'models/albef/config.ts', ({ before, after, line }) => before === '16' && after === '32' && checker.textOf('models/albef/config.ts').split('\n')[line - 1]?.includes('embed') === true)
  assert.is(fate.kind, 'resized')
  assert.ok(changesShape)
})

test('a parameter that nothing uses is caught by a lint', async () => {
  const { fate } = await fateOf('parameter never used', 'models/albef/text.ts', ({ after }) => after.includes('kind: 2'))
  assert.equal(fate.kind === 'caught' && { part: fate.part, code: fate.finding.code }, { part: 'lints', code: 'AX051' })
})

test('terms of a sum in the other order are the same program', async () => {
  const { fate } = await fateOf('operands swapped', 'models/albef/contrast.ts', ({ before }) => before === 'imageToText.loss, textToImage.loss')
  assert.is(fate.kind, 'same')
})

test('the other queue has the same axes: it escapes, and changes no shape', async () => {
  const { fate, changesShape } = await fateOf('operand of another tower', 'models/albef/step.ts', ({ before, line }) => before === 'image' && checker.textOf('models/albef/step.ts').split('\n')[line - 1]?.includes('write(') === true)
  assert.is(fate.kind, 'escaped')
  assert.not(changesShape)
})

test('the table and the goals count what was judged', () => {
  assert.equal(goalsOf(judged), { shapeChanging: 3, escaped: 0, caught: 3, exact: 3, reached: true })
  assert.match(tableOf(judged), /\*\*all\*\* \| 6 \| 1 \| 1 \| 1 \| 1 \| 1 \|/)
})

test.after(() => checker.close())
test.run()
