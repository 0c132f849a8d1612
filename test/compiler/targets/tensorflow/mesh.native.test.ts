import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, allGather, allReduce, broadcast, cast, deviceIndex, input, mul, reduceScatter, rename, sub, sum, unflatten } from '../../../../compiler/primitives/index.ts'
import { deviceCount, type Mesh, type Placement, type Shard } from '../../../../compiler/program/mesh.ts'
import type { DType, Node, Sizes } from '../../../../compiler/program/node.ts'
import type { Program } from '../../../../compiler/program/program.ts'
import type { Module, StateLeaf } from '../../../../compiler/targets/target.ts'
import { graphOf, tensorflowWith } from '../../../../compiler/targets/tensorflow/emit.ts'
import type { Attr, GraphDef, NodeDef } from '../../../../compiler/targets/tensorflow/graphdef.ts'
import type { HostArray, Session } from '../../../../runtime/backends/backend.ts'
import { tensorflowC } from '../../../../runtime/backends/tensorflow-c.ts'
import { readState, writeState } from '../../../../runtime/state.ts'

const argument = (path: string, axes: Sizes, dtype: DType = 'f32'): Node => input([], { path, axes, dtype, kind: 'input' })

const leafOf = (path: string, axes: Sizes, local: Sizes): StateLeaf => ({ path, axes, dtype: 'f32', kind: 'buffer', node: argument(`state/${path}`, local) })

/** Sixteen examples of two features, and weights that all devices hold; a table of the state lies along the mesh like the examples. */
const examples = 16

/**
 * What each device of `data` does with its part: the weights lose the sum over all examples, the table gains its own examples' numbers.
 * Every kind of exchange, on floats and integers, on numbers and arrays; bytes that are whole words on each device, and bytes that are not.
 */
const moduleOf = (mesh: Mesh, shard: Shard): Module => {
  const devices = mesh['data'] ?? 1
  const local = examples / devices
  const group = (order: number) => ({ mesh: 'data', devices, order })
  const x = argument('x', { example: local, feature: 2 })
  const words = argument('words', { example: local, channel: 4 }, 'u8')
  const bytes = argument('bytes', { channel: 1, example: local }, 'u8')
  const weights = leafOf('weights', { feature: 2 }, { feature: 2 })
  const table = leafOf('table', { feature: 2, example: examples }, { feature: 2, example: local })
  const product = mul([x, weights.node], {})
  const total = allReduce([sum([product], { axes: ['example'] })], group(1))
  const number = allReduce([sum([product], { axes: ['example', 'feature'] })], group(0))
  const index = deviceIndex([], { mesh: 'data', devices })
  const everything = allGather([rename([x], { names: { example: 'other' } })], { ...group(2), axis: 'other' })
  const integers = allGather([rename([cast([words], { dtype: 'i32' })], { names: { example: 'other' } })], { ...group(3), axis: 'other' })
  // Each device gives every example of the whole batch the index of its own, plus the example's place: they add up.
  const shares = add([unflatten([rename([everything], { names: { other: 'all' } })], { axis: 'all', into: { example: examples } }), cast([index], { dtype: 'f32' })], {})
  const scattered = reduceScatter([shares], { ...group(4), axis: 'example' })
  const step: Program = {
    name: 'step',
    inputs: [{ name: 'x', node: x }, { name: 'words', node: words }, { name: 'bytes', node: bytes }],
    outputs: [
      { name: 'number', node: number }, { name: 'everything', node: everything }, { name: 'integers', node: integers }, { name: 'scattered', node: scattered },
      { name: 'indices', node: broadcast([index], { sizes: { example: local } }) }, { name: 'bytes', node: cast([bytes], { dtype: 'i32' }) }, { name: 'product', node: product },
    ],
    updates: [{ name: 'weights', node: sub([weights.node, total], {}) }, { name: 'table', node: add([table.node, x], {}) }],
  }
  const look: Program = { name: 'look', inputs: [], outputs: [{ name: 'total', node: allReduce([sum([table.node], { axes: ['example', 'feature'] })], group(0)) }], updates: [] }
  const placement: Placement = { mesh, shard }
  return { state: [weights, table], programs: [step, look], placement }
}

const opened = async (module: Module): Promise<Session> => {
  const loaded = await tensorflowC({ virtualCpus: deviceCount(module.placement?.mesh ?? {}) }).load(tensorflowWith({ xla: false }).emit(module))()
  if (E.isLeft(loaded)) throw loaded.left
  return loaded.right
}

/** Small whole numbers: their sums are exact in any order. */
const xs = Float32Array.from({ length: 2 * examples }, (_, i) => ((i * 7) % 11) - 5)
const words = Uint8Array.from({ length: 4 * examples }, (_, i) => (i * 37) % 256)
const bytes = Uint8Array.from({ length: examples }, (_, i) => (i * 91) % 256)
const table = Float32Array.from({ length: 2 * examples }, (_, i) => i)
const plain = (data: HostArray | undefined): readonly number[] => [...(data ?? [])]

const column = (feature: number): number => xs.reduce((total, x, i) => total + (i % 2 === feature ? x : 0), 0)

const meshes: readonly { readonly [axis: string]: number; readonly data: number }[] = [{ data: 1 }, { data: 2 }, { data: 4 }, { data: 8 }, { model: 2, data: 2 }, { data: 4, model: 2 }]

