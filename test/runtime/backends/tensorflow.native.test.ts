import * as E from 'fp-ts/Either'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Artifact, InputSpec, OutputSpec } from '../../../compiler/targets/artifact.ts'
import { tensor } from '../../../compiler/targets/tensorflow/graphdef.ts'
import type { Attr, FunctionDef, NodeDef } from '../../../compiler/targets/tensorflow/graphdef.ts'
import { savedModelArtifact } from '../../../compiler/targets/tensorflow/savedmodel.ts'
import { BackendError } from '../../../runtime/backends/backend.ts'
import type { Backend, Session } from '../../../runtime/backends/backend.ts'
import { tensorflowC } from '../../../runtime/backends/tensorflow-c.ts'
import { tensorflow } from '../../../runtime/backends/tensorflow.ts'

const PRODUCER = 1087
const f32: Attr = { type: 'f32' }

const node = (name: string, op: string, inputs: readonly string[], attrs: Readonly<Record<string, Attr>>): NodeDef => ({ name, op, inputs, attrs })
const axesOf = (sizes: readonly number[]) => sizes.map((size, i) => ({ name: `axis${i}`, size }))
const input = (name: string, dtype: InputSpec['dtype'], sizes: readonly number[], packed = false): InputSpec => ({
  name,
  dtype,
  axes: axesOf(sizes),
  node: name,
  packed,
})
const output = (name: string, from: string, dtype: OutputSpec['dtype'], sizes: readonly number[]): OutputSpec => ({
  name,
  dtype,
  axes: axesOf(sizes),
  node: from,
})

type Load = (artifact: Artifact) => Promise<Session>

const loadBy = (backend: Backend): Load => async artifact => {
  const loaded = await backend.load(artifact)()
  if (E.isLeft(loaded)) throw loaded.left
  return loaded.right
}

/** A test of whatever stands behind the interface of backends: by the addon, and by the C API. */
const both = (title: string, body: (load: Load, backend: Backend) => Promise<void>): void => {
  for (const backend of [tensorflow, tensorflowC()]) test(`${title} (${backend.name})`, () => body(loadBy(backend), backend))
}

const failure = (body: () => unknown): BackendError => {
  try {
    body()
  } catch (thrown) {
    if (thrown instanceof BackendError) return thrown
    throw thrown
  }
  throw new Error('nothing was thrown')
}

const SIZES = [2, 3]

/** A variable w: `init` sets it, `step` returns the sum of x * w and takes x off w, `read` returns it. */
const counter = (): Artifact =>
  savedModelArtifact(
    {
      producer: PRODUCER,
      functions: [],
      nodes: [
        node('w', 'VarHandleOp', [], { dtype: f32, shape: { shape: SIZES }, shared_name: { s: 'w' }, container: { s: '' } }),
        node('value', 'Placeholder', [], { dtype: f32, shape: { shape: SIZES } }),
        node('assign', 'AssignVariableOp', ['w', 'value'], { dtype: f32 }),
        node('zero', 'Const', [], { dtype: { type: 'i32' }, value: { tensor: tensor.i32([], [0]) } }),
        node('assigned', 'Identity', ['zero', '^assign'], { T: { type: 'i32' } }),
        node('read', 'ReadVariableOp', ['w'], { dtype: f32 }),
        node('now', 'Identity', ['read'], { T: f32 }),
        node('x', 'Placeholder', [], { dtype: f32, shape: { shape: SIZES } }),
        node('product', 'Mul', ['x', 'read'], { T: f32 }),
        node('axes', 'Const', [], { dtype: { type: 'i32' }, value: { tensor: tensor.i32([2], [0, 1]) } }),
        node('sum', 'Sum', ['product', 'axes'], { T: f32, Tidx: { type: 'i32' }, keep_dims: { b: false } }),
        node('update', 'AssignSubVariableOp', ['w', 'x', '^read'], { dtype: f32 }),
        node('loss', 'Identity', ['sum', '^update'], { T: f32 }),
      ],
    },
    {
      init: { inputs: [input('value', 'f32', SIZES)], outputs: [output('done', 'assigned', 'i32', [])] },
      step: { inputs: [input('x', 'f32', SIZES)], outputs: [output('loss', 'loss', 'f32', [])] },
      read: { inputs: [], outputs: [output('w', 'now', 'f32', SIZES)] },
    },
  )

both('signatures share the variables of their session', async load => {
  const session = await load(counter())
  session.run('init', { value: new Float32Array(6).fill(10) })
  assert.equal(session.run('step', { x: new Float32Array(6).fill(1) }), { loss: Float32Array.of(60) })
  assert.equal(session.run('step', { x: new Float32Array(6).fill(1) }), { loss: Float32Array.of(54) })
  assert.equal(session.run('read'), { w: new Float32Array(6).fill(8) })
  session.close()
})

