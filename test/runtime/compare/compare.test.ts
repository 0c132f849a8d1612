import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cellFile, readCell, type Cell, type MarksOfCell } from '../../../runtime/compare/cell.ts'
import { task as clip } from '../../../models/compare/clip.ts'
import { compareModels, folderOf } from '../../../runtime/compare/compare.ts'
import { linesOf } from '../../../runtime/compare/lines.ts'
import { groupedBy } from '../../../runtime/compare/groups.ts'
import { secondsPerQuery } from '../../../runtime/compare/measure.ts'
import { planOf } from '../../../runtime/compare/plan.ts'
import { comparisonTable } from '../../../runtime/compare/table.ts'
import { someConcepts } from '../../../runtime/evaluation/gallery.ts'
import { Refusal } from '../../../runtime/training/refusal.ts'

const recall = (at1: number) => ({ at1, at5: 50, at10: 75.25 })
const marks = (by: MarksOfCell['by'], at1: number): MarksOfCell => ({ by, imageToText: recall(at1), textToImage: recall(2 * at1), groups: 61, secondsPerQuery: 0.0125 })
const split = (label: string, at1: number) =>
  ({ label, images: 120, texts: 100, chance: { imageToText: { at1: 1, at5: 5, at10: 10 }, textToImage: { at1: 0.5, at5: 2.5, at10: 5 }, groups: 21.5 }, marks: [marks('reranked', at1), marks('contrastive', at1 + 1)] })
const cell = (model: string, at1: number): Cell => ({ model, steps: 1234, secondsOfStep: 0.25, parameters: 28_100_000, lines: { own: 95, all: 1291 }, splits: [split('Twemoji', at1), split('unseen', 0.4)] })

const inFolder = async (body: (folder: string) => unknown): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'axle-compare-'))
  try {
    await body(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('the table: a block for each split, chance first, then each model with everything that was measured; a second order has a row of its own', () => {
  const lines = comparisonTable([cell('ALBEF', 30), cell('CLIP', 40)]).split('\n')
  const fields = lines.map(line => line.trim().split(/\s{2,}/))
  assert.equal(fields[1], ['Twemoji', '120', '100', 'chance', '1.0', '5.0', '10.0', '0.50', '2.5', '5.0', '21.5'])
  assert.equal(fields[4], ['CLIP', '40.0', '50.0', '75.3', '80.0', '50.0', '75.3', '61.0', '12.5', '28.1 M', '95', '1,291', '1,234', '250'])
  assert.equal(fields[5], ['CLIP, features alone', '41.0', '50.0', '75.3', '82.0', '50.0', '75.3', '61.0', '12.5'])
  assert.equal(fields.slice(6, 9).map(([first]) => first), ['unseen', 'ALBEF', 'ALBEF, features alone'])
  const [heading, ...rows] = lines.slice(0, 9)
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
    const settings = { config: 'tiny', minutes: 1, seed: 3, gallery: 20, until: 'table', out } as const
    const folder = folderOf(settings)
    assert.is.not(folder, folderOf({ ...settings, gallery: 21 }))
    mkdirSync(folder)
    writeFileSync(cellFile(folder, 'CLIP'), JSON.stringify(cell('CLIP', 40)))
    writeFileSync(join(folder, 'plan.json'), JSON.stringify([{ model: 'CLIP', secondsOfStep: 0.25, steps: 240 }]))
    assert.is(await compareModels({ ...settings, contenders: [{ name: 'CLIP', file: fileURLToPath(new URL('../../../models/compare/clip.ts', import.meta.url)), by: ['contrastive'] }] }), 0)
    assert.is(readFileSync(join(folder, 'table.txt'), 'utf8'), `${comparisonTable([cell('CLIP', 40)])}\n`)
  }))

test('a plan that is there is kept, so that all models are trained by one; one of other models is refused', () =>
  inFolder(async folder => {
    const plan = [{ model: 'CLIP', secondsOfStep: 0.25, steps: 240 }]
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan))
    assert.equal(await planOf(folder, [], 1)(), E.right(plan))
    const job = clip.configs['tiny']?.()
    assert.ok(job)
    const refused = await planOf(folder, [['ViLT', job]], 1)()
    assert.ok(E.isLeft(refused) && refused.left === `${join(folder, 'plan.json')}: it does not plan every model; remove it to time the models again`, JSON.stringify(refused))
  }))

test('groups: each picture has the group of its concept, the largest is what one gets by saying it every time, and a picture without one is refused', () =>
  inFolder(async folder => {
    const [file, other] = [join(folder, 'set.json'), join(folder, 'other.json')]
    const entry = (concept: string, group?: string) => ({ image: `${concept}.png`, caption: concept, concept, ...(group === undefined ? {} : { group }) })
    writeFileSync(file, JSON.stringify([entry('cat', 'Animals'), entry('bread', 'Food'), entry('dog', 'Animals')]))
    writeFileSync(other, JSON.stringify([entry('cat', 'Animals'), entry('bread'), entry('dog', 'Animals')]))
    const pairs = { pictures: 4, concept: Int32Array.of(0, 1, 2, 0), concepts: ['cat', 'bread', 'dog'] }
    const found = await groupedBy(file, pairs)()
    if (E.isLeft(found)) throw new Error(found.left)
    assert.equal([...found.right.pairs.concept].map(own => found.right.pairs.concepts[own]), ['Animals', 'Food', 'Animals', 'Animals'])
    assert.is(found.right.majority, 0.75)
    const refused = await groupedBy(other, pairs)()
    assert.ok(E.isLeft(refused) && refused.left === `${other}: 'bread' has no field 'group'`, JSON.stringify(refused))
  }))

test('minutes and galleries that are none are refused', async () => {
  const options = { config: 'emoji', minutes: 0, seed: 1, gallery: 20, until: 'table', out: 'nowhere', contenders: [] } as const
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
