import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { retrievalTable } from '../../../runtime/training/retrieval-table.ts'

const recall = (at1: number, at5: number, at10: number) => ({ at1, at5, at10 })

test('columns line up, a split is named once, and what was not measured is a dash', () => {
  const easy = { split: 'easy', images: 1853, texts: 7120 }
  const table = retrievalTable([
    { ...easy, scores: 'contrastive', imageToText: recall(13.14, 28.4, 36), textToImage: recall(12.9, 29.6, 100) },
    { ...easy, scores: 're-ranked', candidates: 32, imageToText: recall(3, 5, 36), textToImage: recall(12.9, 29.6, 37.1) },
    { ...easy, scores: 'pixel floor', imageToText: recall(34.9, 50, 56.1) },
    { split: 'hard', images: 122, texts: 61, scores: 'chance', imageToText: recall(1.6, 8.2, 16.4), textToImage: recall(0.8, 4.1, 8.2) },
  ])
  assert.is(table, [
    '                                            image to text, %       text to image, %',
    'split  images  texts  scores                 R@1    R@5   R@10      R@1    R@5   R@10',
    '-------------------------------------------------------------------------------------',
    'easy    1,853  7,120  contrastive           13.1   28.4   36.0     12.9   29.6  100.0',
    '                      re-ranked, k = 32      3.0    5.0   36.0     12.9   29.6   37.1',
    '                      pixel floor           34.9   50.0   56.1        -      -      -',
    '-------------------------------------------------------------------------------------',
    'hard      122     61  chance                 1.6    8.2   16.4     0.80    4.1    8.2',
  ].join('\n'))
})

test('the same split with other galleries is another block', () => {
  const row = { split: 'val', texts: 5, scores: 'contrastive' }
  assert.is(retrievalTable([{ ...row, images: 1 }, { ...row, images: 2 }]).match(/^val/gm)?.length, 2)
})

test('no rows give a head only', () => assert.is(retrievalTable([]).split('\n').length, 2))

test.run()
