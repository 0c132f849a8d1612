import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ArraySpec } from '../../../compiler/targets/artifact.ts'
import type { HostArray, Session } from '../../../runtime/backends/backend.ts'
import { readTensors } from '../../../runtime/checkpoints/safetensors.ts'
import type { Batch } from '../../../runtime/data/batch.ts'
import { trainingLoop, type Loop, type Outcome } from '../../../runtime/training/loop.ts'
import { readMetrics } from '../../../runtime/training/metrics.ts'
import { createRun, findCheckpoint, type RunFolder } from '../../../runtime/training/run-folder.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'
import { madeUp } from '../made-up.ts'
import { jobOf } from './job.ts'

const phases = [{ program: 'contrast', share: 0.4 }, { program: 'step', share: 0.6 }]

const rightOf = <A>(result: E.Either<string, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left)
  return result.right
}

const spec = (name: string, dtype: ArraySpec['dtype'], ...sizes: readonly number[]) => ({ name, dtype, axes: sizes.map((size, i) => ({ name: `axis${i}`, size })), node: name })

interface Fake {
  /** The loss of a step; every step's is its number where this is not given. */
  readonly loss?: (step: number) => number
  /** What the student's weight is after so many steps; their number where this is not given. */
  readonly weight?: (steps: number) => number
  /** Called in the middle of a step. */
  readonly during?: (step: number) => void
}

/** A session whose state counts its steps, and which notes the programs and the pictures it is given. */
const fakeSession = ({ loss = step => step, weight = steps => steps, during }: Fake, from: number): { readonly session: Session; readonly calls: string[]; readonly seen: number[] } => {
  const calls: string[] = []
  const seen: number[] = []
  let step = from
  const state = (): Record<string, HostArray> => ({
    'student/weight': Float32Array.of(weight(step), 0.5),
    'teacher/weight': Float32Array.of(step / 2, 0.5),
    horizon: Int32Array.of(10),
    key: Int32Array.of(3, 4),
    scratch: Float32Array.of(9),
  })
  const session = madeUp({
    signatures: {
      step: { inputs: [], outputs: [spec('loss', 'f32')] },
      contrast: { inputs: [], outputs: [spec('loss', 'f32')] },
      'read.0': { inputs: [], outputs: [spec('student/weight', 'f32', 2), spec('teacher/weight', 'f32', 2), spec('horizon', 'i32'), spec('key', 'i32', 2), spec('scratch', 'f32', 1)] },
    },
    run: (name, inputs = {}) => {
      if (name === 'read.0') return state()
      calls.push(name)
      seen.push(inputs['image']?.[0] ?? -1)
      during?.(step)
      const value = loss(step)
      step += 1
      return { loss: Float32Array.of(value), rate: Float32Array.of(0.25), scores: Float32Array.of(1, 2) }
    },
  })
  return { session, calls, seen }
}

const batchAt = (step: number): Batch & { readonly waited: number } => ({ step, image: Uint8Array.of(step), ids: new Int32Array(), caption: new Int32Array(), picture: new Int32Array(), waited: 2 })

interface Ran {
  readonly result: E.Either<string, Outcome>
  readonly run: RunFolder
  readonly calls: readonly string[]
  readonly seen: readonly number[]
  readonly printed: string
}

/** Runs the loop in a new folder over a made-up session and loader. */
const ran = async (folder: string, fake: Fake, given: Partial<Pick<Loop, 'from' | 'steps' | 'secondsBetweenCheckpoints'>> = {}, before: (run: RunFolder) => void = () => undefined): Promise<Ran> => {
  const { from = 0, steps = 5, secondsBetweenCheckpoints = Infinity } = given
  const run = rightOf(await createRun(folder, 'fake', {}, new Date())())
  before(run)
  const { session, calls, seen } = fakeSession(fake, from)
  let next = from
  const loader = { stepsPerEpoch: 100, next: () => Promise.resolve(batchAt(next++)), ready: () => 1, close: () => Promise.resolve() }
  let printed = ''
  const result = await trainingLoop({
    job: jobOf({ phases }), session, loader, run, from, steps, secondsBetweenCheckpoints,
    trained: new Set(['student/weight', 'teacher/weight']),
    feed: ({ image }) => ({ image }),
    output: { isTTY: false, write: text => (printed += text) },
  })
  return { result, run, calls, seen, printed }
}

