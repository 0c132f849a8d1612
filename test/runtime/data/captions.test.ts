import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { preCaption, preQuestion } from '../../../runtime/data/captions.ts'
import { goldenPairs, goldenText } from './golden.ts'

const reference: Record<string, unknown> = JSON.parse(goldenText('text_preprocess.json'))

const cases = [
  ['pre_caption_30', (text: string) => preCaption(text)],
  ['pre_caption_5', (text: string) => preCaption(text, 5)],
  ['pre_question_30', (text: string) => preQuestion(text)],
  ['pre_question_50', (text: string) => preQuestion(text, 50)],
] as const

for (const [name, clean] of cases)
  test(`${name} is as in the official code`, () => {
    const pairs = goldenPairs(reference[name])
    assert.ok(pairs.length > 10)
    for (const [input, expected] of pairs) assert.is(clean(input), expected, JSON.stringify(input))
  })

test('white space is that of Python: separators of files count, a byte order mark does not', () => {
  assert.is(preCaption('a\x1c\x1cb'), 'a b')
  assert.is(preCaption('a\ufeff\ufeffb'), 'a\ufeff\ufeffb')
})

test.run()
