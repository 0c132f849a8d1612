import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import sharp from 'sharp'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { chooseTexts, emojiSheet, retrievalSheet, writeSheet } from '../../../runtime/evaluation/contact.ts'
import type { Evaluated } from '../../../runtime/evaluation/report.ts'
import { evaluateRetrieval } from '../../../runtime/evaluation/retrieval.ts'
import { sheetSize } from '../../../runtime/training/sheet.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'
import { evaluationOf, type Model } from './fake.ts'

test('texts to show: readable, no word twice, always the same, in whatever order they come', () => {
  const texts = ['flag japan', 'flag chad', 'red heart', 'blue heart', 'keycap 10', 'woman with a white cane', 'seven o’clock', 'map of japan', 'bridge at night', 'night sky', 'boar']
  const chosen = chooseTexts(texts, 4)
  assert.is(chosen.length, 4)
  assert.equal(chooseTexts([...texts].reverse(), 4), chosen)
  assert.equal(chooseTexts(texts, 2), chosen.slice(0, 2))
  assert.ok(chosen.every(text => texts.includes(text) && /^[a-z ]+$/.test(text) && text.split(' ').length <= 3))
  const words = chosen.flatMap(text => text.split(' '))
  assert.is(new Set(words).size, words.length, chosen.join(', '))
  assert.equal(chooseTexts(['keycap 10'], 4), [])
})

const concept = [0, 0, 1, 2]
const model: Model = {
  similarity: [[0.9, 0.1, 0.2], [0.3, 0.8, 0.4], [0.5, 0.6, 0.1], [0.7, 0.2, 0.6]],
  matching: (picture, text) => (concept[picture] === text ? 1 : -1),
}

const split = (label: string): Evaluated => {
  const { options } = evaluationOf(concept, model, { candidates: 2 })
  return { label, pairs: { pixels: options.pairs.pixels, size: 2 }, evaluation: evaluateRetrieval(options) }
}

test('a sheet shows the best pictures of each text, in the asked order, right ones marked', () => {
  const parts = [{ split: split('any'), count: 3, remark: 'new' }]
  const shown = (order: 'contrastive' | 'reranked') =>
    new Map(retrievalSheet(parts, order).rows.map(({ caption, pictures }) => [caption, pictures.map(({ pixels, correct }) => `${pixels[0]}${correct ? ' right' : ''}`)]))
  const contrastive = shown('contrastive')
  assert.is(contrastive.size, 3)
  assert.equal(contrastive.get('apple (2 of 4, new)'), ['0 right', '3', '2', '1 right'])
  assert.equal(contrastive.get('bell (1 of 4, new)'), ['1', '2 right', '3', '0'])
  const reranked = shown('reranked')
  assert.equal(reranked.get('apple (2 of 4, new)'), ['0 right', '3'])
  assert.equal(reranked.get('bell (1 of 4, new)'), ['2 right', '1'])
  assert.is.not(retrievalSheet(parts, 'reranked').title, retrievalSheet(parts, 'contrastive').title)
})

test('the sheet of the emoji set has the seen and the unseen split, and is written as a picture', () =>
  inTemporaryFolder(async folder => {
    const sheet = emojiSheet([split('Twemoji'), split('OpenMoji'), split('unseen concepts')], 'contrastive')
    assert.is(sheet.rows.length, 6)
    assert.ok(sheet.rows.slice(0, 3).every(({ caption }) => caption.endsWith('of 4, Twemoji)')) && sheet.rows.slice(3).every(({ caption }) => caption.endsWith('of 4, concept never trained)')))
    const file = join(folder, 'sheet.png')
    assert.equal(await writeSheet(file, sheet)(), E.right(undefined))
    const { width, height, format } = await sharp(file).metadata()
    assert.equal({ width, height, format }, { ...sheetSize(sheet), format: 'png' })
    const nowhere = join(folder, 'missing', 'sheet.png')
    assert.equal(await writeSheet(nowhere, sheet)(), E.left(`${nowhere}: cannot be written: no such file`))
    assert.not.ok(existsSync(join(folder, 'missing')))
  }))

test.run()