const checkpointsOf = ({ path }: RunFolder): readonly string[] => readdirSync(path).filter(name => name.startsWith('step-')).sort()

/** The student's weight in the checkpoint that a pointer of the run names, with its step. */
const saved = async ({ path }: RunFolder, pointer: 'latest' | 'good'): Promise<readonly [step: string | undefined, weight: number | undefined]> => {
  const { metadata, tensors } = rightOf(await readTensors(rightOf(await findCheckpoint(path, pointer)()))())
  return [metadata['step'], tensors.get('student/weight')?.data[0]]
}

const listeners = (): number => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM')

test('every step is one call of its phase with its own batch, and one line of metrics', () => inTemporaryFolder(async folder => {
  const before = listeners()
  const { result, run, calls, seen, printed } = await ran(folder, { loss: step => 10 - step })
  const outcome = rightOf(result)
  assert.equal(calls, ['contrast', 'contrast', 'step', 'step', 'step'])
  assert.equal(seen, [0, 1, 2, 3, 4])
  const lines = rightOf(readMetrics(run.metrics))
  assert.equal(lines.map(({ step, phase, loss, rate }) => [step, phase, loss, rate]), calls.map((phase, step) => [step, phase, 10 - step, 0.25]))
  for (const line of lines) {
    assert.equal(Object.keys(line), ['step', 'phase', 'loss', 'rate', 'seconds', 'waiting'], 'only single numbers are metrics')
    assert.is(line['waiting'], 0.002)
    assert.type(line['seconds'], 'number')
  }
  assert.is(outcome.kind, 'done')
  assert.is(outcome.step, 5)
  assert.match(printed, /^step 5\/5 {2}loss 6\.000/m)
  assert.is(listeners(), before, 'signals have their usual meaning again')
}))

test('the checkpoint at the end holds what steps change and what evaluation needs, and nothing else', () => inTemporaryFolder(async folder => {
  const { result, run } = await ran(folder, {})
  const outcome = rightOf(result)
  if (outcome.kind !== 'done') throw new Error(outcome.kind)
  assert.equal(checkpointsOf(run), ['step-000005.safetensors'])
  assert.is(outcome.checkpoint, rightOf(await findCheckpoint(run.path)()))
  const { metadata, tensors } = rightOf(await readTensors(outcome.checkpoint)())
  assert.equal(metadata, { job: 'small', run: run.name, step: '5', good: 'true' })
  assert.equal([...tensors.keys()].sort(), ['horizon', 'key', 'student/weight', 'teacher/weight'])
  assert.equal(tensors.get('student/weight')?.data, Float32Array.of(5, 0.5))
  assert.equal(tensors.get('horizon')?.data, Int32Array.of(10))
}))

test('a run that goes on makes only the steps that are left, in their phases', () => inTemporaryFolder(async folder => {
  const { result, run, calls, seen } = await ran(folder, {}, { from: 1, steps: 4 })
  assert.is(rightOf(result).step, 4)
  assert.equal(calls, ['contrast', 'step', 'step'])
  assert.equal(seen, [1, 2, 3])
  assert.equal(rightOf(readMetrics(run.metrics)).map(({ step }) => step), [1, 2, 3])
  assert.equal(checkpointsOf(run), ['step-000004.safetensors'])
}))

