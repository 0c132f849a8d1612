import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import sharp from 'sharp'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Job, Measure } from '../../../compiler/language/index.ts'
import { loadExamples, type TaskForm } from '../../../runtime/data/tasks/examples.ts'
import { tokenizerOf } from '../evaluation/fake.ts'
import { openMeasured, type Measured, type Named } from '../../../runtime/training/measured.ts'
import type { ExampleData, Source } from '../../../runtime/training/data.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'
import { jobOf } from './job.ts'

const tokenizer = tokenizerOf(['red', 'blue', 'what', 'colour', 'is', 'it', 'the', 'yes', 'ball'])
const size = 4

const questions: TaskForm = { kind: 'questions', rows: 4, tokens: 3 }
const ranked: Measure = { kind: 'answers', program: 'rank', inputs: {}, list: { input: 'list', size: 2, tokens: 3 }, best: 'best', probabilities: 'probabilities' }
const references: TaskForm = { kind: 'references' }
const boxed: Measure = { kind: 'boxes', program: 'maps', inputs: {}, maps: 'map' }

const ask = (answer: string, id: number) => ({ image: 'red.png', question: 'what colour is it?', question_id: id, answer })

interface Case {
  readonly form: TaskForm
  readonly measure: Measure | undefined
  readonly entries: readonly object[]
  readonly files: Readonly<Record<string, unknown>>
  readonly named: (folder: string) => Partial<Named>
}

const opened = async ({ form, measure, entries, files, named }: Case, check: (result: E.Either<string, Measured>, folder: string, lines: readonly string[]) => void): Promise<void> =>
  inTemporaryFolder(async (folder) => {
    // Decoded pictures are kept in the user's cache; here that is thrown away.
    process.env['XDG_CACHE_HOME'] = join(folder, 'cache')
    await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).png().toFile(join(folder, 'red.png'))
    const write = (name: string, value: unknown) => writeFileSync(join(folder, `${name}.json`), JSON.stringify(value))
    write('data', entries)
    for (const [name, value] of Object.entries(files)) write(name, value)
    const read = await loadExamples(join(folder, 'data.json'), form, { tokenizer, maxTokens: 6, size, cache: 'off' })()
    if (E.isLeft(read)) throw new Error(read.left)
    const source: Source = { set: 'none', file: join(folder, 'data.json') }
    const data: ExampleData = { kind: 'examples', pairs: read.right, tokenizer, source }
    const made = jobOf()
    const job: Job = { ...made, name: 'task', data: { ...made.data, picture: size, tokens: 6, examples: form }, ...(measure === undefined ? {} : { measure }) }
    const lines: string[] = []
    check(await openMeasured(job, data, { test: [], answers: undefined, proposals: undefined, ...named(folder) }, { write: (line) => lines.push(line) })(), folder, lines)
  })

const vqa: Omit<Case, 'named'> = { form: questions, measure: ranked, entries: [ask('red', 1)], files: { test: [ask('red', 1), ask('blue', 2)], list: ['red', 'blue'], other: ['yes', 'it'], long: ['red', 'blue', 'yes'] } }
const named = (test: readonly string[], more: Readonly<Record<string, string>> = {}) => (folder: string): Partial<Named> => ({
  test: test.map((name) => join(folder, `${name}.json`)),
  ...Object.fromEntries(Object.entries(more).map(([name, file]) => [name, join(folder, `${file}.json`)])),
})

test('nothing is measured where no data is named for it, and named data is read', async () => {
  await opened({ ...vqa, named: named([]) }, (result) => assert.equal(result, E.right({ kind: 'nothing' })))
  await opened({ ...vqa, named: named(['test'], { answers: 'list' }) }, (result) => {
    assert.ok(E.isRight(result) && result.right.kind === 'task')
    if (E.isRight(result) && result.right.kind === 'task') assert.equal(result.right.data.parts.map(({ name, examples, impossible }) => [name, examples.pictures, impossible]), [['test', 2, 0]])
  })
})

test('lists and boxes that do not go with the task or the data are refused before anything is trained', async () => {
  const refused = async (own: Case, sentence: string | RegExp) =>
    opened(own, (result, folder) => {
      const said = E.isLeft(result) ? result.left.replaceAll(`${folder}/`, '') : 'no error'
      if (typeof sentence === 'string') assert.is(said, sentence)
      else assert.match(said, sentence)
    })
  await refused({ ...vqa, named: named(['test']) }, 'answers are ranked from a list: name it with --answers')
  await refused({ ...vqa, named: named([], { answers: 'list' }) }, 'list.json: nothing to measure with it: name files with --test')
  await refused({ ...vqa, named: named(['test'], { answers: 'list', proposals: 'list' }) }, "--proposals list.json: 'task' chooses no boxes")
  await refused({ ...vqa, named: named(['test'], { answers: 'other' }) }, /^other.json: training data: 100 % of the questions have no answer in the list of 2 .* it is another data set's list$/)
  await refused({ ...vqa, named: named(['test'], { answers: 'long' }) }, /^long.json: training data: the answer list has 3 answers, and the model ranks 2/)
  await refused({ ...vqa, named: named(['test'], { answers: 'list', references: 'list' }) }, "--references list.json: 'task' chooses no boxes")
  const grounding: Omit<Case, 'named'> = { form: references, measure: boxed, entries: [{ image: 'red.png', text: 'the red ball', bbox: [0, 0, 4, 4] }], files: { test: [{ image: 'red.png', text: 'the ball', bbox: [0, 0, 4, 4] }], far: { red: [[50, 50, 9, 9]] }, others: { blue: [[0, 0, 4, 4]] } } }
  await refused({ ...grounding, named: named(['test']) }, 'maps are scored on proposed boxes: name their file with --proposals')
  await refused({ ...grounding, named: named([], { references: 'far' }) }, '--references far.json: nothing to measure with it: name files with --test')
  await refused({ ...grounding, named: named(['test'], { proposals: 'far', references: 'others' }) }, /^others.json: it is no pickle that can be read: the opcode 0x7b at byte 0/)
  await refused({ ...grounding, named: named(['test'], { proposals: 'others' }) }, /^others.json: test: no picture has proposals .* it is another data set's file$/)
  await refused({ ...grounding, named: named(['test'], { proposals: 'far' }) }, /^far.json: test: picture 'red' is 8 pixels wide and 8 high, and the proposal \[50, 50, 9, 9\] lies outside of it/)
})

test('pictures without proposals are counted and reported', () =>
  opened(
    {
      form: references, measure: boxed,
      entries: [{ image: 'red.png', text: 'the red ball' }],
      files: { test: [{ image: 'red.png', text: 'the ball', bbox: [0, 0, 4, 4] }, { image: 'red.png', image_id: 'none', text: 'it', bbox: [0, 0, 4, 4] }], boxes: { red: [[0, 0, 4, 4]] } },
      named: named(['test'], { proposals: 'boxes' }),
    },
    (result, _folder, lines) => {
      assert.ok(E.isRight(result), JSON.stringify(result))
      assert.equal(lines.filter((line) => line.includes('proposals')), ['test: 1 of 2 examples are of pictures without proposals; they count as wrong\n'])
    },
  ))

test.run()
