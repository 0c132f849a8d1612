import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, array, buffer, groupwise, input, mean, mul, normal, param, run, softmax, sum, trace, uniform, valueAndGrad, zero, key, fold, type Definition, type Tensor } from '../../../compiler/language/index.ts'
import { AxleError } from '../../../compiler/program/error.ts'
import { collectivesOf, coordinatesOf, globalSizes, layoutOf } from '../../../compiler/program/mesh.ts'

const said = (body: () => unknown): string => {
  try {
    body()
  } catch (error) {
    if (error instanceof AxleError) return `${error.code} ${error.sentence}`
    throw error
  }
  return 'no error'
}

const state = { weight: param({ hidden: 3 }, normal(1)), count: buffer({}, 'i32', zero) }
const definition = (examples: number) => {
  const batch = { x: input({ example: examples, hidden: 3 }) }
  const made: Definition<typeof state, typeof batch, unknown> = {
    state, batch,
    step: (now, { x }) => {
      const { value, grad } = valueAndGrad((weight: Tensor<'hidden'>) => mean('example', sum('hidden', mul(x, weight))))(now.weight)
      return [{ weight: add(now.weight, grad), count: add(now.count, 1) }, { loss: value }]
    },
  }
  return made
}

test('a definition on a mesh is one program for each device, with its sizes; a mesh of one is no mesh', () => {
  const { programs, placement, state: leaves } = trace({ ...definition(8), mesh: { data: 4 }, shard: { example: 'data' } })
  const step = programs.find(({ name }) => name === 'step')
  assert.ok(step && placement)
  assert.equal(step.inputs.map(({ node }) => node.axes), [{ example: 2, hidden: 3 }])
  assert.equal(globalSizes(placement, { example: 2, hidden: 3 }), { example: 8, hidden: 3 })
  assert.equal(layoutOf(placement, { '^example': 2, hidden: 3 }), { '^example': 'data' })
  assert.equal(leaves.map(({ axes }) => axes), [{ hidden: 3 }, {}])
  assert.equal(collectivesOf(step).map(({ kind, bytes, sent }) => [kind, bytes, sent]), [['allReduce', 16, 24]])
  assert.is(trace({ ...definition(8), mesh: { data: 1 }, shard: { example: 'data' } }).placement, undefined)
})

test('leaves of the state lie by their names, too, whether a program reads them or not', () => {
  const table = { rows: buffer({ example: 4 }, 'f32', (_key, sizes) => mul(uniform(fold(key(1), 'rows'), sizes), 0)) }
  const { state: leaves, programs } = trace({ state: table, batch: { x: input({ example: 4 }) }, step: (_now, { x }) => [{ rows: x }, {}], mesh: { data: 2 }, shard: { example: 'data' } })
  assert.equal(leaves.map(({ axes, node }) => [axes, node.axes]), [[{ example: 4 }, { example: 2 }]])
  for (const { updates } of programs) assert.equal(updates.map(({ node }) => node.axes), [{ example: 2 }])
})

test('names that are not there, and sizes that do not fit, are one sentence each', () => {
  const on = (mesh: Readonly<Record<string, number>>, shard: Readonly<Record<string, string>>, examples = 8) => said(() => trace({ ...definition(examples), mesh, shard }))
  assert.is(on({ data: 2 }, { exampel: 'data' }), "AX064 shard: no value of these programs has the axis 'exampel'")
  assert.is(on({ data: 2 }, { example: 'dat' }), "AX064 shard: 'example' cannot lie along 'dat', the mesh has 'data'")
  assert.is(on({ data: 2, model: 2 }, { example: 'data' }), "AX064 mesh: nothing lies along 'model'; say in shard which axes do")
  assert.match(on({ data: 1.5 }, { example: 'data' }), /^AX022 mesh: the size of 'data' is 1.5/)
  assert.match(on({ data: 3 }, { example: 'data' }), /^AX065 'example' is 8 in batch\/x \(.*mesh\.test\.ts:\d+:\d+\), which the 3 devices along the mesh axis 'data' do not divide$/)
})

test('devices are numbered row by row', () => {
  assert.equal([0, 1, 2, 3, 4, 5].map(device => coordinatesOf({ data: 2, model: 3 }, device)), [0, 1].flatMap(data => [0, 1, 2].map(model => ({ data, model }))))
})

test('groupwise: what is computed over an axis stays within its group, and results carry the groups', () => {
  const own = (count: number) => run((x: Tensor<'example'>) => groupwise('example', { group: count }, 'batch', { x }, part => ({ share: softmax('batch', part.x), total: sum('batch', part.x) })))
  const x = array({ example: 4 }, [0, 0, 1, 1])
  const { share, total } = own(2)(x)
  assert.equal([share.axes, [...share.data]], [{ group: 2, batch: 2 }, [0.5, 0.5, 0.5, 0.5]])
  assert.equal([...total.data], [0, 2])
  assert.equal(own(1)(x).total.axes, { group: 1 })
  assert.equal([...own(1)(x).total.data], [2])
  assert.match(said(() => own(3)(x)), /^AX023 'example' 4 is not a multiple of 'group' 3/)
})

test('groupwise: what lacks the axis is the same for every group; each group draws its own numbers', () => {
  const f = run((x: Tensor<'example'>, scale: Tensor) => groupwise('example', { group: 2 }, 'batch', { x, scale }, part => ({ scaled: mul(part.x, part.scale), noise: uniform(fold(key(3), 'noise')) })))
  const { scaled, noise } = f(array({ example: 4 }, [1, 2, 3, 4]), array({}, [10]))
  assert.equal([...scaled.data], [10, 20, 30, 40])
  assert.equal(noise.axes, { group: 2 })
  assert.is.not(noise.data[0], noise.data[1])
})
test.run()
