import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseJson } from '../../../runtime/data/json.ts'
import { decodePairs, readPairs } from '../../../runtime/data/schema.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'

const good = { image: 'a.png', caption: 'a cat' }

const reasonOf = (result: E.Either<string, unknown>): string => (E.isLeft(result) ? result.left : 'no error')

test('entries with one or several captions and further fields are accepted', () => {
  const entries = [good, { image: 'b.png', caption: ['x', 'y'], image_id: 7, concept: 'cat', style: 'drawn', other: [1] }]
  assert.equal(decodePairs(entries), E.right(entries))
})

const wrong: readonly (readonly [value: unknown, reason: string])[] = [
  [[good, { image: 'b.png', caption: 5 }], "entry 2: field 'caption': expected text or a list of texts, found 5"],
  [[{ image: 'b.png' }], "entry 1: field 'caption': expected text or a list of texts, found nothing"],
  [[{ image: 'b.png', caption: ['a', null] }], "entry 1: field 'caption': expected text or a list of texts, found a list whose item 2 is null"],
  [[{ image: 'b.png', caption: {} }], "entry 1: field 'caption': expected text or a list of texts, found an object"],
  [[good, good, { caption: 'a' }], "entry 3: field 'image': expected text, found nothing"],
  [[{ image: ['x'], caption: 'a' }], "entry 1: field 'image': expected text, found a list"],
  [[{ ...good, image_id: true }], "entry 1: field 'image_id': expected text or a number, found true"],
  [[{ ...good, concept: 3 }], "entry 1: field 'concept': expected text, found 3"],
  [
    [good, 'a very long text that stands where an entry should be'],
    'entry 2: expected an object with image and caption, found "a very long text that stands where a...',
  ],
  [[[good]], 'entry 1: expected an object with image and caption, found a list whose item 1 is an object'],
  [[null], 'entry 1: expected an object with image and caption, found null'],
  [{ a: 1 }, 'expected a list of entries, found an object'],
  [[], 'expected at least one entry, found an empty list'],
]

for (const [value, reason] of wrong) test(`is refused: ${reason}`, () => assert.is(reasonOf(decodePairs(value)), reason))

const broken: readonly (readonly [text: string, reason: string])[] = [
  ['', 'line 1, column 1: not valid JSON: expected a value, found the end of the file'],
  ['hello', "line 1, column 1: not valid JSON: expected a value, found 'hello'"],
  ['[\n  {"a": 1},\n  {"a": 2,}\n]', "line 3, column 11: not valid JSON: expected a name in double quotes, found '}'"],
  ['[1, 2', "line 1, column 6: not valid JSON: expected ',' or ']', found the end of the file"],
  ['[1 2]', "line 1, column 4: not valid JSON: expected ',' or ']', found '2]'"],
  ['{"a" 1}', "line 1, column 6: not valid JSON: expected ':', found '1}'"],
  ["{'a': 1}", "line 1, column 2: not valid JSON: expected a name in double quotes, found ''a': 1}'"],
  ['["a\nb"]', `line 1, column 2: not valid JSON: expected a text that is closed, without line breaks in it, found '"a'`],
  ['[] []', "line 1, column 4: not valid JSON: expected the end of the file, found '[]'"],
  ['[01]', "line 1, column 2: not valid JSON: expected a value, found '01]'"],
  ['[NaN]', "line 1, column 2: not valid JSON: expected a value, found 'NaN]'"],
]

for (const [text, reason] of broken) test(`${JSON.stringify(text)} is no JSON`, () => assert.is(reasonOf(parseJson(text)), reason))

test('what the engine parses is passed on', () => {
  const value = { a: [1, -2.5e3, 'x\u2028"\\', true, null, {}, []] }
  assert.equal(parseJson(JSON.stringify(value, undefined, 2)), E.right(value))
})

test('errors of files are one line that begins with the file', () =>
  inTemporaryFolder(async (folder) => {
    const file = join(folder, 'pairs.json')
    assert.is(reasonOf(await readPairs(file)()), `${file}: no such file`)
    assert.is(reasonOf(await readPairs(folder)()), `${folder}: is a folder, not a file`)
    writeFileSync(file, '[{"image": "a.png",\n "caption" "b"}]')
    assert.is(reasonOf(await readPairs(file)()), `${file}: line 2, column 12: not valid JSON: expected ':', found '"b"}]'`)
    writeFileSync(file, JSON.stringify([good, { ...good, caption: 5 }]))
    assert.is(reasonOf(await readPairs(file)()), `${file}: entry 2: field 'caption': expected text or a list of texts, found 5`)
    writeFileSync(file, `\ufeff${JSON.stringify([good])}`)
    assert.equal(await readPairs(file)(), E.right([good]))
  }))

test.run()
