import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { askedDevices, parseMesh, readMachine } from '../../../runtime/check/machine.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'
import { axleCheck, model, writeFiles } from './fixtures.ts'

const shipped = fileURLToPath(new URL('../../../runtime/check/machines/8xa100.json', import.meta.url))
const sharded = model().replace('  state,\n', "  state,\n  shard: { example: 'data' },\n")

test('a mesh as it is written', () => {
  assert.equal(parseMesh('data=8'), E.right({ data: 8 }))
  assert.equal(parseMesh('data=4,model=2'), E.right({ data: 4, model: 2 }))
  for (const text of ['', 'data', 'data=0', 'data=2,data=2', '=4', 'data=2;model=2']) assert.equal(parseMesh(text), E.left(`--mesh ${text}: wanted devices along mesh axes, such as data=8 or data=4,model=2`))
})

test('the machine that comes along is read; a broken file is one sentence about what is wrong', async () => {
  const read = readMachine(shipped)
  assert.ok(E.isRight(read))
  assert.equal([read.right.devices, read.right.memory.bytes], [8, 40e9])
  await inTemporaryFolder(async folder => {
    const file = join(folder, 'machine.json')
    const broken = (text: string): string => {
      writeFileSync(file, text)
      const found = readMachine(file)
      assert.ok(E.isLeft(found), text)
      assert.not.match(found.left, /\n/)
      return found.left.replace(`--machine ${file}: `, '')
    }
    const good: Readonly<Record<string, unknown>> = JSON.parse(readFileSync(shipped, 'utf8'))
    assert.match(broken('{ "name"'), /JSON/)
    assert.match(broken('7'), /^a machine is one JSON object/)
    assert.is(broken(JSON.stringify({ ...good, start: undefined })), "'start' is missing, wanted a number of seconds")
    assert.is(broken(JSON.stringify({ ...good, devices: 0 })), "'devices' is 0, wanted a number above 0")
    assert.is(broken(JSON.stringify({ ...good, products: { flops: 1e12, efficiency: 1.5 } })), "'products.efficiency' is 1.5, wanted a number above 0 and at most 1")
    assert.is(broken(JSON.stringify({ ...good, products: { flops: 1e12, bf16: -1, efficiency: 0.5 } })), "'products.bf16' is -1, wanted a number above 0")
    assert.is(broken(JSON.stringify({ ...good, link: 'fast' })), `'link' is "fast", wanted an object`)
    assert.equal(readMachine(folder), E.left(`--machine ${folder}: is a folder, not a file`))
  })
})

test('options that need each other, and more devices than the machine has', () => {
  assert.equal(askedDevices({ cost: false, mesh: 'data=2', machine: undefined }), E.left('--mesh goes with --cost'))
  assert.equal(askedDevices({ cost: true, mesh: undefined, machine: shipped }), E.left('--machine goes with --mesh'))
  assert.equal(askedDevices({ cost: true, mesh: 'data=16', machine: undefined }), E.left('--mesh data=16: 16 devices, but the machine 8xA100 has 8; describe a larger one with --machine'))
  assert.equal(askedDevices({ cost: false, mesh: undefined, machine: undefined, precision: 'bf16' }), E.left('--precision goes with --cost'))
})

test('products in bf16 are predicted for a machine that says how fast they are, and refused for another', async () => {
  await inTemporaryFolder(folder => {
    const file = join(folder, 'machine.json')
    const good: Readonly<Record<string, unknown>> = JSON.parse(readFileSync(shipped, 'utf8'))
    writeFileSync(file, JSON.stringify({ ...good, products: { flops: 1e12, efficiency: 0.5 } }))
    const found = askedDevices({ cost: true, mesh: 'data=2', machine: file, precision: 'bf16' })
    assert.equal(found, E.left("--precision bf16: the machine 8xA100 does not say how fast it multiplies matrices of bf16 ('products.bf16'): without units for them a step is slower than in f32"))
    for (const [machine, precision] of [[file, 'f32'], [undefined, 'bf16']] as const) assert.ok(E.isRight(askedDevices({ cost: true, mesh: 'data=2', machine, precision })))
  })
})

test('the command prints what devices exchange, and refuses a mesh that the model does not run on', async () => {
  await inTemporaryFolder(async folder => {
    writeFiles(folder, { 'line.ts': sharded, 'alone.ts': model() })
    const { code, out } = await axleCheck(folder, ['line.ts', '--cost', '--mesh', 'data=4'])
    assert.is(code, 0, out)
    for (const line of [/^each device of data=4$/m, /^gradients: 1 /m, /fit into the 40 GB/, /^on 8xA100: /m, /^communication: \d/m]) assert.match(out, line)
    const short = await axleCheck(folder, ['line.ts', '--cost', '--mesh', 'data=4', '--precision', 'bf16'])
    assert.is(short.code, 0, short.out)
    // The exchanges are those of f32.
    assert.is(/^gradients: 1 .*$/m.exec(short.out)?.[0], /^gradients: 1 .*$/m.exec(out)?.[0])
    const refused = async (args: readonly string[], why: RegExp): Promise<void> => {
      const found = await axleCheck(folder, args)
      assert.equal([found.code, found.out], [2, ''])
      assert.match(found.err, why)
    }
    await refused(['line.ts', '--cost', '--mesh', 'data=3'], /^--mesh data=3: line\.ts line: 'example' is 8 [^\n]*, which the 3 devices along the mesh axis 'data' do not divide\n$/)
    await refused(['line.ts', '--cost', '--mesh', 'rows=2'], /^--mesh rows=2: line\.ts line: shard: 'example' cannot lie along 'data', the mesh has 'rows'\n$/)
    await refused(['alone.ts', '--cost', '--mesh', 'data=2'], /^--mesh data=2: alone\.ts line: mesh: nothing lies along 'data'[^\n]*\n$/)
    await refused(['line.ts', '--cost', '--mesh', 'data=2', '--machine', 'none.json'], /^--machine \S*none\.json: no such file\n$/)
  })
})

test.run()
