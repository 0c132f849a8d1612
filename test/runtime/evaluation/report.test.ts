import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import sharp from 'sharp'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadPairs, type Pairs } from '../../../runtime/data/dataset.ts'
import { evaluateEmoji, reportTable, type Report, type SplitReport } from '../../../runtime/evaluation/report.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'
import { fakeSession, programs, tokenizerOf, type Model } from './fake.ts'

const size = 32
const tokens = 4
const words = ['apple', 'bell', 'cloud', 'drum']
const tokenizer = tokenizerOf(words)

/** An annotation file of flat grey pictures: each entry is a name and the grey that its picture has. */
const writeSplit = async (folder: string, split: string, entries: readonly (readonly [name: string, grey: number])[]): Promise<void> => {
  const listed = await Promise.all(entries.map(async ([concept, grey], i) => {
    const image = `${split}-${i}.png`
    await sharp({ create: { width: size, height: size, channels: 3, background: { r: grey, g: grey, b: grey } } }).png().toFile(join(folder, image))
    return { image, caption: concept, concept }
  }))
  writeFileSync(join(folder, `${split}.json`), JSON.stringify(listed))
}

const rightOf = <A>(result: E.Either<string, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left)
  return result.right
}

const trainOf = async (folder: string): Promise<Pairs> => rightOf(await loadPairs(join(folder, 'train.json'), { size, tokenizer, maxTokens: tokens, cache: 'off' })())

/** Greys stand for words, 60 apart; matching says the same as the similarity, but finds that no picture is word 1 (a bell). */
const similarity = Array.from({ length: 256 }, (_, grey) => words.map((_word, text) => -Math.abs(grey - text * 60)))
const model: Model = { similarity, matching: (grey, text) => (text === 1 ? -90 : similarity[grey]?.[text] ?? 0) }

const reported = async (folder: string, onProgress?: (label: string, done: number, total: number) => void): Promise<E.Either<string, Report>> => {
  const { session } = fakeSession({ model, texts: words.length, encoded: 3, judged: 2, tokens, size })
  return evaluateEmoji({ session, programs: { ...programs, candidates: 3 }, data: { picture: size, tokens }, folder, train: await trainOf(folder), tokenizer, cache: 'off', ...(onProgress === undefined ? {} : { onProgress }) })()
}

const writeSet = async (folder: string): Promise<void> => {
  await writeSplit(folder, 'train', [['apple', 0], ['bell', 60], ['cloud', 120], ['apple', 5]])
  await writeSplit(folder, 'test_twemoji', [['apple', 1], ['bell', 61], ['cloud', 121]])
  await writeSplit(folder, 'test_openmoji', [['bell', 2], ['cloud', 122]])
  await writeSplit(folder, 'test_unseen', [['drum', 179], ['drum', 181]])
}

const byName = ({ json: { splits } }: Report, name: string): SplitReport => {
  const found = splits.find(({ split }) => split === name)
  if (found === undefined) throw new Error(`no split ${name}`)
  return found
}

test('every split is evaluated, with its floors beside it', () =>
  inTemporaryFolder(async folder => {
    await writeSet(folder)
    const progress: string[] = []
    const report = rightOf(await reported(folder, (label, done, total) => progress.push(`${label} ${done}/${total}`)))
    assert.equal(report.json.splits.map(({ label, images, texts, candidates }) => [label, images, texts, candidates.imageToText, candidates.textToImage]), [
      ['Twemoji', 3, 3, 3, 3],
      ['OpenMoji', 2, 2, 2, 2],
      ['unseen concepts', 2, 1, 1, 2],
    ])
    const all = { at1: 100, at5: 100, at10: 100 }
    const third = 100 / 3
    const twemoji = byName(report, 'test_twemoji')
    assert.equal(twemoji.contrastive, { imageToText: all, textToImage: all })
    assert.equal(twemoji.reranked.imageToText, { ...all, at1: 100 * (2 / 3) })
    assert.equal(twemoji.pixelFloor, { imageToText: all })
    assert.ok(Math.abs(twemoji.chance.imageToText.at1 - third) < 1e-9)
    // The grey of this bell is that of an apple, and apples are no name of this gallery.
    assert.equal(byName(report, 'test_openmoji').pixelFloor, { imageToText: { ...all, at1: 50 } })
    assert.is(byName(report, 'test_unseen').pixelFloor, 'cannot')
    assert.equal(JSON.parse(JSON.stringify(report.json)), report.json)
    assert.ok(progress.includes('Twemoji 9/9') && progress.includes('unseen concepts 2/2'), progress.join(', '))
  }))

test('the table has galleries, candidates and what the rows mean', () =>
  inTemporaryFolder(async folder => {
    await writeSet(folder)
    const { table, json } = rightOf(await reported(folder))
    assert.is(table, reportTable(json.splits))
    const lines = table.split('\n')
    const after = (start: RegExp): string[] => lines.slice(lines.findIndex(line => start.test(line)), lines.findIndex(line => start.test(line)) + 4).map(line => line.replace(/ {2,}/g, '  ').trim())
    assert.equal(after(/^Twemoji/), [
      'Twemoji  3  3  chance  33.3  100.0  100.0  33.3  100.0  100.0',
      'pixel floor  100.0  100.0  100.0  -  -  -',
      'contrastive  100.0  100.0  100.0  100.0  100.0  100.0',
      're-ranked, k = 3  66.7  100.0  100.0  66.7  100.0  100.0',
    ])
    assert.equal(after(/^unseen/).slice(1, 4), ['pixel floor (cannot)  -  -  -  -  -  -', 'contrastive  100.0  100.0  100.0  100.0  100.0  100.0', 're-ranked, k = 1 and 2  100.0  100.0  100.0  100.0  100.0  100.0'])
    assert.match(table, /nearest training picture/)
  }))

test('a split that cannot be read is one sentence', () =>
  inTemporaryFolder(async folder => {
    await writeSplit(folder, 'train', [['apple', 0]])
    assert.equal(await reported(folder), E.left(`${join(folder, 'test_twemoji.json')}: no such file`))
  }))

test.run()