both('two sessions of one artifact have their own variables', async load => {
  const artifact = counter()
  const [a, b] = [await load(artifact), await load(artifact)]
  a.run('init', { value: new Float32Array(6).fill(1) })
  b.run('init', { value: new Float32Array(6).fill(2) })
  assert.equal(a.run('read').w, new Float32Array(6).fill(1))
  a.close()
  assert.equal(b.run('read').w, new Float32Array(6).fill(2))
  b.close()
})

both('state never shares memory with arrays that were fed or read', async load => {
  const session = await load(counter())
  const backing = new Float32Array(64)
  // Sixteen offsets, of which one is aligned to TensorFlow's vectors whatever the address of the buffer.
  for (let offset = 0; offset < 16; offset++) {
    const value = backing.subarray(offset, offset + 6).fill(offset)
    session.run('init', { value })
    value.fill(-1)
    const before = session.run('read')
    assert.equal(before.w, new Float32Array(6).fill(offset), `offset ${offset}`)
    session.run('step', { x: new Float32Array(6).fill(1) })
    assert.equal(before.w, new Float32Array(6).fill(offset), `offset ${offset}, after a step`)
  }
  session.close()
})

both('fifty runs, and fifty refused ones, leave no tensor behind', async load => {
  const session = await load(counter())
  session.run('init', { value: new Float32Array(6) })
  const before = session.liveTensors()
  for (let i = 0; i < 50; i++) {
    session.run('step', { x: new Float32Array(6).fill(i) })
    failure(() => session.run('step', { x: new Float32Array(5) }))
  }
  assert.is(session.liveTensors(), before)
  session.close()
})

both('wrong feeds and closed sessions are told in one sentence', async load => {
  const session = await load(counter())
  const short = failure(() => session.run('step', { x: new Float32Array(5) }))
  assert.is(short.kind, 'feed')
  assert.is(short.message, "Signature 'step', input 'x' (f32, axis0 2 × axis1 3) wants a Float32Array of 6, found a Float32Array of 5.")
  assert.is(failure(() => session.run('train')).message, "There is no signature 'train'; there are 'init', 'step', 'read'.")
  session.close()
  session.close()
  const late = failure(() => session.run('read'))
  assert.equal([late.kind, late.message], ['closed', "Signature 'read' cannot run: its session is closed."])
})

both('what TensorFlow throws becomes one sentence with the signature, and no tensor stays', async load => {
  const session = await load(counter())
  const before = session.liveTensors()
  const unset = failure(() => session.run('step', { x: new Float32Array(6) }))
  assert.is(unset.kind, 'run')
  assert.match(unset.message, /^Signature 'step' failed in TensorFlow: .*\bw\b.*\.$/)
  assert.not.match(unset.message, '\n')
  assert.is(session.liveTensors(), before)
  session.close()
})

/** Every type through an Identity; `bytes` packed and bitcast back to bytes. */
const echoes = (): Artifact => {
  const types = ['f32', 'i32', 'u8', 'bool'] as const
  return savedModelArtifact(
    {
      producer: PRODUCER,
      functions: [],
      nodes: [
        ...types.flatMap((type) => [
          node(type, 'Placeholder', [], { dtype: { type }, shape: { shape: [4] } }),
          node(`${type}_out`, 'Identity', [type], { T: { type } }),
        ]),
        node('bytes', 'Placeholder', [], { dtype: { type: 'i32' }, shape: { shape: [6] } }),
        node('words', 'Bitcast', ['bytes'], { T: { type: 'i32' }, type: { type: 'u8' } }),
        node('sizes', 'Const', [], { dtype: { type: 'i32' }, value: { tensor: tensor.i32([3], [2, 3, 4]) } }),
        node('image', 'Reshape', ['words', 'sizes'], { T: { type: 'u8' }, Tshape: { type: 'i32' } }),
      ],
    },
    {
      all: { inputs: types.map((type) => input(type, type, [4])), outputs: types.map((type) => output(type, `${type}_out`, type, [4])) },
      packed: { inputs: [input('bytes', 'u8', [2, 3, 4], true)], outputs: [output('image', 'image', 'u8', [2, 3, 4])] },
      mistyped: { inputs: [input('f32', 'f32', [4])], outputs: [output('f32', 'f32_out', 'i32', [4])] },
      missized: { inputs: [input('f32', 'f32', [4])], outputs: [output('f32', 'f32_out', 'f32', [2, 3])] },
    },
  )
}

both('every type goes in and comes out as it was', async load => {
  const session = await load(echoes())
  const feeds = { f32: Float32Array.of(1, -0, Infinity, 3e-45), i32: Int32Array.of(1, -1, 2 ** 31 - 1, -(2 ** 31)), u8: Uint8Array.of(0, 1, 254, 255), bool: Uint8Array.of(0, 1, 1, 0) }
  const found = session.run('all', feeds)
  assert.equal(found, feeds)
  assert.equal(Object.values(found).map(Object.prototype.toString), Object.values(feeds).map(Object.prototype.toString))
  session.close()
})