for (const mesh of meshes) {
  const devices = mesh.data
  test(`on a mesh of ${JSON.stringify(mesh)} inputs are taken apart, values exchanged, results and state put together`, async () => {
    const session = await opened(moduleOf(mesh, { example: 'data' }))
    writeState(session, new Map([['weights', Float32Array.of(2, 3)], ['table', table]]))
    const found = await session.start('step', { x: xs, words, bytes })
    const total = 2 * column(0) + 3 * column(1)
    assert.equal(plain(found['number']), [total])
    assert.equal(plain(found['everything']), [...xs])
    assert.equal(plain(found['integers']), [...words])
    assert.equal(plain(found['bytes']), [...bytes])
    assert.equal(plain(found['product']), [...xs].map((x, i) => x * (i % 2 === 0 ? 2 : 3)))
    assert.equal(plain(found['indices']), Array.from({ length: examples }, (_, i) => Math.floor(i / (examples / devices))))
    const indices = (devices * (devices - 1)) / 2
    assert.equal(plain(found['scattered']), [...xs].map(x => devices * x + indices))
    const state = readState(session)
    assert.equal(plain(state.get('weights')?.data), [2 - 2 * column(0), 3 - 3 * column(1)])
    const after = plain(state.get('table')?.data)
    assert.equal(after, [...table].map((value, i) => value + (xs[2 * (i % examples) + Math.floor(i / examples)] ?? Number.NaN)))
    // Every device has the new weights, not only the one that is read.
    const again = await session.start('step', { x: xs, words, bytes })
    assert.equal(plain(again['number']), [(2 - 2 * column(0)) * column(0) + (3 - 3 * column(1)) * column(1)])
    assert.equal(plain(session.run('look')['total']), [[...table].reduce((sum, value) => sum + value, 0) + 2 * (column(0) + column(1))])
    session.close()
  })
}

const nodesOf = (graph: GraphDef): readonly NodeDef[] => [...graph.nodes, ...graph.functions.flatMap(({ nodes }) => nodes)]

test('one device is named nowhere in the graph', () => {
  const { graph } = graphOf(moduleOf({ data: 1 }, { example: 'data' }), { xla: false })
  assert.ok(nodesOf(graph).length > 20)
  assert.equal(nodesOf(graph).filter(({ device }) => device !== undefined), [])
  assert.equal(nodesOf(graph).filter(({ op }) => op.startsWith('Collective')), [])
})

const hintOf = ({ op, attrs }: NodeDef): Attr | undefined => (op.startsWith('Collective') ? attrs['communication_hint'] : undefined)

test('a graph for graphics processors differs in devices and in the hint of its collectives, and in nothing else', () => {
  const module = moduleOf({ data: 4 }, { example: 'data' })
  const [cpu, gpu] = [graphOf(module, { xla: false, devices: 'cpu' }), graphOf(module, { xla: false, devices: 'gpu' })]
  const [processors, graphics] = [nodesOf(cpu.graph), nodesOf(gpu.graph)]
  const exchanges = processors.filter(({ op }) => op.startsWith('Collective'))
  assert.is(exchanges.length, 6)
  const placed = processors.filter(({ device }) => device !== undefined && device !== '/device:CPU:0')
  assert.ok(placed.length >= 3 * 4, 'every device has its calls and variables')
  processors.forEach((node, i) => {
    const other = graphics[i]
    assert.ok(other)
    // Whatever a processor does for its device, the graphics processor of its number does; the host stays the host.
    if (node.device !== other.device) assert.is(other.device, node.device?.replace('CPU', 'GPU'))
    if (/^device\.\d+\//.test(node.name)) assert.match(other.device ?? '', /^\/device:GPU:\d$/)
    if (hintOf(node) !== undefined) assert.equal([hintOf(node), hintOf(other)], [{ s: 'ring' }, { s: 'nccl' }])
  })
  const alike = (graph: GraphDef): GraphDef => {
    const stripped = (node: NodeDef): NodeDef => {
      const { device: _, ...rest } = node
      return hintOf(node) === undefined ? rest : { ...rest, attrs: { ...rest.attrs, communication_hint: { s: '' } } }
    }
    return { ...graph, nodes: graph.nodes.map(stripped), functions: graph.functions.map(each => ({ ...each, nodes: each.nodes.map(stripped) })) }
  }
  assert.equal(alike(gpu.graph), alike(cpu.graph))
  assert.equal(gpu.signatures, cpu.signatures)
})

test('collectives start in their turn, each after the one before it, and no two share an instance', () => {
  const { graph } = graphOf(moduleOf({ data: 4 }, { example: 'data' }), { xla: false })
  const step = graph.functions.find(({ name }) => name.endsWith('step'))
  assert.ok(step)
  const exchanges = step.nodes.filter(({ op }) => op.startsWith('Collective'))
  const waitsFor = new Map(exchanges.map(({ name, inputs }) => [name, inputs.filter(ref => ref.startsWith('^')).map(ref => ref.slice(1))]))
  const chain: string[] = []
  for (let next = exchanges.find(({ name }) => waitsFor.get(name)?.length === 0)?.name; next !== undefined; next = exchanges.find(({ name }) => waitsFor.get(name)?.includes(chain[chain.length - 1] ?? ''))?.name) chain.push(next)
  const shapes = chain.map(name => exchanges.find(node => node.name === name)?.op)
  assert.equal(shapes, ['CollectiveReduceV2', 'CollectiveReduceV2', 'CollectiveGatherV2', 'CollectiveGatherV2', 'CollectiveAllToAllV2'])
  const instances = graph.functions.flatMap(({ nodes }) => nodes.filter(({ op }) => op.startsWith('Collective')).map(({ inputs }) => nodes.find(({ name }) => `${name}:output:0` === inputs[3])?.attrs['value']))
  assert.is(new Set(instances.map(value => JSON.stringify(value))).size, 6)
})

test('a program on a mesh is one function, whatever the number of devices', () => {
  const sizes = [2, 4].map(data => graphOf(moduleOf({ data }, { example: 'data' }), { xla: false }).graph.functions.map(({ nodes }) => nodes.length))
  assert.equal(sizes[0], sizes[1])
})

test.run()
