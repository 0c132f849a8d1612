import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readTensors, writeTensors, type LazyTensor } from '../../../runtime/checkpoints/safetensors.ts'
import {
  checkpointName, createRun, findCheckpoint, newestRun, openRun, runName, saveCheckpoint, superseded, type RunFolder,
} from '../../../runtime/training/run-folder.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'

const right = <A>(either: E.Either<string, A>): A => {
  if (E.isLeft(either)) throw new Error(either.left)
  return either.right
}

const at = new Date(2026, 0, 31, 8, 5, 9)

const tensors = (value: number): ReadonlyMap<string, LazyTensor> =>
  new Map([['x', { dtype: 'f32' as const, shape: [], read: () => new Float32Array([value]) }]])

const save = async (run: RunFolder, step: number, good = true): Promise<string> =>
  right(await saveCheckpoint(run, { step, good, metadata: { seed: '7' }, tensors: tensors(step) })())

const checkpoints = (run: RunFolder): readonly string[] => readdirSync(run.path).filter(name => name.startsWith('step-')).sort()

test('a run is named by its configuration and local time', () => {
  assert.is(runName('emoji', at), 'emoji-2026-01-31-08-05-09')
  assert.is(runName('emoji', at, 2), 'emoji-2026-01-31-08-05-09-2')
  assert.is(runName('../my config.yaml', at), 'my-config.yaml-2026-01-31-08-05-09')
  assert.is(runName('...', at), 'run-2026-01-31-08-05-09')
})

test('runs of one moment get folders of their own, also when they are made at the same time', () => inTemporaryFolder(async folder => {
  const root = join(folder, 'deep', 'out')
  const runs = await Promise.all([1, 2, 3].map(seed => createRun(root, 'emoji', { seed }, at)()))
  assert.equal(readdirSync(root).sort(), [runName('emoji', at), runName('emoji', at, 2), runName('emoji', at, 3)])
  const seeds = runs.map(run => JSON.parse(readFileSync(right(run).config, 'utf8')).seed)
  assert.equal(seeds, [1, 2, 3])
}))

test('an existing run is opened, another folder is refused in one sentence', () => inTemporaryFolder(async folder => {
  const run = right(await createRun(folder, 'emoji', {}, at)())
  assert.equal(right(await openRun(`${run.path}/`)()).name, run.name)
  assert.equal(await openRun(folder)(), E.left(`${folder}: not the folder of a run: it has no config.json`))
}))

test('checkpoint names sort by step', () => {
  assert.is(checkpointName(123), 'step-000123.safetensors')
  assert.is(checkpointName(1_234_567), 'step-1234567.safetensors')
})

test('superseded: what is older than the last K, but never the good one, later steps or foreign files', () => {
  const names = [100, 200, 300, 400, 900].map(checkpointName)
  assert.equal(superseded([...names, 'mine.safetensors', 'config.json'], names[3] ?? '', undefined, 2), [names[1], names[0]])
  assert.equal(superseded(names, names[3] ?? '', names[0], 2), [names[1]])
  assert.equal(superseded(names, names[3] ?? '', undefined, 1), [names[2], names[1], names[0]])
  assert.equal(superseded(names, names[3] ?? '', undefined, 9), [])
})

test('the last two checkpoints stay, and latest points at a complete one', () => inTemporaryFolder(async folder => {
  const run = right(await createRun(folder, 'emoji', {}, at)())
  for (const step of [1, 2, 3, 4]) await save(run, step)
  assert.equal(checkpoints(run), [checkpointName(3), checkpointName(4)])
  const path = right(await findCheckpoint(run.path)())
  const content = right(await readTensors(path)())
  assert.equal(content.metadata, { good: 'true', run: run.name, seed: '7', step: '4' })
  assert.equal(content.tensors.get('x')?.data, new Float32Array([4]))
  assert.is(right(await findCheckpoint(path)()), path)
}))

test('the last checkpoint with finite losses stays however old it is', () => inTemporaryFolder(async folder => {
  const run = right(await createRun(folder, 'emoji', {}, at)())
  for (const step of [1, 2]) await save(run, step)
  for (const step of [3, 4, 5]) await save(run, step, false)
  assert.equal(checkpoints(run), [2, 4, 5].map(checkpointName))
  assert.is(right(await findCheckpoint(run.path, 'good')()), join(run.path, checkpointName(2)))
  assert.is(right(await findCheckpoint(run.path)()), join(run.path, checkpointName(5)))
  await save(run, 6)
  assert.equal(checkpoints(run), [5, 6].map(checkpointName))
}))

test('files of others are never removed, whatever they are called', () => inTemporaryFolder(async folder => {
  const run = right(await createRun(folder, 'emoji', {}, at)())
  const foreign = { metadata: { run: 'another' }, tensors: new Map() }
  right(await writeTensors(join(run.path, checkpointName(1)), foreign)())
  writeFileSync(join(run.path, checkpointName(2)), 'not a checkpoint at all')
  writeFileSync(join(run.path, 'notes.txt'), 'mine')
  mkdirSync(join(run.path, 'step-000003'))
  for (const step of [10, 11, 12]) await save(run, step)
  assert.equal(checkpoints(run), [checkpointName(1), checkpointName(2), 'step-000003', checkpointName(11), checkpointName(12)])
  assert.is(readFileSync(join(run.path, 'notes.txt'), 'utf8'), 'mine')
}))

test('a run that was renamed keeps what it had under its old name', () => inTemporaryFolder(async folder => {
  const run = right(await createRun(folder, 'emoji', {}, at)())
  await save(run, 1)
  const path = join(folder, 'best')
  renameSync(run.path, path)
  const renamed = right(await openRun(path)())
  for (const step of [2, 3, 4]) await save(renamed, step)
  assert.equal(checkpoints(renamed), [1, 3, 4].map(checkpointName))
}))

test('what a crash left unfinished is removed by the next save', () => inTemporaryFolder(async folder => {
  const run = right(await createRun(folder, 'emoji', {}, at)())
  const unfinished = join(run.path, `${checkpointName(7)}.tmp`)
  writeFileSync(unfinished, 'half')
  await save(run, 8)
  assert.not(existsSync(unfinished))
}))

test('a run without a checkpoint, a broken pointer and a missing path are told apart', () => inTemporaryFolder(async folder => {
  const run = right(await createRun(folder, 'emoji', {}, at)())
  assert.equal(await findCheckpoint(run.path)(), E.left(`${run.path}: has no checkpoint yet`))
  assert.equal(await findCheckpoint(run.path, 'good')(), E.left(`${run.path}: has no checkpoint with finite losses yet`))
  writeFileSync(join(run.path, 'latest'), '../../elsewhere')
  assert.equal(await findCheckpoint(run.path)(), E.left(`${run.path}: has no checkpoint yet`))
  assert.equal(await findCheckpoint(join(folder, 'none'))(), E.left(`${join(folder, 'none')}: there is no such checkpoint or run`))
}))

test('the newest run is the one that saved last', () => inTemporaryFolder(async folder => {
  assert.equal(await newestRun(folder)(), E.left(`${folder}: no run has a checkpoint yet`))
  const [a, b] = [right(await createRun(folder, 'a', {}, at)()), right(await createRun(folder, 'b', {}, at)())]
  await save(b, 1)
  await new Promise(resolve => { setTimeout(resolve, 20) }) // file times are compared
  await save(a, 1)
  right(await createRun(folder, 'c', {}, at)())
  assert.is(right(await newestRun(folder)()).name, a.name)
}))

test.run()
