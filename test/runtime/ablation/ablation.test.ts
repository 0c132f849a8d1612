import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { folderOf } from '../../../runtime/ablation/ablation.ts'
import { cellFile, readCell, type Cell } from '../../../runtime/ablation/cell.ts'
import { chosenConcepts, swapCaptions } from '../../../runtime/ablation/data.ts'
import { ablationPlotSpec } from '../../../runtime/ablation/plot.ts'
import { pretrainings, rows, spreadAt } from '../../../runtime/ablation/rows.ts'
import { ablationTable } from '../../../runtime/ablation/table.ts'
import { spreadOf } from '../../../runtime/evaluation/spread.ts'
import { loadJob } from '../../../runtime/tasks.ts'

const entries = Array.from({ length: 30 }, (_, i) => ({ image: `${i}.png`, concept: `thing ${i % 10}`, caption: [`thing ${i % 10}`, `a picture of thing ${i % 10}`] }))

test('swapped captions stand under pictures of other concepts, as many as asked for, and none is lost', () => {
  const swapped = swapCaptions(entries, 0.4, 1)
  const shown = swapped.flatMap(({ concept, caption }) => [...caption].map(text => ({ wrong: !text.endsWith(concept ?? ''), text })))
  assert.is(shown.filter(({ wrong }) => wrong).length, 24)
  assert.equal(shown.map(({ text }) => text).sort(), entries.flatMap(({ caption }) => caption).sort())
  assert.equal(swapCaptions(entries, 0.4, 1), swapped)
  assert.not.equal(swapCaptions(entries, 0.4, 2), swapped)
  assert.equal(swapCaptions(entries, 0, 1), entries)
})

test('captions that are nearly all of one concept cannot be swapped', () => {
  assert.throws(() => swapCaptions([...entries.slice(0, 1), ...Array.from({ length: 9 }, (_, i) => ({ image: `same${i}.png`, concept: 'same', caption: 'same' }))], 1, 1), /cannot all go to another/)
})

test('concepts with the most pictures are chosen, of those that the test shows', () => {
  const train = [...entries, { image: 'more.png', concept: 'thing 3', caption: '' }, ...Array.from({ length: 9 }, () => ({ image: '', concept: 'unshown', caption: '' }))]
  const chosen = chosenConcepts(train, entries, 4)
  assert.is(chosen.size, 4)
  assert.ok(chosen.has('thing 3'))
  assert.not.ok(chosen.has('unshown'))
})

const recall = (at1: number) => ({ at1, at5: at1 + 10, at10: at1 + 20 })
const cell = (pretraining: string, noise: number, seed: number, at1: number): Cell => ({
  pretraining, noise, seed, seconds: 1, losses: { lossWords: 1 },
  before: { imageToText: recall(at1), textToImage: recall(at1) },
  after: Object.fromEntries((pretrainings.find(({ name }) => name === pretraining)?.tunings ?? []).map((tuning, i) => [tuning, { imageToText: recall(at1 + 5 * i), textToImage: recall(at1) }])),
})

test('a row has the mean of its seeds, their spread, and how many there are where they are few', () => {
  const cells = [cell('itc', 0, 1, 20), cell('itc', 0, 2, 30), cell('itc', 0, 3, 40), cell('full', 0.4, 1, 50)]
  const [, itc, , , full, downstream] = rows
  assert.ok(itc && full && downstream)
  assert.equal(spreadAt(cells, itc, 0, 'textRetrieval'), { mean: 40, deviation: 10, count: 3 })
  assert.equal(spreadAt(cells, itc, 0.4, 'textRetrieval'), undefined)
  assert.is(spreadAt(cells, full, 0.4, 'textRetrieval')?.mean, 60)
  assert.is(spreadAt(cells, downstream, 0.4, 'textRetrieval')?.mean, 65)
  assert.equal(spreadOf([]), undefined)
  const table = ablationTable(cells).split('\n')
  assert.is(table.length, 8)
  assert.match(table[3] ?? '', '| + ITC | 40.0 ± 10.0 | 40.0 ± 10.0 | 40.0 ± 10.0 | - | - | - | 96.55 |')
  assert.match(table[7] ?? '', '| 65.0 (1) | 60.0 (1) | 60.0 (1) | 97.83 |')
  assert.match(JSON.stringify(ablationPlotSpec(cells)), '40 % of the captions swapped')
})

test('a cell that is none is refused with its field, and one of another setting lies elsewhere', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ablation-'))
  const setting = { pretraining: 'itc', noise: 0.4, seed: 2 }
  assert.equal(readCell(folder, setting), E.right(undefined))
  writeFileSync(cellFile(folder, setting), JSON.stringify(cell('itc', 0.4, 2, 1)))
  assert.equal(readCell(folder, setting), E.right(cell('itc', 0.4, 2, 1)))
  writeFileSync(cellFile(folder, setting), JSON.stringify({ ...cell('itc', 0.4, 2, 1), seed: 'two' }))
  const read = readCell(folder, setting)
  assert.match(E.isLeft(read) ? read.left : '', /itc-40-swapped-seed-2\.json: field 'seed' is not what a finished cell has/)
  const sizes = { out: 'out', concepts: 128, steps: 800, tuningSteps: 150 }
  assert.is.not(folderOf(sizes), folderOf({ ...sizes, steps: 801 }))
})

test('every row is a configuration of the model file', async () => {
  for (const name of [...pretrainings.flatMap(({ name: own, tunings }) => [own, ...tunings])]) assert.ok(E.isRight(await loadJob('models/albef/ablation.ts', name)()), name)
})

test.run()
