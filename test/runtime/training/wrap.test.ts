import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { textWidth, wrapText } from '../../../runtime/training/wrap.ts'

test('breaks at spaces, and inside a word only where it is longer than a line', () => {
  assert.equal(wrapText('a bicycle and a rider', 7, 5), ['a bicycle', 'and a rider'])
  assert.equal(wrapText('aaaaaaaaaa bb', 3, 9).join('').replace(/ /g, ''), 'aaaaaaaaaabb')
  assert.equal(wrapText('  ', 5, 2), [])
})

test('what is beyond the last line is cut off with an ellipsis', () => {
  const lines = wrapText('one two three four five six seven', 4, 2)
  assert.is(lines.length, 2)
  assert.match(lines[1] ?? '', /…$/)
})

test('lines fit, and lose nothing as long as there are enough of them', () => {
  const seed = Date.now()
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 3, max: 20 }), (text, width) => {
    const lines = wrapText(text, width, Infinity)
    assert.ok(lines.every(line => textWidth(line) <= width + 1e-9), 'too wide')
    assert.is(lines.join('').replace(/\s+/g, ''), text.replace(/\s+/g, ''))
    assert.ok(wrapText(text, width, 2).length <= 2)
  }), { seed })
  console.log(`seed ${seed}`)
})

test.run()
