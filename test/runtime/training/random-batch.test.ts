import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Job } from '../../../compiler/language/index.ts'
import type { ArraySpec } from '../../../compiler/targets/artifact.ts'
import type { Session } from '../../../runtime/backends/backend.ts'
import { randomBatch } from '../../../runtime/training/random-batch.ts'
import { jobOf } from './job.ts'

const refused = (): never => { throw new Error('nothing runs here') }

const array = (name: string, dtype: ArraySpec['dtype'], sizes: Readonly<Record<string, number>>) => ({ name, dtype, axes: Object.entries(sizes).map(([axis, size]) => ({ name: axis, size })), node: name, packed: false })

const sessionWith = (inputs: readonly ReturnType<typeof array>[]): Session => ({
  signatures: { step: { inputs, outputs: [] }, 'read.0': { inputs: [], outputs: [array('words', 'f32', { word: 50, hidden: 2 })] } },
  run: refused, start: refused, liveTensors: () => 0, close: () => undefined,
})

const batch = 8
const job = ((made: Job): Job => ({ ...made, config: { text: { special: { pad: 0, cls: 2 } } }, data: { ...made.data, batch, examples: { kind: 'labelled', pictures: 1, labels: { no: 0, yes: 1, maybe: 2 } } } }))(
  jobOf({ inputs: { image: 'picture', ids: 'words', label: 'label', identity: 'identity', answers: 'answers', answerOf: 'answerOf', answerWeight: 'answerWeight' } }),
)
const inputs = [
  array('image', 'u8', { batch, row: 4 }), array('ids', 'i32', { batch, token: 6 }), array('label', 'i32', { batch }), array('identity', 'i32', { batch }),
  array('answers', 'i32', { answer: 20, token: 5 }), array('answerOf', 'i32', { answer: 20 }), array('answerWeight', 'f32', { answer: 20 }),
]

const within = (data: ArrayLike<number> | undefined, least: number, below: number): boolean => data !== undefined && data.length > 0 && Array.from(data).every(x => x >= least && x < below)
const various = (data: ArrayLike<number> | undefined): boolean => new Set(Array.from(data ?? [])).size > 1

test('every column has values that it may have, and more than one', () => {
  const session = sessionWith(inputs)
  for (const seed of [1, 2, 3]) {
    const made = randomBatch(job, session, 'step', seed)
    assert.ok(within(made['label'], 0, 3) && within(made['identity'], 0, 2 ** 31) && within(made['answerOf'], 0, batch) && within(made['answerWeight'], 0, 1), `seed ${seed}`)
    for (const name of ['ids', 'answers']) assert.ok(within(made[name], 0, 50), `${name}, seed ${seed}`)
    // [CLS] first; only the last row ends in padding.
    const answers = Array.from(made['answers'] ?? [])
    assert.ok(answers.every((id, i) => (i % 5 === 0 ? id === 2 : i < 98 ? id > 2 : id === 0)), `seed ${seed}: ${answers.join(' ')}`)
    for (const { name } of inputs) assert.ok(various(made[name]), `${name} of seed ${seed} is ${made[name]?.join(' ')}`)
  }
})

test('a batch is a function of its seed', () => {
  const session = sessionWith(inputs)
  assert.equal(randomBatch(job, session, 'step', 7), randomBatch(job, session, 'step', 7))
  assert.not.equal(randomBatch(job, session, 'step', 7), randomBatch(job, session, 'step', 8))
})

test.run()
