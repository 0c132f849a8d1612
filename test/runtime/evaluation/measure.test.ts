import { writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import sharp from 'sharp'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Measure } from '../../../compiler/language/index.ts'
import type { ArraySpec } from '../../../compiler/targets/artifact.ts'
import type { HostArray, Session } from '../../../runtime/backends/backend.ts'
import { type Examples, loadExamples, type TaskForm } from '../../../runtime/data/tasks/examples.ts'
import { exampleFeeder } from '../../../runtime/data/tasks/feeds.ts'
import { createBatches } from '../../../runtime/data/batch.ts'
import { NO_AUGMENTATION } from '../../../runtime/data/augment.ts'
import { measureTask } from '../../../runtime/evaluation/measure.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'
import { madeUp } from '../made-up.ts'
import { tokenizerOf } from './fake.ts'

const rightOf = <A>(result: E.Either<string, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left)
  return result.right
}
const leftOf = (result: E.Either<string, unknown>): string => (E.isLeft(result) ? result.left : 'no error')

const tokenizer = tokenizerOf(['red', 'blue', 'is', 'it', 'what', 'colour', 'the', 'left', 'right', 'yes', 'no'])
const SIZE = 4
const BATCH = 2

const array = (name: string, dtype: ArraySpec['dtype'], ...sizes: readonly number[]) => ({ name, dtype, axes: sizes.map((size, i) => ({ name: `axis${i}`, size })), node: name, packed: false })
const image = array('image', 'u8', BATCH, SIZE, SIZE, 3)
const ids = array('ids', 'i32', BATCH, 6)

/** A model of one program, which is a plain function of each example's first red byte and second word. */
const modelOf = (name: string, inputs: ArraySpec[], outputs: ArraySpec[], each: (red: number, word: number) => Readonly<Record<string, readonly number[]>>): Session =>
  madeUp({
    signatures: { [name]: { inputs: inputs.map((one) => array(one.name, one.dtype, ...one.axes.map(({ size }) => size))), outputs: outputs.map((one) => array(one.name, one.dtype, ...one.axes.map(({ size }) => size))) } },
    run: (program, given = {}) => {
      assert.is(program, name)
      const answers = Array.from({ length: BATCH }, (_, row) => each(given['image']?.[row * SIZE * SIZE * 3] ?? -1, given['ids']?.[row * 6 + 1] ?? -1))
      return Object.fromEntries(outputs.map(({ name: output, dtype }): [string, HostArray] => {
        const values = answers.flatMap((answer) => answer[output] ?? [])
        return [output, dtype === 'i32' ? Int32Array.from(values) : Float32Array.from(values)]
      }))
    },
  })

const withExamples = (form: TaskForm, entries: readonly object[], check: (examples: Examples) => void): Promise<void> =>
  inTemporaryFolder(async (folder) => {
    mkdirSync(join(folder, 'p'))
    for (const [name, r] of [['red', 200], ['blue', 10]] as const) await sharp({ create: { width: 8, height: 8, channels: 3, background: { r, g: 0, b: 210 - r } } }).png().toFile(join(folder, 'p', `${name}.png`))
    const file = join(folder, 'data.json')
    writeFileSync(file, JSON.stringify(entries))
    check(rightOf(await loadExamples(file, form, { tokenizer, maxTokens: 6, size: SIZE, cache: 'off' })()))
  })

const labels: Measure = { kind: 'labels', program: 'predict', inputs: { image: 'picture', ids: 'words' }, scores: 'scores' }
const statement = (colour: string, picture: string, label: string) => ({ image: `p/${picture}.png`, sentence: `it is ${colour}`, label })
const VE: TaskForm = { kind: 'labelled', pictures: 1, labels: { contradiction: 0, neutral: 1, entailment: 2 } }

test('labels: every example is asked once, though the last batch is filled up', () =>
  withExamples(VE, [statement('red', 'red', 'entailment'), statement('red', 'blue', 'contradiction'), statement('blue', 'red', 'neutral')], (examples) => {
    const session = modelOf('predict', [image, ids], [array('scores', 'f32', BATCH, 3)], (red) => ({ scores: red > 100 ? [0, 0, 1] : [1, 0, 0] }))
    const rows: number[] = []
    const measured = rightOf(measureTask({ session, measure: labels, examples, tokenizer, onRows: (done) => rows.push(done) }))
    assert.equal(measured, { kind: 'labels', names: ['contradiction', 'neutral', 'entailment'], chosen: Int32Array.of(2, 0, 2), result: { accuracy: 2 / 3, confusion: [[1, 0, 0], [0, 0, 1], [0, 0, 1]] } })
    assert.equal(rows, [2, 3])
    const two = modelOf('predict', [image, ids], [array('scores', 'f32', BATCH, 2)], () => ({ scores: [0, 1] }))
    assert.is(leftOf(measureTask({ session: two, measure: labels, examples, tokenizer })), "the program 'predict' scores 2 labels, and the data has 3: contradiction, neutral, entailment")
    const pair: Measure = { ...labels, inputs: { image: 'left', ids: 'words' } }
    assert.is(leftOf(measureTask({ session, measure: pair, examples, tokenizer })), "the input 'image' takes the column 'left', which labelled examples do not have")
  }))

