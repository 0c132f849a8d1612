import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Box } from '../../../runtime/data/boxes.ts'
import { draws, keyOf } from '../../../runtime/data/random.ts'
import { floorTable } from '../../../runtime/evaluation/scene-floors.ts'
import { questionFloors, referenceFloors, type Referring, statementFloors } from '../../../runtime/evaluation/task-floors.ts'
import { trainTextOnly } from '../../../runtime/evaluation/text-only.ts'

const SEED = 11
const random = draws(keyOf(SEED))
const statement = (sentence: string, label: string, image = 'a') => ({ images: [image], sentence, label })

test('words that tell the answer are found, and those that do not are not', () => {
  const telling = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? statement(`a dog number ${index} sleeps`, 'neutral') : statement(`a dog number ${index} is there`, 'entailment')))
  assert.equal(statementFloors(telling.slice(0, 40))(telling.slice(40)), { majority: 0.5, textOnly: 1 })
  const fair = Array.from({ length: 60 }, (_, index) => statement(`there is thing ${index >> 1}`, index % 2 === 0 ? 'True' : 'False'))
  assert.equal(statementFloors(fair.slice(0, 40))(fair.slice(40)), { majority: 0.5, textOnly: 0.5 })
})

test('a hint is used as if it were words', () => {
  const hinted = Array.from({ length: 60 }, (_, index) => statement('there is a dog', index % 2 === 0 ? 'neutral' : 'entailment', index % 2 === 0 ? 'card' : 'open'))
  assert.is(statementFloors(hinted, ({ images }) => (images[0] === 'card' ? '+card' : ''))(hinted).textOnly, 1)
})

test('an order of words is a clue too', () => {
  const texts = ['dog left cat', 'cat left dog', 'dog left cow', 'cow left dog']
  const guess = trainTextOnly(texts, [0, 1, 0, 1], 2)
  assert.equal(texts.map(guess), [0, 1, 0, 1])
})

test('questions: the commonest answer, and the one that the words make likeliest', () => {
  const ask = (question: string, ...given: string[]) => ({ image: 'a', question, questionId: 0, given, answers: [] })
  const train = [ask('is it red?', 'yes'), ask('is it blue?', 'yes'), ask('how many are there?', '2'), ask('how many dogs are there?', '2'), ask('is it green?', 'yes')]
  const floors = questionFloors(train)([ask('how many cats are there?', '2', '2', '3'), ask('is it there?', 'yes')])
  assert.is(floors.answer, 'yes')
  assert.is(floors.majority, 0.5)
  assert.is(floors.textOnly.accuracy, 1)
})

/** References to the leftmost or rightmost of four boxes of a picture. */
const references = (count: number): { readonly all: Referring[]; readonly proposals: Map<string, readonly Box[]> } => {
  const proposals = new Map<string, readonly Box[]>()
  const all = Array.from({ length: count }, (_, index): Referring => {
    const boxes = [0, 1, 2, 3].map((place): Box => [place * 25 + Math.floor(random() * 3), Math.floor(random() * 80), 20, 20]).sort(() => random() - 0.5)
    const leftmost = index % 2 === 0
    const sorted = [...boxes].sort((one, other) => one[0] - other[0])
    proposals.set(String(index), boxes)
    return { image: 'a', refId: index, imageId: String(index), text: leftmost ? 'the left thing' : 'the right thing', box: leftmost ? sorted[0] : sorted[3], height: 100, width: 100 }
  })
  return { all, proposals }
}

test(`boxes: by lot, in the middle, and by words and places alone (seed ${SEED})`, () => {
  const { all, proposals } = references(120)
  const floors = referenceFloors(all.slice(0, 80), proposals)(all.slice(80))
  assert.is(floors.randomBox, 0.25)
  assert.is(floors.centreBox, 0)
  assert.ok(floors.wordsAndBoxes > 0.9, `words and boxes: ${floors.wordsAndBoxes}`)
  const none = referenceFloors(all.slice(0, 80), proposals)([{ image: 'a', imageId: 'unknown', refId: 1, text: 'the left thing', box: [0, 0, 1, 1], height: 100, width: 100 }])
  assert.equal(none, { randomBox: 0, centreBox: 0, largestBox: 0, wordsAndBoxes: 0 })
})

test('the table: a row a floor, a column a part', () => {
  const line = { task: 'grounding', examples: 5, floor: 'random box' } as const
  const table = floorTable([{ ...line, split: 'val', share: 0.171 }, { ...line, split: 'test_unseen', share: 0.2 }, { ...line, split: 'val', floor: 'centre box', share: 0 }])
  assert.equal(table.split('\n').map((row) => row.trim().replace(/ {2,}/g, ' | ')), ['right, % | val | test_unseen', 'grounding | random box | 17.1 | 20.0', 'centre box | 0.0 | -'])
})

test.run()
