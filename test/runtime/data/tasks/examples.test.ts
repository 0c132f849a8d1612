import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import sharp from 'sharp'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NO_AUGMENTATION } from '../../../../runtime/data/augment.ts'
import { createBatches } from '../../../../runtime/data/batch.ts'
import { answerRows, mostAnswers } from '../../../../runtime/data/tasks/answers.ts'
import { columnsOf, plainBatch } from '../../../../runtime/data/tasks/columns.ts'
import { type Examples, loadExamples, type TaskForm } from '../../../../runtime/data/tasks/examples.ts'
import { imageIdOf, readAnswerList, readProposals, readQuestions, readReferences, readStatements } from '../../../../runtime/data/tasks/forms.ts'
import { matchAnswers, matchProposals } from '../../../../runtime/data/tasks/matching.ts'
import { createTokenizer } from '../../../../runtime/data/tokenizer.ts'
import { inTemporaryFolder } from '../../checkpoints/temporary.ts'

const rightOf = <A>(result: E.Either<string, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left)
  return result.right
}
const leftOf = (result: E.Either<string, unknown>): string => (E.isLeft(result) ? result.left : 'no error')

const words = 'is there a the red blue square left of yes no both images are hot dog'.split(' ')
const tokenizer = rightOf(createTokenizer(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...words]))
const idsOf = (text: string) => text.split(' ').map((word) => 5 + words.indexOf(word))

const SIZE = 4
const COLOURS = { red: { r: 200, g: 0, b: 0 }, blue: { r: 0, g: 0, b: 200 }, green: { r: 0, g: 200, b: 0 } }

/** A folder with pictures of one colour each, one that is no picture, and a function that writes a JSON file. */
const inFolder = (check: (write: (name: string, value: unknown) => string) => Promise<void>): Promise<void> =>
  inTemporaryFolder(async (folder) => {
    mkdirSync(join(folder, 'p'))
    for (const [name, background] of Object.entries(COLOURS)) await sharp({ create: { width: 8, height: 6, channels: 3, background } }).png().toFile(join(folder, 'p', `${name}.png`))
    writeFileSync(join(folder, 'p', 'broken.png'), 'no picture')
    await check((name, value) => {
      writeFileSync(join(folder, name), JSON.stringify(value))
      return join(folder, name)
    })
  })

const VE: TaskForm = { kind: 'labelled', pictures: 1, labels: { contradiction: 0, neutral: 1, entailment: 2 } }
const NLVR: TaskForm = { kind: 'labelled', pictures: 2, labels: { False: 0, True: 1 } }
const VQA: TaskForm = { kind: 'questions', rows: 4, tokens: 4 }
const GROUNDING: TaskForm = { kind: 'references' }

const load = async (file: string, form: TaskForm, warnings: string[] = []) =>
  loadExamples(file, form, { tokenizer, maxTokens: 5, size: SIZE, cache: 'off', onWarning: (line) => warnings.push(line) })()
const colourOf = (image: Uint8Array, example: number) => [...image.subarray(example * SIZE * SIZE * 3, example * SIZE * SIZE * 3 + 3)]

const wrongFiles: readonly (readonly [what: string, read: (file: string) => Promise<E.Either<string, unknown>>, content: unknown, reason: string])[] = [
  ['label', (file) => readStatements(file, 1, { contradiction: 0, neutral: 1, entailment: 2 })(), [{ image: 'a', sentence: 's', label: 'maybe' }], "entry 1: field 'label': expected 'contradiction', 'neutral' or 'entailment', found \"maybe\""],
  ['one picture', (file) => readStatements(file, 2, { False: 0, True: 1 })(), [{ images: ['a'], sentence: 's', label: 'True' }], "entry 1: field 'images': expected two paths, found a list"],
  ['label as truth value', (file) => readStatements(file, 2, { False: 0, True: 1 })(), [{ images: ['a', 'b'], sentence: 's', label: true }], "entry 1: field 'label': expected 'False' or 'True', found true"],
  ['question', (file) => readQuestions(file)(), [{ image: 'a', question: 'q', answer: 'x' }, { image: 'a', answer: 'x' }], "entry 2: field 'question': expected text, found nothing"],
  ['answer', (file) => readQuestions(file)(), [{ image: 'a', question: 'q', answer: [1] }], "entry 1: field 'answer': expected text or a list of texts, found [1]"],
  ['data set', (file) => readQuestions(file)(), [{ image: 'a', question: 'q', answer: 'x', dataset: 'coco' }], "entry 1: field 'dataset': expected 'vqa' or 'vg', found \"coco\""],
  ['true box', (file) => readReferences(file)(), [{ image: 'a', text: 't', bbox: [1, 2, 0, 4] }], "entry 1: field 'bbox': expected four numbers: left, top, width and height, the last two above 0, found [1,2,0,4]"],
  ['proposals', (file) => readProposals(file)(), { 7: [[1, 2, 3, 4], [1, 2, 3]] }, "picture '7', box 2: expected four numbers: left, top, width and height, the last two above 0, found [1,2,3]"],
  ['proposals as a list', (file) => readProposals(file)(), [[1, 2, 3, 4]], 'expected an object of lists of boxes, by picture, found a list whose item 1 is [1,2,3,4]'],
  ['answers twice', (file) => readAnswerList(file)(), ['yes', 'no', 'yes'], "answer 3: 'yes' stands in the list before; expected different answers"],
  ['empty answer', (file) => readAnswerList(file)(), ['yes', ' '], 'answer 2: expected a text with words in it, found " "'],
  ['no answers', (file) => readAnswerList(file)(), [], 'expected a list of answers, found an empty list'],
]

