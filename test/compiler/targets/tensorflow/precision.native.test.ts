// Products in bf16 as TensorFlow computes them, against the rules on the host and against f32.
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, compile, dot, input, mean, mul, normal, param, sub, tanh, valueAndGrad, type Of, type Precision } from '../../../../compiler/language/index.ts'
import { evaluate } from '../../../../compiler/language/run.ts'
import { optimize } from '../../../../compiler/passes/index.ts'
import { cast, dot as product, rename } from '../../../../compiler/primitives/index.ts'
import type { HostTensor } from '../../../../compiler/program/host.ts'
import { elements, type Node, type Sizes } from '../../../../compiler/program/node.ts'
import type { Program } from '../../../../compiler/program/program.ts'
import type { Artifact } from '../../../../compiler/targets/artifact.ts'
import { tensorflow } from '../../../../compiler/targets/tensorflow/emit.ts'
import type { Session } from '../../../../runtime/backends/backend.ts'
import { tensorflow as backend } from '../../../../runtime/backends/tensorflow.ts'
import { generator, inOrder } from '../../language/support.ts'
import { argument } from '../../passes/programs.ts'

const opened = async (artifact: Artifact): Promise<Session> => {
  const loaded = await backend.load(artifact)()
  if (E.isLeft(loaded)) throw loaded.left
  return loaded.right
}

const seed = 5
const drawn = (sizes: Sizes, next: () => number): HostTensor => ({ axes: sizes, dtype: 'f32', data: Float64Array.from({ length: elements(sizes) }, () => Math.fround(2 * next() - 1)) })

/** Rows and columns, batches of them, operands that come transposed, two axes summed at once, and one value under two names. */
const cases: readonly (readonly [l: Sizes, r: Sizes, over: readonly string[]])[] = [
  [{ row: 5, inner: 64 }, { inner: 64, column: 3 }, ['inner']],
  [{ inner: 64, row: 5 }, { column: 3, inner: 64 }, ['inner']],
  [{ batch: 4, row: 5, inner: 32 }, { batch: 4, inner: 32, column: 3 }, ['inner']],
  [{ batch: 4, head: 2, row: 5, inner: 8 }, { head: 2, inner: 8, column: 6 }, ['head', 'inner']],
]

test('products of every layout are those of operands with eight bits, rounded to eight bits at most once more', async () => {
  const next = generator(seed)
  const programs = cases.map(([l, r, over], i): Program => {
    const [x, y] = [argument(`x${i}`, l), argument(`y${i}`, r)]
    const node = product([x, y], { over })
    return optimize({ name: `case${i}`, inputs: [{ name: 'x', node: x }, { name: 'y', node: y }], outputs: [{ name: 'z', node }, { name: 'renamed', node: rename([node], { names: { row: 'other' } }) }], updates: [] }, undefined, { precision: 'bf16' })
  })
  const session = await opened(tensorflow.emit({ state: [], programs }))
  programs.forEach((program, i) => {
    const given = new Map(program.inputs.map(({ name, node }): [Node, HostTensor & { readonly name: string }] => [node, { ...drawn(node.axes, next), name }]))
    const found = session.run(program.name, Object.fromEntries([...given.values()].map(({ name, data }) => [name, Float32Array.from(data)])))
    const [z] = program.outputs
    assert.ok(z)
    const wanted = evaluate([z.node], given).get(z.node)
    assert.ok(wanted && z.node.inputs.every(({ dtype }) => dtype === 'bf16'))
    const exact = inOrder(wanted, Object.keys(z.node.axes))
    const [, , over] = cases[i] ?? []
    const terms = (over ?? []).reduce((count, axis) => count * (cases[i]?.[0][axis] ?? 1), 1)
    assert.is(found['z']?.length, exact.length)
    // Half a unit of the result's last bit, and the order of a sum in f32.
    exact.forEach((value, k) => assert.ok(Math.abs(value - (found['z']?.[k] ?? NaN)) <= Math.abs(value) * 2 ** -8 + terms * 2 ** -20, `seed ${seed}, case ${i}, element ${k}: ${found['z']?.[k]}, wanted ${value}`))
    assert.equal(found['renamed'], found['z'])
  })
  session.close()
})

test('TensorFlow rounds to bf16 as the rule on the host does', async () => {
  const x = argument('x', { row: 2000 })
  const node = cast([cast([x], { dtype: 'bf16' })], { dtype: 'f32' })
  const program: Program = { name: 'round', inputs: [{ name: 'x', node: x }], outputs: [{ name: 'y', node }], updates: [] }
  const session = await opened(tensorflow.emit({ state: [], programs: [program] }))
  const next = generator(seed)
  // Numbers of all sizes, and numbers halfway between two of eight bits.
  const data = Float32Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? (2 * next() - 1) * 10 ** (20 * next() - 10) : (257 + 2 * (i % 128)) / 2 ** (i % 50)))
  const found = session.run('round', { x: data })['y']
  session.close()
  const wanted = evaluate([node], new Map([[x, { axes: x.axes, dtype: 'f32', data: Float64Array.from(data) }]])).get(node)
  assert.equal([...(found ?? [])], [...(wanted?.data ?? [1])])
})

const example = 64
const state = { first: param({ hidden: 16, inner: 32 }, normal(0.2)), second: param({ inner: 32, out: 4 }, normal(0.2)) }
const batch = { x: input({ example, hidden: 16 }), y: input({ example, out: 4 }) }

/** One step of gradient descent on two layers. */
const step = (now: Of<typeof state>, { x, y }: Of<typeof batch>) => {
  const loss = ({ first, second }: Of<typeof state>) => {
    const wrong = sub(dot('inner', tanh(dot('hidden', x, first)), second), y)
    return mean('out', mean('example', mul(wrong, wrong)))
  }
  const { value, grad } = valueAndGrad(loss)(now)
  return [{ first: add(now.first, mul(grad.first, -0.5)), second: add(now.second, mul(grad.second, -0.5)) }, { loss: value }] as const
}

test('sixty steps of a small network in bf16 learn as they do in f32, with parameters of f32', async () => {
  const next = generator(seed)
  const x = Float32Array.from({ length: example * 16 }, () => 2 * next() - 1)
  const y = Float32Array.from({ length: example * 4 }, (_, i) => Math.sin(3 * (x[Math.floor(i / 4) * 16 + (i % 4)] ?? 0)))
  const losses = async (precision: Precision): Promise<readonly number[]> => {
    const compiled = compile({ state, batch, step }, tensorflow, { precision })
    if (E.isLeft(compiled)) throw compiled.left
    assert.ok(compiled.right.state.every(({ dtype }) => dtype === 'f32'))
    const session = await opened(compiled.right.artifact)
    session.run('initialize', { seed: Int32Array.of(seed) })
    const found = Array.from({ length: 60 }, () => session.run('step', { x, y })['loss']?.[0] ?? NaN)
    session.close()
    return found
  }
  const [exact, short] = [await losses('f32'), await losses('bf16')]
  assert.ok((exact.at(-1) ?? NaN) < 0.5 * (exact[0] ?? NaN), `it learns: ${exact[0]} to ${exact.at(-1)}`)
  exact.forEach((loss, i) => assert.ok(Math.abs(loss - (short[i] ?? NaN)) < 0.01 * loss, `step ${i}: ${short[i]} in bf16, ${loss} in f32`))
  assert.ok(exact.some((loss, i) => loss !== short[i]), 'bf16 is not f32')
})

test.run()
