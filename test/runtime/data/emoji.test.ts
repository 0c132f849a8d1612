import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { buildEmoji, type EmojiSet } from '../../../runtime/data/emoji/build.ts'
import { captionsOf } from '../../../runtime/data/emoji/captions.ts'
import { type Concept, hexOfKey, keyOfHex, readConcepts } from '../../../runtime/data/emoji/concepts.ts'
import { FXEMOJI_NAMES } from '../../../runtime/data/emoji/fxemoji-names.ts'
import { type Glyph, readGlyphs } from '../../../runtime/data/emoji/glyphs.ts'
import { HELD_OUT_STYLES, STYLES, TRAIN_STYLES } from '../../../runtime/data/emoji/packages.ts'
import { isUnseen, limitConcepts, SPLITS, splitOf } from '../../../runtime/data/emoji/splits.ts'
import { decodePicture } from '../../../runtime/data/images.ts'
import { type PairEntry, readPairs } from '../../../runtime/data/schema.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'

const rightOf = <A>(result: E.Either<string, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left)
  return result.right
}

const concepts: readonly Concept[] = rightOf(await readConcepts())
const glyphs: readonly Glyph[] = rightOf(await readGlyphs(concepts)())
const conceptOf = (name: string): Concept => {
  const found = concepts.find((concept) => concept.name === name)
  if (found === undefined) throw new Error(`no concept ${name}`)
  return found
}

test('concepts have distinct names and keys, and every text', () => {
  assert.ok(concepts.length > 1800)
  assert.is(new Set(concepts.map(({ name }) => name)).size, concepts.length)
  assert.is(new Set(concepts.map(({ key }) => key)).size, concepts.length)
  for (const { name, shortName, group } of concepts) assert.ok(name.length > 0 && shortName.length > 0 && group.length > 0)
  assert.ok(concepts.filter(({ subgroup }) => subgroup === '').length < 20)
})

test('code points are written and read without presentation selectors', () => {
  assert.is(hexOfKey('👩‍🚀'), '1f469-200d-1f680')
  assert.is(keyOfHex('2764-fe0f'), '❤')
})

test('captions: the name first, none twice, flags without a group', () => {
  const beginnings = captionsOf(conceptOf('cactus')).map((caption) => caption.split(/[,:(]/)[0]?.trim())
  assert.equal(beginnings, ['cactus', 'cactus', 'a picture of cactus', 'cactus'])
  assert.ok(captionsOf(conceptOf('flag: Japan')).every((caption) => !caption.includes('(')))
  for (const concept of concepts) {
    const captions = captionsOf(concept)
    assert.is(captions[0], concept.name)
    assert.is(new Set(captions).size, captions.length)
  }
})

test('every style draws many concepts, each once', () => {
  for (const style of STYLES) {
    const own = glyphs.filter((glyph) => glyph.style === style)
    assert.is(new Set(own.map(({ concept }) => concept.key)).size, own.length, style)
    assert.ok(own.length > 500, `${style}: ${own.length}`)
  }
})

test('the meanings given for picture names of one style are names of emoji', () => {
  const names = new Set(concepts.map(({ name }) => name))
  assert.ok(Object.keys(FXEMOJI_NAMES).length > 100)
  for (const [picture, name] of Object.entries(FXEMOJI_NAMES)) assert.ok(name === '' || names.has(name), `${picture}: ${name}`)
})

test('pictures that are another one mirrored are mirrored', () => {
  const pointing = glyphs.find(({ concept, style }) => style === 'fluent-emoji-flat' && concept.name === 'backhand index pointing right')
  assert.match(pointing?.svg(64) ?? '', 'matrix(-1 0 0 1 ')
})

test('splits: held-out styles and unseen concepts never meet training', () => {
  const unseen = new Set(concepts.filter(isUnseen).map(({ name }) => name))
  assert.ok(unseen.size > 45 && unseen.size < 75, `${unseen.size} unseen concepts`)
  assert.not.ok([...unseen].some((name) => name.startsWith('flag: ')))
  const held = new Set<string>(HELD_OUT_STYLES)
  for (const glyph of glyphs) {
    const split = splitOf(glyph)
    if (unseen.has(glyph.concept.name)) assert.is(split, held.has(glyph.style) ? undefined : 'test_unseen')
    else assert.is(split, held.has(glyph.style) ? `test_${glyph.style}` : 'train')
  }
})

test('a limited set has seen and unseen concepts', () => {
  const some = new Set(limitConcepts(glyphs, 30).map(({ concept }) => concept))
  assert.is(some.size, 30)
  assert.ok([...some].some(isUnseen))
  assert.ok([...some].filter(isUnseen).length < 5)
})

const entriesOf = async (set: EmojiSet): Promise<Record<string, readonly PairEntry[]>> => {
  const all: Record<string, readonly PairEntry[]> = {}
  for (const split of SPLITS) all[split] = rightOf(await readPairs(set.files[split])())
  return all
}

test('the set is built once: annotation files, pictures, licences', () =>
  inTemporaryFolder(async (folder) => {
    const place = join(folder, 'sets', 'emoji')
    const reports: number[] = []
    const set = rightOf(await buildEmoji({ size: 32, folder: place, limit: 12, onProgress: ({ done, total }) => reports.push(done / total) })())
    assert.ok(set.built)
    assert.is(reports.at(-1), 1)
    assert.equal(readdirSync(dirname(place)), ['emoji'], 'nothing unfinished is left behind')

    const splits = await entriesOf(set)
    const train = new Set<string>(TRAIN_STYLES)
    const trained = new Set(splits.train?.map(({ concept }) => concept))
    for (const [name, entries] of Object.entries(splits)) {
      assert.ok(entries.length > 0, name)
      for (const { style, concept } of entries) {
        assert.is(train.has(style ?? ''), name === 'train' || name === 'test_unseen')
        if (name === 'test_unseen') assert.not.ok(trained.has(concept))
      }
    }
    assert.is(set.splits.train.pictures, splits.train?.length)
    assert.equal(set.unseenConcepts, [...new Set(splits.test_unseen?.map(({ concept }) => concept ?? ''))].sort())

    const images = Object.values(splits).flat().map(({ image }) => image)
    assert.is(new Set(images).size, images.length)
    assert.is(reports.length, images.length)
    for (const image of images) {
      const { data, height, width } = rightOf(await decodePicture(join(place, image))())
      assert.equal([height, width], [32, 32], image)
      assert.ok(new Set(data).size > 1, `${image} is not empty`)
    }

    const licences: { package: string; licence: string }[] = JSON.parse(readFileSync(set.licences, 'utf8'))
    for (const style of STYLES) assert.ok(licences.some((one) => one.package === `@iconify-json/${style}` && one.licence !== ''), style)

    const again = rightOf(await buildEmoji({ size: 32, folder: place, limit: 12, onProgress: () => assert.unreachable('drawn twice') })())
    assert.equal(again, { ...set, built: false })
  }))

test('a folder with something else in it is refused and left alone', () =>
  inTemporaryFolder(async (folder) => {
    const place = join(folder, 'mine')
    mkdirSync(place)
    writeFileSync(join(place, 'note.txt'), 'keep me')
    const result = await buildEmoji({ size: 32, folder: place, limit: 1 })()
    assert.equal(result, E.left(`${place}: is there but holds no emoji set (set.json: no such file); remove it or name another folder`))
    assert.ok(existsSync(join(place, 'note.txt')))
  }))

test.run()
