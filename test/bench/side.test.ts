import * as t from 'io-ts'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { median } from './measure.ts'
import { readOptions } from './options.ts'
import { openSide } from './side.ts'

const script = `
for await (const line of require('node:readline').createInterface({ input: process.stdin })) {
  if (line === 'die') { console.error('Traceback'); console.error('MemoryError: no more'); process.exit(3) }
  console.log(line === 'rubbish' ? 'half a li' : JSON.stringify({ said: line }))
}`
const Said = t.type({ said: t.string })
const side = () => openSide('echo', [process.execPath, '-e', `(async () => {${script}})()`], { cwd: process.cwd() })

const refusal = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'no refusal', error => (error instanceof Error ? error.message : String(error)))

test('a side answers in the order in which it is asked, and ends', async () => {
  const echo = side()
  assert.equal(await echo.ask('step', Said), { said: 'step' })
  assert.equal(await echo.ask('agree some file', Said), { said: 'agree some file' })
  await echo.end()
})

test('a side that ends says why', async () => {
  const echo = side()
  assert.is(await refusal(echo.ask('die', Said)), "echo ended at 'die': MemoryError: no more")
  assert.is(await refusal(echo.ask('step', Said)), "echo ended at 'step': MemoryError: no more")
})

test('an answer that is no JSON, or another answer, is shown', async () => {
  const echo = side()
  assert.is(await refusal(echo.ask('rubbish', Said)), "echo answered 'rubbish' with: half a li")
  assert.is(await refusal(echo.ask('step', t.type({ seconds: t.number }))), `echo answered 'step' with: {"said":"step"}`)
  await echo.end()
})

test('a program that is not there is one sentence', async () => {
  assert.match(await refusal(openSide('nobody', ['/no/such/program'], { cwd: process.cwd() }).ask('step', Said)), /^nobody ended at 'step': .*ENOENT/)
})

test('the options of a step', () => {
  const read = readOptions(['--config', 'tiny', '--batch', '8', '--set', 'text.dropout=0.1', '--against', 'torch', '--variants', 'eager, sdpa'])
  assert.ok(E.isRight(read))
  if (E.isRight(read)) {
    assert.is(read.right.step.batch, 8)
    assert.equal(read.right.step.changes, { 'text.dropout': 0.1 })
    assert.equal([read.right.against, read.right.variants], ['torch', ['eager', 'sdpa']])
  }
  assert.equal(readOptions(['--batch', '0']), E.left('--batch 0: wanted a whole number from 1 on.'))
  assert.ok(E.isLeft(readOptions(['--without', 'nothing'])))
})

test('the median of an even number of values is between the two in the middle', () => assert.equal([median([4, 1, 3]), median([4, 1, 3, 2])], [3, 2.5]))

test.run()
