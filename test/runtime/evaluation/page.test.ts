import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Examples } from '../../../runtime/data/tasks/examples.ts'
import { confusionHtml, page } from '../../../runtime/evaluation/page/html.ts'
import { retrievalSections, textsByPlace } from '../../../runtime/evaluation/page/retrievals.ts'
import { sortConfusion, taskSections } from '../../../runtime/evaluation/page/tasks.ts'
import { evaluateRetrieval } from '../../../runtime/evaluation/retrieval.ts'
import { taskJson, taskTable, type MeasuredPart } from '../../../runtime/evaluation/task-report.ts'
import { evaluationOf } from './fake.ts'

const size = 4

/** Three expressions about one grey picture. */
const examples = (detail: Examples['detail'], texts: readonly string[]): Examples => ({
  pictures: texts.length, size, pixels: new Uint8Array(size * size * 3).fill(90), ids: new Int32Array(), maxTokens: 1, captionStart: new Int32Array(), captionRows: new Int32Array(),
  concept: new Int32Array(), identity: new Int32Array(), views: { count: 1, rows: new Int32Array(texts.length) }, files: ['p.png'], texts, detail, summary: { examples: texts.length, pictures: 1, skipped: 0, cut: 0 },
})

const part = (measured: MeasuredPart['measured'], detail: Examples['detail'], texts: readonly string[]): MeasuredPart => ({ name: 'val', label: 'val', file: 'val.json', examples: examples(detail, texts), impossible: 0, measured })

const labelled = part(
  { kind: 'labels', names: ['no', 'yes'], chosen: Int32Array.of(0, 1, 1), result: { accuracy: 2 / 3, confusion: [[1, 1], [0, 1]] } },
  { kind: 'labelled', names: ['no', 'yes'], label: Int32Array.of(0, 0, 1) },
  ['a <b>bold</b> cat', 'two cats', 'a dog'],
)

test('the table has the marks, the floors and how far the one is above the best of the others', () => {
  const floor = (name: string, share: number) => ({ task: 'x', split: 'val', examples: 3, floor: name, share })
  const floors = [floor('majority', 0.5), floor('text only', 0.6), floor('  of which easy', 0.9)]
  assert.equal(taskTable('ve', [labelled], floors).split('\n').map((line) => line.trimEnd().replace(/\s+/g, ' ').trim()), ['right, % val', 've right label 66.7', 'floors majority 50.0', 'text only 60.0', 'of which easy 90.0', 'above the best floor 6.7', '', 'val: 3 examples'])
  const [own] = taskJson('ve', [labelled], floors).parts
  assert.equal(own?.floors, { majority: 0.5, 'text only': 0.6, 'of which easy': 0.9 })
  assert.is(own?.examples, 3)
})

test('a report is one file: texts are escaped, pictures are in it, and wrong ones say what they were taken for', async () => {
  const html = page('a & b', await taskSections([labelled]))
  assert.match(html, /a &amp; b/)
  assert.match(html, /a &lt;b&gt;bold/)
  assert.match(html, /no, taken for yes/)
  assert.is(html.match(/<img [^>]*src="data:image\/png;base64,/g)?.length, 3)
  assert.not.match(html, /https?:|src="(?!data:)/)
  assert.match(confusionHtml(['no', 'yes'], [[1, 1], [0, 1]]), /<td class="name">no<\/td><td[^>]*>1<\/td><td[^>]*>1<\/td>/)
})

test('grounding shows the true box, the chosen one and the map', async () => {
  const references = [{ refId: 1, imageId: 'p', box: [0, 0, 2, 2] as const, height: 4, width: 4 }].map((one) => ({ ...one, box: [one.box[0], one.box[1], one.box[2], one.box[3]] satisfies [number, number, number, number] }))
  const grounding = part({ kind: 'boxes', maps: Float32Array.of(0, 0, 0, 1), height: 2, width: 2, result: { accuracy: 0, pointing: 0, withoutProposals: 0 } }, { kind: 'references', references }, ['the cat'])
  const [section] = await taskSections([grounding], new Map([['p', [[0, 0, 2, 2], [2, 2, 2, 2]]]]))
  assert.match(section?.html ?? '', /<rect x="0" y="0" width="2" height="2" [^>]*stroke-width="3"\/><rect x="2" y="2" width="2" height="2" [^>]*stroke-dasharray/)
  assert.match(section?.html ?? '', /the cat<br><span class="quiet">another box/)
})

test('answers are counted by their sorts', () => {
  assert.equal(sortConfusion(['yes', '2', 'red', 'no'], [['no'], ['3'], ['2'], ['blue']]), [[1, 0, 0], [0, 1, 1], [1, 0, 0]])
})

test('texts that are found come first, and of the others those that similarity finds', async () => {
  const similarity = [[0.9, 0.5, 0.1], [0.5, 0.1, 0.2], [0.1, 0.9, 0.3]]
  const { options } = evaluationOf([0, 1, 2], { similarity, matching: (picture, text) => similarity[picture]?.[text] ?? 0 }, { candidates: 1 })
  const evaluated = { label: 'test', pairs: { pixels: options.pairs.pixels, size: 2 }, evaluation: evaluateRetrieval(options) }
  // Text 1 belongs to picture 1, which is its worst.
  assert.equal([...textsByPlace(evaluated)].at(-1), 1)
  const sections = await retrievalSections([evaluated])
  assert.equal(sections.map(({ title }) => title), ['test: best', 'test: worst'])
  assert.match(sections[1]?.html ?? '', /bell <span class="quiet">\(no right picture among the 1 candidates; by similarity at place 3\)/)
  assert.match(sections[0]?.html ?? '', /class="picture right"/)
})

test.run()