for (const [what, read, content, reason] of wrongFiles)
  test(`a wrong file says where: ${what}`, () =>
    inFolder(async (write) => {
      const file = write('wrong.json', content)
      assert.is(leftOf(await read(file)), `${file}: ${reason}`)
    }))

test('names of pictures: endings of SNLI-VE, numbers of COCO', () =>
  inFolder(async (write) => {
    const read = rightOf(await readStatements(write('ve.json', [{ image: '123', sentence: 's', label: 'neutral' }]), 1, { neutral: 0 })())
    assert.equal(read[0]?.images, ['123.jpg'])
    assert.is(imageIdOf('train2014/COCO_train2014_000000581857.jpg'), '581857')
    assert.is(imageIdOf('train/00012.png'), 'train/00012')
  }))

test('statements about one picture: broken pictures and entries without words are skipped and counted', () =>
  inFolder(async (write) => {
    const entry = { image: 'p/red.png', sentence: 'There is a red square!', label: 'entailment' }
    const file = write('ve.json', [entry, { ...entry, image: 'p/broken.png' }, { ...entry, sentence: '?!' }, { ...entry, image: 'p/blue.png', label: 'contradiction' }, entry])
    const warnings: string[] = []
    const examples = rightOf(await load(file, VE, warnings))
    assert.equal(examples.summary, { examples: 3, pictures: 2, skipped: 2, cut: 3 })
    assert.equal([...examples.views.rows], [0, 1, 0])
    assert.equal([...examples.identity], [0, 1, 0])
    assert.equal([...examples.ids.subarray(0, 5)], [2, ...idsOf('there is a red')])
    assert.is(warnings.length, 3)
    assert.match(warnings[0] ?? '', 'entry 3: there are no words in it')
    const { of } = columnsOf(examples, plainBatch(examples, Int32Array.from([1, 2])), 0)
    assert.equal([...(of('label') ?? [])], [0, 2])
    assert.equal([...(of('identity') ?? [])], [1, 0])
    const picture = of('picture')
    assert.ok(picture instanceof Uint8Array)
    if (picture instanceof Uint8Array) assert.equal([colourOf(picture, 0), colourOf(picture, 1)], [[0, 0, 200], [200, 0, 0]])
    assert.equal([of('left'), of('answers')], [undefined, undefined])
  }))

test('statements about two pictures: left and right, also from the loader', () =>
  inFolder(async (write) => {
    const file = write('nlvr.json', [
      { images: ['p/red.png', 'p/blue.png'], sentence: 'both images are red', label: 'False' },
      { images: ['p/green.png', 'p/red.png'], sentence: 'both images are red', label: 'True' },
    ])
    const examples = rightOf(await load(file, NLVR))
    const batch = rightOf(createBatches(examples, { batch: 2, seed: 1, augment: NO_AUGMENTATION }))(0)
    const { of } = columnsOf(examples, batch, 0)
    const [left, right, label] = [of('left'), of('right'), of('label')]
    if (!(left instanceof Uint8Array) || !(right instanceof Uint8Array)) throw new Error('no pictures')
    const expected = [[COLOURS.red, COLOURS.blue, 0], [COLOURS.green, COLOURS.red, 1]] as const
    batch.picture.forEach((example, row) => {
      const [one, other, truth] = expected[example] ?? []
      assert.equal([colourOf(left, row), colourOf(right, row), label?.[row]], [Object.values(one ?? {}), Object.values(other ?? {}), truth])
    })
    assert.is(of('picture'), undefined)
  }))

const question = (answer: string | string[], more = {}) => ({ dataset: 'vqa', image: 'p/red.png', question: 'is there a dog?', question_id: 5, answer, ...more })

