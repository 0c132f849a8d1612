import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { officialOverlap, overlap, type Box } from '../../../runtime/data/boxes.ts'
import { answerAccuracy, markOf, mostFrequent } from '../../../runtime/evaluation/answers.ts'
import { bestBox, boxScores, groundingAccuracy } from '../../../runtime/evaluation/grounding.ts'
import { resizeMap } from '../../../runtime/evaluation/heat-map.ts'
import { bestLabels, labelAccuracy } from '../../../runtime/evaluation/labels.ts'
import { goldenTensors, goldenText } from '../data/golden.ts'

const golden = goldenTensors('box_scores.safetensors')
const near = (found: number, expected: number, tolerance: number, what: string) => assert.ok(Math.abs(found - expected) <= tolerance, `${what}: ${found}, expected ${expected}`)

test('a map at the size of its picture, and the scores of boxes, as the official code has them', () => {
  const small = golden('gradcam_itm_block2')
  const map = { data: Float32Array.from(small.data).subarray(0, 16), height: 4, width: 4 }
  const expected = golden('upsampled0')
  const found = resizeMap(map, 37, 53)
  assert.equal(expected.shape, [37, 53])
  const largest = Math.max(...Array.from(expected.data, Math.abs))
  found.data.forEach((value, at) => near(value, expected.data[at] ?? Number.NaN, 1e-6 * largest, `pixel ${at}`))
  const numbers = golden('boxes_xywh').data
  const boxes = [0, 1, 2, 3].map((row): Box => [numbers[row * 4] ?? 0, numbers[row * 4 + 1] ?? 0, numbers[row * 4 + 2] ?? 0, numbers[row * 4 + 3] ?? 0])
  const scores = golden('box_scores').data
  boxScores(found, boxes).forEach((score, box) => near(score, scores[box] ?? Number.NaN, 1e-4 * Math.abs(scores[box] ?? 1), `box ${box + 1}`))
})

test('overlaps, as the official code has them', () => {
  const cases: [Box, Box, number][] = JSON.parse(goldenText('iou.json'))
  assert.ok(cases.length > 5)
  for (const [one, other, expected] of cases) near(officialOverlap(one, other), expected, 1e-9, JSON.stringify([one, other]))
  assert.is(overlap([0, 0, 10, 10], [5, 0, 10, 10]), 1 / 3)
})

test('a picture without proposals is counted, not given the box of the one before', () => {
  const map = Float32Array.from([1, 0, 0, 0])
  const reference = { imageId: 'a', refId: 1, box: [0, 0, 10, 10] as const, height: 20, width: 20 }
  const maps = Float32Array.from([...map, ...map, ...map])
  const proposals = new Map<string, readonly Box[]>([
    ['a', [[10, 10, 10, 10], [0, 0, 10, 10]]],
    ['c', [[10, 10, 9, 9]]],
  ])
  const result = groundingAccuracy(maps, { height: 2, width: 2 }, [reference, { ...reference, imageId: 'b' }, { ...reference, imageId: 'c' }], proposals)
  assert.equal(result, { accuracy: 1 / 3, pointing: 1, withoutProposals: 1 })
  const ofTwo = groundingAccuracy(maps, { height: 2, width: 2 }, [{ ...reference, split: 'testB' }, { ...reference, imageId: 'b', split: 'testA' }, { ...reference, imageId: 'c', split: 'testB' }], proposals)
  assert.equal(ofTwo.bySplit, { testA: 0, testB: 0.5 })
  assert.is(bestBox({ data: map, height: 2, width: 2 }, []), undefined)
  assert.equal(bestBox({ data: Float32Array.from([-1, -2, -3, -4]), height: 2, width: 2 }, [[0, 0, 1, 1], [1, 1, 1, 1]]), [0, 0, 1, 1])
})

test('marks of answers: ten people, or few', () => {
  const ten = ['red', 'red', 'red', 'red', 'blue', 'blue', 'blue', 'green', 'pink', 'grey']
  assert.is(markOf('red', ten), 1)
  near(markOf('blue', ten), (3 * (2 / 3) + 7) / 10, 1e-12, 'three of ten')
  near(markOf('green', ten), (0 + 9 / 3) / 10, 1e-12, 'one of ten')
  assert.is(markOf('white', ten), 0)
  assert.equal([markOf('cat', ['cat', 'dog']), markOf('dog', ['cat', 'dog']), markOf('cow', ['cat', 'dog']), markOf('yes', [])], [1, 1, 0, 0])
  const result = answerAccuracy(['yes', '2', 'no'], [['yes'], ['3'], ['no']])
  near(result.accuracy, 2 / 3, 1e-12, 'accuracy')
  assert.equal(result.bySort.get('yes or no'), { questions: 2, accuracy: 1 })
  assert.equal(result.bySort.get('number'), { questions: 1, accuracy: 0 })
  assert.is(mostFrequent(['a', 'b', 'b']), 'b')
})

test('labels: best scores, confusion', () => {
  const chosen = bestLabels([0, 1, 0, 3, 2, 1, Number.NaN, -5, -6], 3)
  assert.equal([...chosen], [1, 0, 1])
  assert.equal(labelAccuracy(chosen, [1, 1, 1], 3), { accuracy: 2 / 3, confusion: [[0, 0, 0], [1, 2, 0], [0, 0, 0]] })
})

test.run()
