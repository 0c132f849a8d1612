import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { cellFile, marksOf, readCell, type Cell } from '../../../runtime/suite/cell.ts'
import { runSuite } from '../../../runtime/suite/suite.ts'
import { suiteTable } from '../../../runtime/suite/table.ts'

const folder = (): string => mkdtempSync(join(tmpdir(), 'suite-'))
const write = (file: string, value: unknown): void => writeFileSync(file, JSON.stringify(value))

test('the marks of a run stand beside the best floor, and a sort of answers is none', () => {
  const run = folder()
  assert.ok(E.isLeft(marksOf(run)))
  write(join(run, 'retrieval.json'), { splits: [{ split: 'val', label: 'val', images: 10, reranked: { imageToText: { at1: 40 }, textToImage: { at1: 20 } }, chance: { imageToText: { at1: 2 }, textToImage: { at1: 2 } } }] })
  assert.equal(marksOf(run), E.right([{ name: 'val', label: 'val', examples: 10, mark: 0.3, floor: 0.02, floorName: 'chance' }]))
  write(join(run, 'results.json'), { parts: [{ name: 'val', label: 'val', examples: 4, accuracy: 0.5, floors: { majority: 0.2, 'text only': 0.3, 'of which number': 0.9 } }] })
  assert.equal(marksOf(run), E.right([{ name: 'val', label: 'val', examples: 4, mark: 0.5, floor: 0.3, floorName: 'text only' }]))
})

const cell = (task: string, seed: number, mark: number): Cell => ({ task, seed, steps: 7, run: 'run', parts: [{ name: 'val', label: 'val', examples: 4, mark, floor: 0.25, floorName: 'text only' }, ...(task === 'vqa' ? [{ name: 'test_unseen', label: 'unseen things', examples: 4, mark: 0.125, floor: 0.5, floorName: 'majority' }] : [])] })

test('a row a task: mean, spread where there are seeds, and the floor', () => {
  assert.equal(suiteTable([cell('vqa', 1, 0.4), cell('vqa', 2, 0.6), cell('nlvr', 1, 0.5)]).split('\n'), [
    '| task | seeds | steps | floor | val | unseen things |',
    '| --- | --: | --: | --- | --: | --: |',
    '| vqa | 2 | 7 | text only | 50.0 ± 14.1 (25.0) | 12.5 ± 0.0 (50.0) |',
    '| nlvr | 1 | 7 | text only | 50.0 (25.0) | - |',
  ])
})

test('finished trainings are kept: a suite of them trains nothing and writes its table', async () => {
  const out = folder()
  const within = join(out, '7-steps')
  const entries = [{ name: 'vqa', file: 'there is no such file' }]
  const options = { entries, from: 'nothing', seeds: 2, steps: 7, minutes: 1, out }
  assert.equal(readCell(out, 'vqa', 1), E.right(undefined))
  mkdirSync(within)
  for (const seed of [1, 2]) write(cellFile(within, 'vqa', seed), cell('vqa', seed, seed / 4))
  assert.is(await runSuite(options), 0)
  write(cellFile(within, 'vqa', 2), { ...cell('vqa', 2, 1), steps: 'many' })
  const read = readCell(within, 'vqa', 2)
  assert.match(E.isLeft(read) ? read.left : '', /vqa-seed-2\.json: field 'steps' is not what a finished cell has; remove it/)
  for (const wrong of [{ seeds: 0 }, { steps: 1.5 }, { minutes: 0 }, { entries: [] }]) {
    const refused = await runSuite({ ...options, ...wrong }).then(() => undefined, (error: unknown) => error)
    assert.ok(refused instanceof Error)
  }
})

test.run()
