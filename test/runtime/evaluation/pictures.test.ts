import * as E from 'fp-ts/Either'
import sharp from 'sharp'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ArraySpec } from '../../../compiler/targets/artifact.ts'
import type { HostArray } from '../../../runtime/backends/backend.ts'
import { labelledSheet } from '../../../runtime/evaluation/map-sheet.ts'
import { colourOf, overlay, peakOf } from '../../../runtime/evaluation/overlay.ts'
import { searchPictures } from '../../../runtime/evaluation/search.ts'
import { lookAt, lookedPanels, wordsOf } from '../../../runtime/evaluation/word-maps.ts'
import { madeUp } from '../made-up.ts'
import { fakeSession, programs, tokenizerOf } from './fake.ts'

const array = (name: string, dtype: ArraySpec['dtype'], ...sizes: readonly number[]) => ({ name, dtype, axes: sizes.map((size, i) => ({ name: `axis${i}`, size })), node: name, packed: false })
const tokenizer = tokenizerOf(['a', 'whale', '##s', 'book'])
const size = 8
const grey = { pixels: new Uint8Array(size * size * 3).fill(100), size }

test('under a map a picture is dark where the map is nothing and bright where it is highest, and is seen in both', () => {
  const map = { data: Float32Array.of(0, 0, 0, 4), height: 2, width: 2 }
  assert.is(peakOf([map, { ...map, data: Float32Array.of(9, 0, 0, 0) }]), 9)
  const [drawn, lighter] = [overlay(grey, map), overlay({ ...grey, pixels: grey.pixels.map((part) => part + 100) }, map)]
  const sum = (pixel: Uint8Array): number => pixel.reduce((total, part) => total + part, 0)
  const [first, last] = [sum(drawn.subarray(0, 3)), sum(drawn.subarray(-3))]
  assert.ok(first < 150 && last > 350, `${first}, ${last}`)
  assert.ok(sum(lighter.subarray(0, 3)) > first + 40 && sum(lighter.subarray(-3)) > last + 120)
  const nothing = overlay(grey, { ...map, data: new Float32Array(4) })
  assert.ok(sum(nothing.subarray(0, 3)) < 110, nothing.subarray(0, 3).join(' '))
  assert.equal(nothing.subarray(0, 3), nothing.subarray(-3))
})

test('words are pieces put together, without the special tokens', () => {
  const ids = [...tokenizer.encode('a whales book'), 0, 0]
  assert.equal(wordsOf(ids, tokenizer), [{ text: 'a', tokens: [1] }, { text: 'whales', tokens: [2, 3] }, { text: 'book', tokens: [4] }])
})

test('the map of a word is the mean over its pieces, and every word gets a picture', async () => {
  const tokens = 6
  const session = madeUp({
    signatures: {
      both: { inputs: [array('image', 'u8', 1, size, size, 3), array('ids', 'i32', 1, tokens)], outputs: [array('map', 'f32', 1, 2, 2), array('words', 'f32', 1, tokens, 2, 2), array('score', 'f32', 1)] },
      near: { inputs: [], outputs: [] },
    },
    run: (program): Record<string, HostArray> =>
      program === 'both'
        ? { map: Float32Array.of(1, 2, 3, 4), words: Float32Array.from({ length: tokens * 4 }, (_, at) => Math.floor(at / 4)), score: Float32Array.of(1.5) }
        : { map: Float32Array.of(4, 3, 2, 1), similarity: Float32Array.of(0.25) },
  })
  const ids = tokenizer.encode('a whales book')
  const looked = lookAt(session, { matching: 'both', similarity: 'near' }, grey, ids, tokenizer)
  assert.ok(E.isRight(looked))
  if (E.isLeft(looked)) return
  assert.equal(looked.right.matching.words.map(({ text, map }) => [text, ...map.data]), [['a', 1, 1, 1, 1], ['whales', 2.5, 2.5, 2.5, 2.5], ['book', 4, 4, 4, 4]])
  assert.equal([looked.right.matching.score, looked.right.similarity.value], [1.5, 0.25])
  const panels = lookedPanels(grey, 'a whales book', looked.right)
  assert.equal(panels.map(({ lines }) => lines[0]), ['a whales book', 'whole text: matching', 'whole text: similarity', 'a', 'whales', 'book'])
  const { width = 0, height = 0, format } = await sharp(await labelledSheet(panels)).metadata()
  assert.ok(format === 'png' && width > 5 * 192 && height > 2 * 192, `${width} x ${height}`)
  assert.equal(lookAt(session, { matching: 'both', similarity: 'near' }, { ...grey, size: 4 }, ids, tokenizer), E.left("the program 'both' takes pictures of 8 pixels a side, not of 4"))
})

test('pictures are found by similarity and ordered by matching', () => {
  const words = ['apple', 'bell', 'cloud']
  const similarity = [[0.9, 0, 0], [0.8, 0, 0], [0.1, 0.5, 0], [0.2, 0, 0.7]]
  const { session } = fakeSession({ model: { similarity, matching: (picture, text) => (text === 0 ? -picture * (picture === 0 ? 1 : -1) : similarity[picture]?.[text] ?? 0) }, texts: 3, encoded: 2, judged: 1, tokens: 4, size: 2 })
  const pixels = new Uint8Array(4 * 12)
  for (let picture = 0; picture < 4; picture++) pixels[picture * 12] = picture
  const found = searchPictures({ session, programs: { ...programs, candidates: 2 }, pixels, pictures: 4, texts: ['an apple'.slice(3), 'bell'], tokenizer: tokenizerOf(words), tokens: 4, count: 1 })
  // Candidates of the apple are 0 and 1; matching likes 1 better. Picture 3 would match best and is no candidate.
  assert.equal(found.map((all) => all.map(({ picture }) => picture)), [[1], [2]])
  assert.ok(Math.abs((found[0]?.[0]?.similarity ?? 0) - 0.8) < 1e-6)
})

test.run()
