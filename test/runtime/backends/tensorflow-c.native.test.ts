import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compile } from '../../../compiler/language/index.ts'
import type { Artifact, ArraySpec } from '../../../compiler/targets/artifact.ts'
import { tensorflow as target } from '../../../compiler/targets/tensorflow/emit.ts'
import { tensor } from '../../../compiler/targets/tensorflow/graphdef.ts'
import { savedModelArtifact } from '../../../compiler/targets/tensorflow/savedmodel.ts'
import { BackendError, type Backend, type HostArray, type Session } from '../../../runtime/backends/backend.ts'
import { listDevices, tensorflowC } from '../../../runtime/backends/tensorflow-c.ts'
import { tensorflow } from '../../../runtime/backends/tensorflow.ts'
import { readState, writeState } from '../../../runtime/state.ts'
import { loadJob } from '../../../runtime/tasks.ts'
import { randomBatch } from '../../../runtime/training/random-batch.ts'

const right = <L, A>(result: E.Either<L, A>): A => {
  if (E.isLeft(result)) throw result.left
  return result.right
}

const load = async (artifact: Artifact, backend: Backend = tensorflowC()): Promise<Session> => right(await backend.load(artifact)())

const single = (name: string, dtype: ArraySpec['dtype']) => ({ name, dtype, axes: [], packed: false, node: name })

/** Multiplies a matrix of ones by itself so many times that it takes a while; `bad` divides by what it is given and refuses a zero. */
const slow = (): Artifact => {
  const matrix = tensor.f32([1024, 1024], new Float32Array(1024 * 1024))
  const products = Array.from({ length: 24 }, (_, i) => ({ name: `p${i}`, op: 'MatMul', inputs: [i === 0 ? 'm' : `p${i - 1}`, 'm'], attrs: { T: { type: 'f32' }, transpose_a: { b: false }, transpose_b: { b: false } } } as const))
  return savedModelArtifact(
    {
      producer: 1087,
      functions: [],
      nodes: [
        { name: 'x', op: 'Placeholder', inputs: [], attrs: { dtype: { type: 'i32' }, shape: { shape: [] } } },
        { name: 'm', op: 'Const', inputs: [], attrs: { dtype: { type: 'f32' }, value: { tensor: matrix } } },
        ...products,
        { name: 'y', op: 'Identity', inputs: ['x', '^p23'], attrs: { T: { type: 'i32' } } },
        { name: 'ten', op: 'Const', inputs: [], attrs: { dtype: { type: 'i32' }, value: { tensor: tensor.i32([], [10]) } } },
        { name: 'z', op: 'FloorDiv', inputs: ['ten', 'x'], attrs: { T: { type: 'i32' } } },
      ],
    },
    { slow: { inputs: [single('x', 'i32')], outputs: [single('y', 'i32')] }, bad: { inputs: [single('x', 'i32')], outputs: [single('z', 'i32')] } },
  )
}

test('a started run leaves the thread free and returns what a run returns', async () => {
  const session = await load(slow())
  let beats = 0
  const heart = setInterval(() => { beats += 1 }, 1)
  const running = session.start('slow', { x: Int32Array.of(7) })
  let refused: unknown
  try {
    session.run('slow', { x: Int32Array.of(8) })
  } catch (thrown) {
    refused = thrown
  }
  assert.ok(refused instanceof BackendError && refused.kind === 'run', String(refused))
  assert.is(refused.message, "Signature 'slow' cannot run: another run of this session is under way.")
  assert.equal(await running, { y: Int32Array.of(7) })
  clearInterval(heart)
  assert.ok(beats > 0, 'no timer was served while the run went on')
  assert.equal(session.run('slow', { x: Int32Array.of(9) }), { y: Int32Array.of(9) })
  assert.is(session.liveTensors(), 0)
  session.close()
})

test('a session that is closed while a run goes on lets it finish', async () => {
  const session = await load(slow())
  const running = session.start('slow', { x: Int32Array.of(3) })
  session.close()
  assert.equal(await running, { y: Int32Array.of(3) })
  const late = await session.start('slow', { x: Int32Array.of(3) }).then(() => undefined, (thrown: unknown) => thrown)
  assert.ok(late instanceof BackendError && late.kind === 'closed', String(late))
  assert.is(session.liveTensors(), 0)
})

test('a run that fails, started or not, is one sentence and leaves no tensor', async () => {
  const session = await load(slow())
  const thrown = await session.start('bad', { x: Int32Array.of(0) }).then(() => undefined, (error: unknown) => error)
  assert.ok(thrown instanceof BackendError && thrown.kind === 'run', String(thrown))
  assert.match(thrown.message, /^Signature 'bad' failed in TensorFlow: .*zero.*\.$/)
  assert.not.match(thrown.message, '\n')
  assert.equal(session.run('bad', { x: Int32Array.of(5) }), { z: Int32Array.of(2) })
  assert.is(session.liveTensors(), 0)
  session.close()
})

test('the processor counts as as many devices as a session asks for', async () => {
  const processors = async (virtualCpus?: number) => right(await listDevices(virtualCpus === undefined ? {} : { virtualCpus })()).filter(name => name.includes('/device:CPU:'))
  assert.equal((await processors(3)).map(name => name.slice(name.lastIndexOf('/'))), ['/device:CPU:0', '/device:CPU:1', '/device:CPU:2'])
  assert.is((await processors()).length, 1)
})

/** Four steps of the smallest model on random data: every metric, and the state. */
const trained = async (session: Session, batch: Readonly<Record<string, HostArray>>) => {
  session.run('initialize', { seed: Int32Array.of(5) })
  writeState(session, new Map([['horizon', Int32Array.of(100)]]))
  const metrics = []
  for (let step = 0; step < 4; step++) metrics.push(await session.start('step', batch))
  return { metrics, state: readState(session) }
}

test('the C API and the addon train the same model to the same bits', async () => {
  const job = right(await loadJob('models/albef/pretrain.ts', 'tiny', { 'text.dropout': 0.1 })())
  const { artifact } = right(compile(job.definition, target))
  const [byAddon, byApi] = [await load(artifact, tensorflow), await load(artifact)]
  const batch = randomBatch(job, byAddon, 'step', 3)
  const [one, other] = [await trained(byAddon, batch), await trained(byApi, batch)]
  byAddon.close()
  byApi.close()
  assert.equal(other.metrics, one.metrics)
  assert.equal([...other.state.keys()], [...one.state.keys()])
  assert.ok(one.state.size > 100)
  for (const [path, { data }] of one.state) assert.ok(Buffer.from(data.buffer).equals(Buffer.from(other.state.get(path)?.data.buffer ?? new ArrayBuffer(0))), `${path} differs`)
})

test.run()
