import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cellFile, readCell, type Cell } from '../../../runtime/compare/cell.ts'
import { compareModels, folderOf } from '../../../runtime/compare/compare.ts'
import { linesOf } from '../../../runtime/compare/lines.ts'
import { secondsPerQuery } from '../../../runtime/compare/measure.ts'
import { comparisonTable } from '../../../runtime/compare/table.ts'
import { someConcepts } from '../../../runtime/evaluation/gallery.ts'
import { Refusal } from '../../../runtime/training/refusal.ts'

const recall = (at1: number) => ({ at1, at5: 50, at10: 75.25 })
const split = (label: string, at1: number) =>
  ({ label, images: 120, texts: 100, imageToText: recall(at1), textToImage: recall(2 * at1), chance: { imageToText: { at1: 1, at5: 5, at10: 10 }, textToImage: { at1: 0.5, at5: 2.5, at10: 5 } }, secondsPerQuery: 0.0125 })
const cell = (model: string, at1: number): Cell => ({ model, steps: 1234, trainedSeconds: 300, parameters: 28_100_000, lines: { own: 95, all: 1291 }, splits: [split('Twemoji', at1), split('unseen', 0.4)] })

const inFolder = async (body: (folder: string) => unknown): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'axle-compare-'))
  try {
    await body(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('the table: a block for each split, chance first, then each model with everything that was measured', () => {
  const lines = comparisonTable([cell('ALBEF', 30), cell('CLIP', 40)]).split('\n')
  const fields = lines.map(line => line.trim().split(/\s{2,}/))
  assert.equal(fields[1], ['Twemoji', '120', '100', 'chance', '1.0', '5.0', '10.0', '0.50', '2.5', '5.0'])
  assert.equal(fields[3], ['CLIP', '40.0', '50.0', '75.3', '80.0', '50.0', '75.3', '12.5', '28.1 M', '95', '1,291', '1,234', '5 m'])
  assert.equal(fields.slice(4, 7).map(([first]) => first), ['unseen', 'ALBEF', 'CLIP'])
  const [heading, ...rows] = lines.slice(0, 7)
  assert.ok(heading !== undefined && rows.every(row => row.length <= heading.length), 'columns are aligned')
})

test('seconds of a query: encoding and comparing are shared by the texts, matching costs its candidates', () => {
  const evaluation = {
    texts: ['a', 'b', 'c', 'd'], candidates: { imageToText: 4, textToImage: 5 }, scoredPairs: 50,
    seconds: { pictures: 99, texts: 2, similarities: 2, matching: 100 },
  }
  assert.is(secondsPerQuery(evaluation, 'contrastive'), 1)
  assert.is(secondsPerQuery(evaluation, 'reranked'), 11)
})

test('a finished cell is read as it was written; none yet is nothing; another file is refused with its field', () =>
  inFolder(folder => {
    assert.equal(readCell(folder, 'CLIP'), E.right(undefined))
    writeFileSync(cellFile(folder, 'CLIP'), JSON.stringify(cell('CLIP', 40)))
    assert.equal(readCell(folder, 'CLIP'), E.right(cell('CLIP', 40)))
    writeFileSync(cellFile(folder, 'ViLT'), JSON.stringify({ ...cell('ViLT', 1), steps: 'many' }))
    const refused = readCell(folder, 'ViLT')
    assert.ok(E.isLeft(refused) && refused.left.startsWith(`${cellFile(folder, 'ViLT')}: field 'steps'`), JSON.stringify(refused))
  }))

test('a comparison all of whose cells are finished trains nothing and writes the table', () =>
  inFolder(async out => {
    const settings = { config: 'emoji', minutes: 1, seed: 3, gallery: 20, out }
    const folder = folderOf(settings)
    assert.is.not(folder, folderOf({ ...settings, gallery: 21 }))
    mkdirSync(folder)
    writeFileSync(cellFile(folder, 'CLIP'), JSON.stringify(cell('CLIP', 40)))
    assert.is(await compareModels({ ...settings, contenders: [{ name: 'CLIP', file: '/nowhere.ts', by: 'contrastive' }] }), 0)
    assert.is(readFileSync(join(folder, 'table.txt'), 'utf8'), `${comparisonTable([cell('CLIP', 40)])}\n`)
  }))

test('minutes and galleries that are none are refused', async () => {
  const options = { config: 'emoji', minutes: 0, seed: 1, gallery: 20, out: 'nowhere', contenders: [] }
  for (const wrong of [options, { ...options, minutes: 1, gallery: 3 }]) {
    const outcome = await compareModels(wrong).catch((error: unknown) => error)
    assert.instance(outcome, Refusal)
  }
})

test('lines: those of the model and of all that it is made of, blank ones left out; types are not followed', async () => {
  const counted = async (path: string) => {
    const lines = await linesOf(fileURLToPath(new URL(`../../../models/${path}`, import.meta.url)))()
    if (E.isLeft(lines)) throw new Error(lines.left)
    return lines.right
  }
  const layer = await counted('layers/dropout.ts')
  assert.is(layer.own, layer.all)
  const [albef, clip, vilt] = [await counted('albef/pretrain.ts'), await counted('compare/clip.ts'), await counted('compare/vilt.ts')]
  for (const { own, all } of [clip, vilt]) assert.ok(own < 220 && own < all && all < albef.all, JSON.stringify([albef, clip, vilt]))
  const none = await linesOf('/nowhere.ts')()
  assert.ok(E.isLeft(none) && none.left.startsWith('/nowhere.ts: '))
})

test('a drawn gallery: the same concepts every time, with all their pictures and names', () => {
  const names = ['ant', 'bee', 'cat', 'dog']
  const pairs = { pictures: 6, size: 1, pixels: Uint8Array.from({ length: 18 }, (_, i) => i), concept: Int32Array.of(0, 1, 2, 3, 1, 0), concepts: names }
  const drawn = someConcepts(pairs, 2)
  assert.equal(drawn, someConcepts(pairs, 2))
  assert.is(drawn.concepts.length, 2)
  const wanted = [...pairs.concept.keys()].filter(row => drawn.concepts.includes(names[pairs.concept[row] ?? 0] ?? ''))
  assert.equal([...drawn.concept].map(concept => drawn.concepts[concept]), wanted.map(row => names[pairs.concept[row] ?? 0]))
  assert.equal([...drawn.pixels], wanted.flatMap(row => [3 * row, 3 * row + 1, 3 * row + 2]))
  assert.is(drawn.pictures, wanted.length)
  assert.is(someConcepts(pairs, 4), pairs)
})

test.run()
