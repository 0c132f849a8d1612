import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createRun } from '../../../runtime/training/run-folder.ts'
import { anchored, parseChanges, readRunConfig, type RunConfig } from '../../../runtime/training/run-config.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'

test('changes are numbers, truth values or texts, by their path', () => {
  const given = ['vision.layers=6', 'schedule.peak=2e-3', 'momentum=-0.5', 'text.frozen=true', 'flip=false', 'text.pool=mean', 'name=a=b', 'empty=', 'blank= ', 'limit=Infinity']
  assert.equal(parseChanges(given), E.right({
    'vision.layers': 6, 'schedule.peak': 0.002, momentum: -0.5, 'text.frozen': true, flip: false, 'text.pool': 'mean', name: 'a=b', empty: '', blank: ' ', limit: 'Infinity',
  }))
  assert.equal(parseChanges([]), E.right({}))
})

test('of a path that is given twice the later value counts', () => {
  assert.equal(parseChanges(['batch=8', 'batch=16']), E.right({ batch: 16 }))
})

for (const wrong of ['vision.layers', '=6', '']) {
  test(`'${wrong}' is no change`, () => assert.equal(parseChanges(['batch=8', wrong]), E.left(`--set ${wrong}: wanted PATH=VALUE, such as vision.layers=6`)))
}

const config: RunConfig = { file: 'models/albef/pretrain.ts', config: 'tiny', changes: { 'vision.layers': 6, 'text.pool': 'mean', flip: true }, seed: 7, steps: 100, data: null }

/** What is read back of a run's folder whose config.json holds this text. */
const readingOf = async (folder: string, text: string) => {
  const made = await createRun(folder, 'tiny', {}, new Date())()
  if (E.isLeft(made)) throw new Error(made.left)
  writeFileSync(made.right.config, text)
  return { file: made.right.config, read: readRunConfig(made.right) }
}

test('a run keeps whole paths, as it may go on from another folder', () => {
  const given = { ...config, data: 'pairs.json', test: ['one.json', '/data/two.json'], answers: 'lists/answers.json', proposals: '../boxes.json' }
  const whole = { ...given, file: '/home/me/models/albef/pretrain.ts', data: '/home/me/pairs.json', test: ['/home/me/one.json', '/data/two.json'], answers: '/home/me/lists/answers.json', proposals: '/home/boxes.json' }
  assert.equal(anchored(given, '/home/me'), whole)
  assert.equal(anchored(whole, '/elsewhere'), whole)
  assert.equal(anchored(config, '/home/me'), { ...config, file: whole.file })
})

test('what makes a run what it is comes back as it was written', () => inTemporaryFolder(async folder => {
  for (const written of [config, { ...config, data: 'pairs.json' }]) {
    const made = await createRun(folder, 'tiny', { ...written, values: { batch: 4 } }, new Date())()
    if (E.isLeft(made)) throw new Error(made.left)
    assert.equal(readRunConfig(made.right), E.right({ ...written, values: { batch: 4 } }))
  }
}))

const { seed: _, ...seedless } = config

const broken: readonly (readonly [text: string, reason: string])[] = [
  [JSON.stringify({ ...config, seed: 'seven' }), `field 'seed' is "seven"`],
  [JSON.stringify({ ...config, steps: null }), "field 'steps' is null"],
  [JSON.stringify(seedless), "field 'seed' is missing"],
  [JSON.stringify({ ...config, data: 5 }), "field 'data' is 5"],
  [JSON.stringify({ ...config, changes: { 'vision.layers': [6] } }), "field 'changes.vision.layers' is [6]"],
  [JSON.stringify({ ...config, changes: 'none' }), `field 'changes' is "none"`],
  ['{}', "field 'file' is missing"],
  ['[1]', 'expected an object, found [1]'],
  ['7', 'expected an object, found 7'],
  ['', 'line 1, column 1: not valid JSON: expected a value, found the end of the file'],
  ['{\n "seed": 1,\n}', "line 3, column 1: not valid JSON: expected a name in double quotes, found '}'"],
]

for (const [text, reason] of broken) {
  test(`is refused: ${reason}`, () => inTemporaryFolder(async folder => {
    const { file, read } = await readingOf(folder, text)
    assert.equal(read, E.left(`${file}: ${reason}`))
  }))
}

test('a configuration that is missing or no file is one line', () => inTemporaryFolder(folder => {
  const run = { path: folder, name: 'run', config: join(folder, 'config.json'), metrics: join(folder, 'metrics.jsonl') }
  assert.equal(readRunConfig(run), E.left(`${run.config}: no such file`))
  mkdirSync(run.config)
  assert.equal(readRunConfig(run), E.left(`${run.config}: is a folder, not a file`))
}))

test.run()
