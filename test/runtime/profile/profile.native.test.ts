// Steps of a small task, followed back to their lines.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { profiled } from '../../../runtime/cli/profile.ts'
import { accountOf, nobody } from '../../../runtime/profile/attribute.ts'
import { profile } from '../../../runtime/profile/profile.ts'
import { loadJob } from '../../../runtime/tasks.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'

const file = fileURLToPath(new URL('../compile/regression.ts', import.meta.url))
const job = await loadJob(file, 'small')()
if (E.isLeft(job)) throw new Error(job.left)
const found = await profile(job.right, { steps: 3, seed: 1 })()
if (E.isLeft(found)) throw new Error(found.left)
const { program, steps } = found.right
const account = accountOf(steps.flat(), program, steps.length)

test('every step has the same operations, each of them after the step began', () => {
  assert.is(steps.length, 3)
  const names = steps.map(events => events.map(({ execution }) => execution.name).sort())
  assert.ok((names[0]?.length ?? 0) > 50)
  for (const each of names) assert.equal(each, names[0])
  for (const { execution: { name, start, end } } of steps.flat()) assert.ok(end >= start && start > 1e15, name)
})

test('operations inside of the function are followed back to the lines of the model and of what it uses', () => {
  const lines = account.lines.filter(({ count }) => count > 0).map(({ name }) => name)
  for (const wanted of [/^test\/runtime\/compile\/regression\.ts:\d+$/, /^models\/transforms\/adamw\.ts:\d+$/]) assert.ok(lines.some(line => wanted.test(line)), `${wanted} in ${lines.join(', ')}`)
  const unknown = steps.flat().filter(({ node, isCall }) => node === undefined && !isCall).map(({ kind }) => kind)
  assert.equal([...new Set(unknown)].filter(kind => !['_Arg', '_Retval', 'NoOp', 'Const', 'Identity', '_SOURCE', '_SINK'].includes(kind)), [])
  assert.is(account.lines.filter(({ name }) => name !== nobody).reduce((sum, { flops }) => sum + flops, 0), account.work.flops)
})

test('the command writes a trace and prints tables', () => inTemporaryFolder(async folder => {
  const given = { file, config: 'small', batch: undefined, steps: 1, seed: 1, program: undefined, devices: undefined, without: undefined, out: join(folder, 'deep', 'trace.json'), set: [] }
  const text = await profiled(given)
  if (E.isLeft(text)) throw new Error(text.left)
  assert.match(text.right, /^step: 1 traced steps of \d+\.\d\d ms; without a trace a step takes \d+\.\d\d ms\n.*FLOP a step.*\n.*none runs\n\d+\.\d % of the time in operations is not attributed to a line/)
  for (const heading of ['bytes/s  scope\n', 'TensorFlow operation\n', 'bytes/s  line\n', '\nthe 10 dearest lines, ']) assert.match(text.right, heading)
  const trace: unknown = JSON.parse(readFileSync(given.out, 'utf8'))
  assert.ok(typeof trace === 'object' && trace !== null && 'traceEvents' in trace && Array.isArray(trace.traceEvents) && trace.traceEvents.length > 50)
}))

test('wrong input is one sentence, and nothing is written', () => inTemporaryFolder(async folder => {
  const given = { file, config: 'small', batch: undefined, steps: 1, seed: 1, program: undefined, devices: undefined, without: undefined, out: join(folder, 'trace.json'), set: [] }
  const said = async (more: object): Promise<string> => {
    const result = await profiled({ ...given, ...more })
    return E.isLeft(result) ? result.left : 'nothing'
  }
  assert.is(await said({ steps: 0 }), '--steps 0: wanted a whole number from 1 on')
  assert.is(await said({ program: 'stop' }), '--program stop: there is no such training program; there is step')
  assert.match(await said({ without: 'narow' }), /^--without narow: there is no such pass; there is /)
  assert.match(await said({ config: 'large' }), /there is no configuration 'large'/)
  assert.not(existsSync(given.out))
}))

test.run()