both('packed bytes keep their order, from aligned and unaligned memory', async load => {
  const session = await load(echoes())
  const memory = Uint8Array.from({ length: 40 }, (_, i) => (i * 37) % 256)
  for (const start of [0, 1, 2, 3, 4, 13]) {
    const bytes = memory.slice(start, start + 24)
    assert.equal(session.run('packed', { bytes: memory.subarray(start, start + 24) }).image, bytes, `from byte ${start}`)
  }
  session.close()
})

both('an output that is not what was declared is an error, not a surprise', async load => {
  const session = await load(echoes())
  const feeds = { f32: new Float32Array(4) }
  assert.is(
    failure(() => session.run('mistyped', feeds)).message,
    "Signature 'mistyped', output 'f32' was declared as 4 elements of i32, the graph gave [4] of TensorFlow type 1.",
  )
  assert.match(failure(() => session.run('missized', feeds)).message, 'was declared as 6 elements of f32, the graph gave [4]')
  session.close()
})

const CALL: Readonly<Record<string, Attr>> = { config: { s: '' }, config_proto: { s: '' }, executor_type: { s: '' } }

both('functions run, with and without XLA, and may assign through a handle', async load => {
  const assign: FunctionDef = {
    name: 'double',
    args: [['handle', 'resource']],
    results: [['twice', 'sum:z:0', 'f32']],
    nodes: [
      node('old', 'ReadVariableOp', ['handle'], { dtype: f32 }),
      node('sum', 'AddV2', ['old:value:0', 'old:value:0'], { T: f32 }),
      node('store', 'AssignVariableOp', ['handle', 'sum:z:0'], { dtype: f32 }),
    ],
    attrs: {},
    stateful: true,
    controlResults: [['stored', 'store']],
  }
  const compiled: FunctionDef = { ...assign, name: 'double_xla', attrs: { _XlaMustCompile: { b: true } } }
  const call = (name: string, of: FunctionDef): NodeDef =>
    node(name, 'StatefulPartitionedCall', ['w'], { Tin: { types: ['resource'] }, Tout: { types: ['f32'] }, f: { func: of.name }, ...CALL, ...of.attrs })
  const session = await load(
    savedModelArtifact(
      {
        producer: PRODUCER,
        functions: [assign, compiled],
        nodes: [
          node('w', 'VarHandleOp', [], { dtype: f32, shape: { shape: [4] }, shared_name: { s: 'w' }, container: { s: '' } }),
          node('value', 'Placeholder', [], { dtype: f32, shape: { shape: [4] } }),
          node('assign', 'AssignVariableOp', ['w', 'value'], { dtype: f32 }),
          node('echo', 'Identity', ['value', '^assign'], { T: f32 }),
          call('plain', assign),
          call('xla', compiled),
        ],
      },
      {
        init: { inputs: [input('value', 'f32', [4])], outputs: [output('value', 'echo', 'f32', [4])] },
        plain: { inputs: [], outputs: [output('w', 'plain', 'f32', [4])] },
        xla: { inputs: [], outputs: [output('w', 'xla:0', 'f32', [4])] },
      },
    ),
  )
  session.run('init', { value: Float32Array.of(1, 2, 3, 4) })
  assert.equal(session.run('plain').w, Float32Array.of(2, 4, 6, 8))
  assert.equal(session.run('xla').w, Float32Array.of(4, 8, 12, 16))
  assert.equal(session.run('plain').w, Float32Array.of(8, 16, 24, 32))
  session.close()
})

both('a program that does not load says why in one sentence', async (_load, backend) => {
  const broken = savedModelArtifact({ producer: PRODUCER, functions: [], nodes: [node('a', 'NoSuchOp', [], {})] }, {})
  const loaded = await backend.load(broken)()
  assert.ok(E.isLeft(loaded))
  assert.is(loaded.left.kind, 'load')
  assert.match(loaded.left.message, /^The compiled program did not load in TensorFlow: .*NoSuchOp.*\.$/)
  assert.not.match(loaded.left.message, '\n')
  const foreign = await backend.load({ ...broken, target: 'tfjs' })()
  assert.ok(E.isLeft(foreign))
  assert.is(foreign.left.message, "The TensorFlow backend cannot load a program compiled for 'tfjs'.")
})

both('no folder is left behind', async (load, backend) => {
  const own = mkdtempSync(join(tmpdir(), 'axle-test-'))
  const usual = process.env['TMPDIR']
  process.env['TMPDIR'] = own
  try {
    const session = await load(counter())
    assert.equal(readdirSync(own), [])
    session.close()
    await backend.load({ target: 'tensorflow', files: { 'saved_model.pb': Uint8Array.of(255) }, signatures: {} })()
    assert.equal(readdirSync(own), [])
  } finally {
    if (usual === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = usual
    rmSync(own, { recursive: true })
  }
})

test.run()