const answers: Measure = { kind: 'answers', program: 'rank', inputs: { image: 'picture', ids: 'words' }, list: { input: 'list', size: 4, tokens: 3 }, best: 'best', probabilities: 'probabilities' }
const VQA: TaskForm = { kind: 'questions', rows: 4, tokens: 3 }
const asked = (picture: string, answer: string | string[], id: number) => ({ dataset: 'vqa', image: `p/${picture}.png`, question: 'what colour is it?', question_id: id, answer })

test('answers: the best of the list, marked; lists that do not fit are refused', () =>
  withExamples(VQA, [asked('red', 'red', 1), asked('blue', ['blue', 'red'], 2), asked('blue', 'yes', 3)], (examples) => {
    const session = modelOf('rank', [image, ids, array('list', 'i32', 4, 3)], [array('best', 'i32', BATCH, 2), array('probabilities', 'f32', BATCH, 2)], (red) => ({ best: red > 100 ? [1, 0] : [0, 1], probabilities: [0.75, 0.25] }))
    const options = { session, measure: answers, examples, tokenizer, answerList: ['blue', 'red', 'yes', 'no'] }
    const measured = rightOf(measureTask(options))
    if (measured.kind !== 'answers') throw new Error(measured.kind)
    assert.equal([measured.answers, [...measured.probability], measured.unanswerable], [['red', 'blue', 'blue'], [0.75, 0.75, 0.75], 0])
    assert.is(measured.result.accuracy, 2 / 3)
    assert.is(leftOf(measureTask({ ...options, answerList: ['blue', 'red'] })), "the answer list has 2 answers, and the model ranks 4: set the configuration's list to 2")
    assert.match(leftOf(measureTask({ ...options, answerList: ['left', 'right', 'it', 'no'] })), "it is another data set's list")
  }))

const boxes: Measure = { kind: 'boxes', program: 'maps', inputs: { image: 'picture', ids: 'words' }, maps: 'maps' }

test('boxes: maps are scored on the proposals of their picture', () =>
  withExamples({ kind: 'references' }, [{ image: 'p/red.png', text: 'left', ref_id: 1, image_id: 'r', bbox: [0, 0, 4, 8] }, { image: 'p/blue.png', text: 'right', ref_id: 2, image_id: 'b', bbox: [4, 0, 4, 8] }], (examples) => {
    const leftWord = tokenizer.encode('left')[1]
    const session = modelOf('maps', [image, ids], [array('maps', 'f32', BATCH, 2, 2)], (_, word) => ({ maps: word === leftWord ? [1, 0, 1, 0] : [0, 1, 0, 1] }))
    const proposals = new Map([['r', [[0, 0, 4, 8], [4, 0, 4, 8]] as const]])
    const measured = rightOf(measureTask({ session, measure: boxes, examples, tokenizer, proposals }))
    if (measured.kind !== 'boxes') throw new Error(measured.kind)
    assert.equal(measured.result, { accuracy: 0.5, pointing: 1, withoutProposals: 1 })
    assert.match(leftOf(measureTask({ session, measure: boxes, examples, tokenizer, proposals: new Map() })), 'no picture has proposals')
  }))

const inputs = { image: 'picture', ids: 'words', answers: 'answers', answerOf: 'answerOf', answerWeight: 'answerWeight' } as const
const data = { picture: SIZE, tokens: 6, batch: 2, examples: VQA, distinct: 'picture', augmentation: { crop: 'off', flip: false, randaugment: false, grayscale: 0 }, inputs } as const

test('a training step gets its inputs by name; room for answers is looked at before training', () =>
  withExamples(VQA, [asked('red', ['red', 'no', 'yes'], 1), asked('blue', 'blue', 2)], (examples) => {
    const { feed, couldDrop } = rightOf(exampleFeeder(data, examples))
    const batch = rightOf(createBatches(examples, { batch: 2, seed: 1, augment: NO_AUGMENTATION }))(0)
    const { feeds, dropped } = feed(batch)
    assert.equal([Object.keys(feeds), dropped, couldDrop], [Object.keys(inputs), 0, 0])
    assert.is(rightOf(exampleFeeder({ ...data, examples: { ...VQA, rows: 3 } }, examples)).couldDrop, 1)
    assert.is(leftOf(exampleFeeder({ ...data, examples: { ...VQA, rows: 1 } }, examples)), 'there is room for 1 answers in a batch of 2 questions, and each has at least one')
    assert.is(leftOf(exampleFeeder({ ...data, inputs: { label: 'label' } }, examples)), "the input 'label' takes the column 'label', which questions examples do not have")
  }))

test.run()
