import { readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import sharp from 'sharp'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadPairs, type PairOptions, type Pairs } from '../../../runtime/data/dataset.ts'
import { decodePicture, squarePicture } from '../../../runtime/data/images.ts'
import { createTokenizer } from '../../../runtime/data/tokenizer.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'

const made = createTokenizer(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'red', 'green', 'blue', 'dot', 'a'])
if (E.isLeft(made)) throw new Error(made.left)
const options: PairOptions = { size: 8, tokenizer: made.right, maxTokens: 4, cache: 'off' }

const paint = (file: string, background: string, width = 8, height = 8) =>
  sharp({ create: { width, height, channels: 3, background } }).png().toFile(file)

const rightOf = <A>(result: E.Either<string, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left)
  return result.right
}

/** Writes an annotation file with three pictures of one colour each. */
const writeSet = async (folder: string, entries: readonly unknown[]): Promise<string> => {
  await paint(join(folder, 'red.png'), '#ff0000')
  await paint(join(folder, 'green.png'), '#00ff00', 16, 4)
  await paint(join(folder, 'blue.png'), '#0000ff')
  const file = join(folder, 'pairs.json')
  writeFileSync(file, JSON.stringify(entries))
  return file
}

const colours = [
  { image: 'red.png', caption: ['A red dot!', 'red'], concept: 'red', style: 'flat' },
  { image: 'green.png', caption: 'a green dot with many more words', image_id: 12, name: 'green' },
  { image: 'blue.png', caption: ['red', '...', 'blue.'] },
]

const colourOf = (pairs: Pairs, picture: number): number[] => [...pairs.pixels.subarray(picture * 192, picture * 192 + 3)]

test('pictures, captions and concepts become tables', () =>
  inTemporaryFolder(async (folder) => {
    const file = await writeSet(folder, colours)
    const warnings: string[] = []
    const pairs = rightOf(await loadPairs(file, { ...options, onWarning: (line) => warnings.push(line) })())
    assert.is(pairs.pixels.length, 3 * 8 * 8 * 3)
    assert.ok(pairs.pixels.buffer instanceof SharedArrayBuffer)
    assert.equal([0, 1, 2].map((picture) => colourOf(pairs, picture)), [[255, 0, 0], [0, 255, 0], [0, 0, 255]])
    assert.equal(pairs.captions, ['a red dot', 'red', 'a green dot with many more words', 'blue'])
    assert.equal([...pairs.ids], [2, 9, 5, 8, 2, 5, 0, 0, 2, 9, 6, 8, 2, 7, 0, 0])
    assert.equal([...pairs.captionStart], [0, 2, 3, 5])
    assert.equal([...pairs.captionRows], [0, 1, 2, 1, 3])
    assert.equal(pairs.concepts, ['red', 'green', 'blue.png'])
    assert.equal([...pairs.concept], [0, 1, 2])
    assert.equal(pairs.styles, ['flat', undefined, undefined])
    assert.equal(pairs.files, ['red', 'green', 'blue'].map((name) => join(folder, `${name}.png`)))
    assert.equal(pairs.summary, { pictures: 3, captions: 5, distinctCaptions: 4, skippedPictures: 0, skippedCaptions: 1 })
    assert.equal(warnings, [`${file}: entry 3: 1 of 3 captions have no words and are skipped`])
  }))

test('the same image_id, or else the same path, is one identity', () =>
  inTemporaryFolder(async (folder) => {
    const same = [
      { image: 'red.png', caption: 'a' },
      { image: 'red.png', caption: 'red' },
      { image: 'blue.png', caption: 'a', image_id: 1 },
      { image: 'green.png', caption: 'a', image_id: '1' },
    ]
    const pairs = rightOf(await loadPairs(await writeSet(folder, same), options)())
    assert.equal([...pairs.identity], [0, 0, 1, 1])
    assert.is(pairs.pictures, 4)
  }))

test('broken and missing pictures and entries without words are skipped with a warning and counted', () =>
  inTemporaryFolder(async (folder) => {
    const file = await writeSet(folder, [
      { image: 'missing.png', caption: 'a' },
      ...colours,
      { image: 'cut.png', caption: 'a' },
      { image: 'red.png', caption: ['?', ''] },
      { image: 'red.png', caption: [] },
      { image: 'text.png', caption: 'a' },
    ])
    const cut = join(folder, 'cut.png')
    const busy = Uint8Array.from({ length: 64 * 64 * 3 }, (_, at) => (at * 7919) % 251)
    await sharp(busy, { raw: { width: 64, height: 64, channels: 3 } }).png().toFile(cut)
    truncateSync(cut, Math.floor(statSync(cut).size / 2))
    writeFileSync(join(folder, 'text.png'), 'no picture')
    const warnings: string[] = []
    const pairs = rightOf(await loadPairs(file, { ...options, onWarning: (line) => warnings.push(line) })())
    assert.equal([0, 1, 2].map((picture) => colourOf(pairs, picture)), [[255, 0, 0], [0, 255, 0], [0, 0, 255]])
    assert.equal(pairs.summary, { pictures: 3, captions: 5, distinctCaptions: 4, skippedPictures: 5, skippedCaptions: 3 })
    assert.is(warnings.length, 6)
    for (const [index, start] of [
      `${file}: entry 4: 1 of 3 captions`,
      `${file}: entry 6: no caption with words in it; the picture red.png is skipped`,
      `${file}: entry 7: no caption with words in it; the picture red.png is skipped`,
      `${join(folder, 'missing.png')}: `,
      `${cut}: `,
      `${join(folder, 'text.png')}: `,
    ].entries()) {
      assert.ok(warnings[index]?.startsWith(start), `${warnings[index]} instead of ${start}`)
      assert.not.match(warnings[index] ?? '', '\n')
    }
  }))

