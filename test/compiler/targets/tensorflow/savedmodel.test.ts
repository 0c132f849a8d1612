import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeGraph, tensor } from '../../../../compiler/targets/tensorflow/graphdef.ts'
import type { Attr, FunctionDef, GraphDef, NodeDef } from '../../../../compiler/targets/tensorflow/graphdef.ts'
import { encodeSavedModel, savedModelArtifact } from '../../../../compiler/targets/tensorflow/savedmodel.ts'

const PRODUCER = 1087
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const text = (value: string): string => Buffer.from(value).toString('hex')
const lines = (...parts: string[]): string => parts.join('').replaceAll(' ', '')

const one: NodeDef = { name: 'c', op: 'Const', inputs: [], attrs: { value: { tensor: tensor.f32([], [1]) }, dtype: { type: 'f32' } } }
const graphOf = (nodes: readonly NodeDef[], functions: readonly FunctionDef[] = []): GraphDef => ({ nodes, functions, producer: PRODUCER })

const ONE_NODE = lines('0a2e', '0a0163', `1205${text('Const')}`, `2a0b 0a05${text('dtype')} 1202 3001`, `2a15 0a05${text('value')} 120c 420a 0801 1200 2204 0000803f`)
const VERSIONS = '220308bf08'

test('a graph of one constant, byte by byte', () => {
  assert.is(hex(encodeGraph(graphOf([one]))), ONE_NODE + VERSIONS)
})

test('the order in which attributes were added does not show', () => {
  const turned = { ...one, attrs: Object.fromEntries(Object.entries(one.attrs).reverse()) }
  assert.is(hex(encodeGraph(graphOf([turned]))), hex(encodeGraph(graphOf([one]))))
})

test('inputs keep their order and the device comes after them', () => {
  const node: NodeDef = { name: 'n', op: 'NoOp', inputs: ['b:1', 'a', '^c'], attrs: {}, device: '/device:CPU:0' }
  const fields = lines(`0a01${text('n')}`, `1204${text('NoOp')}`, `1a03${text('b:1')}`, `1a01${text('a')}`, `1a02${text('^c')}`, `220d${text('/device:CPU:0')}`)
  assert.is(hex(encodeGraph(graphOf([node]))), `0a${(fields.length / 2).toString(16)}${fields}${VERSIONS}`)
})

test('every kind of attribute', () => {
  const value = (attr: Attr): string => {
    const bytes = hex(encodeGraph(graphOf([{ name: '', op: '', inputs: [], attrs: { k: attr } }])))
    const head = new RegExp(`^0a(..)0a0012002a(..)0a01${text('k')}12(..)(.*)${VERSIONS}$`)
    return head.exec(bytes)?.[4] ?? `no attribute in ${bytes}`
  }
  assert.is(value({ type: 'bf16' }), '300e')
  assert.is(value({ shape: [2, -1] }), '3a111202080212' + '0b08ffffffffffffffffff01')
  assert.is(value({ s: 'ring' }), `1204${text('ring')}`)
  assert.is(value({ bytes: Uint8Array.of(0x98, 1) }), '12029801')
  assert.is(value({ i: 300 }), '18ac02')
  assert.is(value({ f: -2 }), '25000000c0')
  assert.is(value({ b: false }), '2800')
  assert.is(value({ func: 'f' }), `5203 0a01${text('f')}`.replace(' ', ''))
  assert.is(value({ types: ['f32', 'resource'] }), '0a0430013014')
  assert.is(value({ types: [] }), '0a00')
  assert.is(value({ ints: [1, 2] }), '0a0418011802')
  assert.is(value({ floats: [1] }), '0a05250000803f')
  assert.is(value({ bools: [true] }), '0a022801')
  assert.is(value({ strings: ['a', ''] }), `0a051201${text('a')}1200`)
  assert.is(value({ shapes: [[3], []] }), '0a083a04120208033a00')
  assert.is(value({ tensor: { dtype: 'string', shape: [1], data: ['hi'] } }), lines(`420c 0807 1204 12020801 4202${text('hi')}`))
})

test('constants are little endian and must fill their shape', () => {
  assert.equal(tensor.u64([1], [2n ** 63n + 5n]).data, Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 128))
  assert.equal(tensor.i32([2], [1, -2]).data, Uint8Array.of(1, 0, 0, 0, 254, 255, 255, 255))
  assert.throws(() => tensor.f32([2, 3], [1, 2]), 'A f32 constant of shape [2, 3] needs 6 values, found 2.')
})

test('a function lists arguments, results, control results and statefulness', () => {
  const def: FunctionDef = {
    name: 'f',
    args: [['x', 'f32']],
    results: [['y', 'n:z:0', 'f32']],
    nodes: [],
    attrs: { _XlaMustCompile: { b: true } },
    stateful: true,
    controlResults: [['done', 'n']],
  }
  const signature = lines(`0a01${text('f')}`, `1205 0a01${text('x')} 1801`, `1a05 0a01${text('y')} 1801`, '880101', `a20104${text('done')}`)
  const rest = lines(`220a 0a01${text('y')} 1205${text('n:z:0')}`, `2a15 0a0f${text('_XlaMustCompile')} 1202 2801`, `3209 0a04${text('done')} 1201${text('n')}`)
  const body = `0a${(signature.length / 2).toString(16)}${signature}${rest}`
  const library = `0a${(body.length / 2).toString(16)}${body}`
  assert.is(hex(encodeGraph(graphOf([], [def]))), `12${(library.length / 2).toString(16)}${library}${VERSIONS}`)
})

test('a saved model carries its tag, graph and signatures', () => {
  const image = { name: 'image', dtype: 'u8', axes: [{ name: 'batch', size: 2 }, { name: 'byte', size: 6 }], node: 'x', packed: true } as const
  const loss = { name: 'loss', dtype: 'f32', axes: [], node: 'call:2' } as const
  const bytes = hex(encodeSavedModel(graphOf([one]), { step: { inputs: [image], outputs: [loss] } }))
  const input = `0a16 0a05${text('image')} 120d 0a03${text('x:0')} 1003 1a04 12020803`
  const output = `1214 0a04${text('loss')} 120c 0a06${text('call:2')} 1001 1a00`
  const signature = `2a52 0a04${text('step')} 124a ${input} ${output} 1a1a${text('tensorflow/serving/predict')}`
  assert.is(bytes, lines(`0801 129401 0a07 2205${text('serve')}`, '1235', ONE_NODE, VERSIONS, signature))
})

test('thirty thousand nodes make one file', () => {
  const nodes = Array.from({ length: 30_000 }, (_, i): NodeDef => ({
    name: `node_${i}`,
    op: 'Mul',
    inputs: i === 0 ? [] : [`node_${i - 1}`, `node_${Math.floor(i / 2)}`],
    attrs: { T: { type: 'f32' }, note: { s: 'é' } },
  }))
  const artifact = savedModelArtifact(graphOf(nodes), {})
  const bytes = artifact.files['saved_model.pb']
  assert.is(artifact.target, 'tensorflow')
  assert.ok(bytes !== undefined && Buffer.from(bytes).includes('node_29999'))
  const graph = encodeGraph(graphOf(nodes))
  const found = Buffer.from(bytes ?? []).indexOf(graph)
  assert.ok(found > 0, 'the graph stands in the file as it is encoded alone')
})

test.run()
