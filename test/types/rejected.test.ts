// Files with one typical mistake each: tsc must find it, at the place and with the words that the first line of the file names.
// Files of correct code beside them must compile.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { diagnose, filesOf } from './diagnostics.ts'

const rejected = filesOf('rejected')
const accepted = filesOf('accepted')
const diagnosticsOf = diagnose([...rejected, ...accepted])

/** `// expect LINE:COLUMN words that the message holds`. */
const expectationOf = (file: string): { readonly place: string; readonly words: readonly string[] } => {
  const [first = ''] = readFileSync(file, 'utf8').split('\n')
  const [, place, words] = /^\/\/ expect (\d+:\d+) (.+)$/.exec(first) ?? []
  if (place === undefined || words === undefined) throw new Error(`${file}: the first line says no expected place and words`)
  return { place, words: words.split(' ') }
}

for (const file of rejected) {
  test(`does not compile: ${basename(file)}`, () => {
    const { place, words } = expectationOf(file)
    const found = diagnosticsOf(file)
    assert.equal(found.map(({ line, column }) => `${line}:${column}`), [place], found.map(({ text }) => text).join('\n'))
    const said = new Set((found[0]?.text ?? '').match(/\w+/g))
    assert.equal(words.filter(word => !said.has(word)), [], found[0]?.text)
  })
}

for (const file of accepted) {
  test(`compiles: ${basename(file)}`, () => {
    assert.match(readFileSync(file, 'utf8'), /^export const/m)
    assert.equal(diagnosticsOf(file), [])
  })
}

test('there are both kinds of files', () => {
  assert.ok(rejected.length >= 28 && accepted.length > 0)
})

test.run()