test('a set of which nothing is left, and a broken file, are errors', () =>
  inTemporaryFolder(async (folder) => {
    const file = await writeSet(folder, [{ image: 'missing.png', caption: 'a' }, { image: 'red.png', caption: '!' }])
    assert.equal(await loadPairs(file, options)(), E.left(`${file}: nothing to read: all 2 pictures were skipped (see the warnings)`))
    writeFileSync(file, '[{"image": 1}]')
    assert.equal(await loadPairs(file, options)(), E.left(`${file}: entry 1: field 'image': expected text, found 1`))
  }))

test('decoded pictures are kept for the next start, with what could not be read, until a file changes', () =>
  inTemporaryFolder(async (folder) => {
    const file = await writeSet(folder, [{ image: 'missing.png', caption: 'a' }, ...colours])
    const cache = join(folder, 'cache')
    const load = async () => {
      let decoded = 0
      const warnings: string[] = []
      const heard = { onWarning: (line: string) => warnings.push(line), onProgress: () => decoded++ }
      const pairs = rightOf(await loadPairs(file, { ...options, cache, ...heard })())
      const shared = pairs.pixels.buffer instanceof SharedArrayBuffer
      return { decoded, warnings: warnings.length, colour: colourOf(pairs, 0), pixels: [...pairs.pixels], shared }
    }
    const first = await load()
    assert.is(first.decoded, 4)
    assert.is(first.warnings, 2)
    assert.equal(await load(), { ...first, decoded: 0 })

    await paint(join(folder, 'red.png'), '#808080')
    utimesSync(join(folder, 'red.png'), new Date(), new Date(Date.now() + 5000))
    const changed = await load()
    assert.is(changed.decoded, 4)
    assert.equal(changed.colour, [128, 128, 128])
    const kept = readdirSync(join(cache, 'pixels'))
    assert.is(kept.length, 1)
    const names = readdirSync(join(cache, 'pixels', kept[0] ?? '')).sort()
    assert.is(names.length, 2, 'pixels of the earlier version are removed')

    for (const name of names) {
      const path = join(cache, 'pixels', kept[0] ?? '', name)
      const content = readFileSync(path)
      writeFileSync(path, content.subarray(0, 10))
      assert.equal(await load(), changed, `${name} was damaged`)
      rmSync(path)
      assert.equal(await load(), changed, `${name} was missing`)
    }
  }))

test('grey, transparent, indexed and 16-bit pictures become RGB', () =>
  inTemporaryFolder(async (folder) => {
    const grey = sharp({ create: { width: 3, height: 2, channels: 3, background: '#646464' } })
    const half = sharp({ create: { width: 3, height: 2, channels: 4, background: { r: 100, g: 100, b: 100, alpha: 0.5 } } })
    const pictures = {
      'grey.png': grey.clone().toColourspace('b-w').png(),
      'alpha.png': half.png(),
      'palette.png': grey.clone().png({ palette: true }),
      'deep.png': grey.clone().toColourspace('rgb16').png(),
      'photo.jpg': grey.clone().jpeg({ quality: 100 }),
    }
    for (const [name, picture] of Object.entries(pictures)) {
      await picture.toFile(join(folder, name))
      const decoded = rightOf(await decodePicture(join(folder, name))())
      assert.equal([decoded.height, decoded.width, decoded.data.length], [2, 3, 18], name)
      assert.ok(decoded.data.every((value) => Math.abs(value - 100) <= 1), `${name}: ${decoded.data.join(' ')}`)
    }
  }))

test('the test transform resizes the whole picture whatever its shape', () => {
  const data = Uint8Array.from({ length: 4 * 2 * 3 }, (_, at) => (at < 12 ? 0 : 240))
  const square = squarePicture({ data, offset: 0, height: 2, width: 4 }, 2)
  assert.equal([...square], [0, 0, 0, 0, 0, 0, 240, 240, 240, 240, 240, 240])
})

test.run()