test('questions: weighted answers with [SEP] at the end, surplus rows of weight 0', () =>
  inFolder(async (write) => {
    const file = write('vqa.json', [question(['yes', 'yes', 'no', 'yes']), question('hot dog', { dataset: 'vg' })])
    const examples = rightOf(await load(file, VQA))
    const { of, dropped } = columnsOf(examples, plainBatch(examples, Int32Array.from([1, 0])), 4)
    const [yes, no] = [idsOf('yes'), idsOf('no')]
    assert.equal([...(of('answers') ?? [])], [2, ...idsOf('hot dog'), 3, 2, ...yes, 3, 0, 2, ...no, 3, 0, 2, ...idsOf('hot dog'), 3])
    assert.equal([...(of('answerOf') ?? [])], [0, 1, 1, 0])
    assert.equal([...(of('answerWeight') ?? [])], [0.5, 0.75, 0.25, 0])
    assert.is(dropped, 0)
    if (examples.detail.kind !== 'questions') throw new Error('no questions')
    assert.is(mostAnswers(examples.detail.answers, 1), 2)
    const few = answerRows(examples.detail.answers, [0, 1], 2)
    assert.equal([[...few.of], [...few.weight], few.dropped], [[0, 1], [0.75, 0.5], 1], 'the lightest goes, but no question loses its first answer')
  }))

test('an answer that does not fit, and an answer list of another data set, are refused', () =>
  inFolder(async (write) => {
    const long = write('long.json', [question('there is a red square')])
    assert.is(leftOf(await load(long, VQA)), `${long}: the answer 'there is a red square' has 7 tokens with [CLS] and [SEP], and the model takes 4`)
    const examples = rightOf(await load(write('vqa.json', [question('yes'), question('no', { question_id: 9 })]), VQA))
    assert.equal(matchAnswers(['no', 'yes'], examples), E.right({ unanswerable: 0 }))
    assert.is(
      leftOf(matchAnswers(['yes'], examples)),
      "50 % of the questions have no answer in the list of 1 (the first is question 9, 'is there a dog', answered 'no'): it is another data set's list",
    )
  }))

test('references: true boxes in pixels of the file; proposals that do not match are refused, missing ones counted', () =>
  inFolder(async (write) => {
    const reference = { image: 'p/red.png', text: 'the red square', ref_id: 3, image_id: 'p/red', bbox: [1, 1, 3, 3] }
    const examples = rightOf(await load(write('refs.json', [reference, { ...reference, image: 'p/blue.png', image_id: 'p/blue' }]), GROUNDING))
    if (examples.detail.kind !== 'references') throw new Error('no references')
    assert.equal(examples.detail.references[0], { refId: 3, imageId: 'p/red', box: [1, 1, 3, 3], height: 6, width: 8 })
    assert.equal(matchProposals(new Map([['p/red', [[0, 0, 8, 6]]]]), examples), E.right({ withoutProposals: 1 }))
    assert.is(leftOf(matchProposals(new Map([['7', [[0, 0, 8, 6]]]]), examples)), "no picture has proposals (the first reference's picture is 'p/red', the first proposals are for '7'): it is another data set's file")
    assert.is(leftOf(matchProposals(new Map([['p/red', [[0, 0, 80, 60]]]]), examples)), "picture 'p/red' is 8 pixels wide and 6 high, and the proposal [0, 0, 80, 60] lies outside of it: the boxes belong to other pictures")
    const { bbox, ...without } = reference
    assert.equal(bbox.length, 4)
    assert.is(leftOf(matchProposals(new Map(), rightOf(await load(write('none.json', [without]), GROUNDING)))), "reference 3 has no true box: expected the field 'bbox', or a file of references that has it")
  }))

test('a file in which nothing can be used is an error', () =>
  inFolder(async (write) => {
    const file = write('ve.json', [{ image: 'p/none.png', sentence: 'a red square', label: 'neutral' }])
    assert.is(leftOf(await load(file, VE)), `${file}: nothing to read: all 1 examples were skipped (see the warnings)`)
  }))

const kept: readonly (keyof Examples)[] = ['pixels', 'ids', 'captionStart', 'captionRows', 'concept', 'views']
test('examples are pairs to the loader', () =>
  inFolder(async (write) => {
    const examples = rightOf(await load(write('ve.json', [{ image: 'p/red.png', sentence: 'red', label: 'neutral' }]), VE))
    for (const field of kept) assert.ok(examples[field] !== undefined, field)
    assert.equal([...examples.captionStart, ...examples.captionRows], [0, 1, 0])
  }))

test.run()