for (const [value, name] of [[Number.NaN, 'NaN'], [Number.POSITIVE_INFINITY, 'Infinity']] as const) {
  test(`a loss that becomes ${name} breaks the run off and leaves the checkpoint before it as the good one`, () => inTemporaryFolder(async folder => {
    const { result, run, calls } = await ran(folder, { loss: step => (step === 3 ? value : 1) }, { secondsBetweenCheckpoints: 0 })
    assert.equal(result, E.right({ kind: 'diverged', step: 3, loss: 'loss', value }))
    assert.is(calls.length, 4)
    assert.equal(rightOf(readMetrics(run.metrics)).map(({ step, loss }) => [step, loss]), [[0, 1], [1, 1], [2, 1], [3, value]])
    assert.equal(checkpointsOf(run), ['step-000002.safetensors', 'step-000003.safetensors'])
    assert.equal(await saved(run, 'good'), ['3', 3])
    assert.equal(await saved(run, 'latest'), ['3', 3])
  }))
}

test('a loss that is not finite from the start leaves no checkpoint', () => inTemporaryFolder(async folder => {
  const { result, run } = await ran(folder, { loss: () => Number.NaN }, { secondsBetweenCheckpoints: 0 })
  assert.equal(result, E.right({ kind: 'diverged', step: 0, loss: 'loss', value: Number.NaN }))
  assert.equal(checkpointsOf(run), [])
  assert.not(existsSync(`${run.path}/good`))
}))

test('weights that are not finite are not saved, though the last loss was: the run broke off, and names the weight', () => inTemporaryFolder(async folder => {
  const between = await ran(folder, { weight: steps => (steps >= 3 ? Number.NaN : steps) }, { secondsBetweenCheckpoints: 0 })
  assert.equal(between.result, E.right({ kind: 'diverged', step: 2, loss: 'student/weight', value: Number.NaN }))
  assert.equal(await saved(between.run, 'good'), ['2', 2])
  assert.equal(await saved(between.run, 'latest'), ['2', 2])
  const atEnd = await ran(folder, { weight: steps => (steps === 5 ? Number.NEGATIVE_INFINITY : steps) })
  assert.equal(atEnd.result, E.right({ kind: 'diverged', step: 4, loss: 'student/weight', value: Number.NEGATIVE_INFINITY }))
  assert.equal(checkpointsOf(atEnd.run), [])
}))

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} in the middle of a step: the step is finished, saved, and the last`, () => inTemporaryFolder(async folder => {
    const before = listeners()
    const { result, run, calls, printed } = await ran(folder, { during: step => void (step === 2 && process.emit(signal)) })
    const outcome = rightOf(result)
    if (outcome.kind !== 'stopped') throw new Error(outcome.kind)
    assert.is(outcome.step, 3)
    assert.is(calls.length, 3)
    assert.equal(rightOf(readMetrics(run.metrics)).map(({ step }) => step), [0, 1, 2])
    assert.is(outcome.checkpoint, rightOf(await findCheckpoint(run.path)()))
    assert.equal(await saved(run, 'latest'), ['3', 3])
    assert.equal(await saved(run, 'good'), ['3', 3])
    assert.is(printed.split('\n').filter(line => line.startsWith('finishing the step')).length, 1)
    assert.is(listeners(), before, 'signals have their usual meaning again')
  }))
}

test('metrics that cannot be written end the run before its first step, in one sentence', () => inTemporaryFolder(async folder => {
  const before = listeners()
  const { result, run, calls } = await ran(folder, {}, {}, ({ metrics }) => mkdirSync(metrics))
  assert.equal(result, E.left(`${run.metrics}: cannot be written: is a folder, not a file`))
  assert.equal(calls, [])
  assert.is(listeners(), before)
}))

test('a checkpoint that cannot be written ends the run in one sentence', () => inTemporaryFolder(async folder => {
  const { result, run } = await ran(folder, {}, { secondsBetweenCheckpoints: 0 }, ({ path }) => mkdirSync(`${path}/step-000002.safetensors`))
  assert.ok(E.isLeft(result))
  if (E.isLeft(result)) assert.match(result.left, new RegExp(`^${run.path}/step-000002\\.safetensors: cannot be written: [^\\n]+$`))
  assert.equal(await saved(run, 'latest'), ['1', 1])
}))

test.run()
