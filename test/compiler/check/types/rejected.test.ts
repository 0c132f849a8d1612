// Every file that must not compile says at its end what the checker makes of it: number, stretch, sentence, and the places it refers to.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { typeCodes } from '../../../../compiler/check/types/index.ts'
import { covered, findingsIn, programOf, rejected, rejectedFiles, sayings } from './project.ts'
import { generator } from './random.ts'

const files = rejectedFiles()
const names = (sentence: string): readonly string[] => (sentence.match(/'[^']*'|\w+/g) ?? []).slice().sort()

const program = programOf(new Map(files))
for (const [name, text] of files) {
  test(`says: ${name}`, () => {
    const expected = text.split('\n').filter(line => /^\/\/ (says|see) /.test(line))
    assert.ok(expected.length > 0)
    const found = findingsIn(program, name)
    assert.equal(found.flatMap(sayings), expected)
    for (const { kind, code, related } of found) {
      assert.is(kind, 'type')
      assert.ok(code in typeCodes)
      for (const { span } of related) assert.ok(span.line >= 1 && span.column >= 1)
    }
  })
}

// TypeScript orders a union by whatever was checked first. Neither that, nor the order in which a union is written, may change what is said.
const { seed, shuffled } = generator()

const allAxes = [...new Set(files.flatMap(([, text]) => text.match(/'\w+'/g) ?? []))]
const permuted = (text: string): string => text.replace(/'\w+'(?: \| '\w+')+/g, union => shuffled(union.split(' | ')).join(' | '))

test(`other files change no sentence (seed ${seed})`, () => {
  const prelude = `import type { Tensor } from '../../../compiler/language/index.ts'\n${shuffled(allAxes).map((axis, i) => `export declare const x${i}: Tensor<${axis} | ${shuffled(allAxes)[0]}>`).join('\n')}\n`
  const mixed = programOf(new Map([['0-prelude.ts', prelude], ...shuffled(files)]))
  assert.equal(findingsIn(mixed, '0-prelude.ts'), [])
  for (const [name] of shuffled(files)) assert.equal(findingsIn(mixed, name), findingsIn(program, name), name)
})

test(`the order of a union changes only the order of axes (seed ${seed})`, () => {
  const texts = new Map(files.map(([name, text]) => [name, permuted(text)]))
  const other = programOf(texts)
  for (const [name, text] of files) {
    const [before, after] = [findingsIn(program, name), findingsIn(other, name)]
    assert.equal(after.map(({ code }) => code), before.map(({ code }) => code), name)
    before.forEach((finding, i) => {
      const same = after[i]
      assert.ok(same)
      assert.equal(names(same.sentence), names(finding.sentence), name)
      assert.is(permutedBack(covered(texts.get(name) ?? '', same)), permutedBack(covered(text, finding)), name)
      assert.equal(same.related.map(({ span }) => span.file), finding.related.map(({ span }) => span.file))
    })
  }
})

const permutedBack = (text: string): string => text.replace(/'\w+'(?: \| '\w+')+/g, union => union.split(' | ').sort().join(' | '))

test('the folder of rejected files is the one that is checked', () => assert.ok(files.length >= 69 && rejected.endsWith('test/types/rejected/')))

test.run()
