import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as E from 'fp-ts/Either'
import { add, buffer, compile, filled, input, mul, type Of } from '../../../../compiler/language/index.ts'
import { evaluate } from '../../../../compiler/language/run.ts'
import type { HostTensor } from '../../../../compiler/program/host.ts'
import { elements, type Node } from '../../../../compiler/program/node.ts'
import { nodesOf, type Program } from '../../../../compiler/program/program.ts'
import { tensorflow, tensorflowWith } from '../../../../compiler/targets/tensorflow/emit.ts'
import type { Artifact } from '../../../../compiler/targets/artifact.ts'
import type { Session } from '../../../../runtime/backends/backend.ts'
import { tensorflow as backend } from '../../../../runtime/backends/tensorflow.ts'
import { generator } from '../../language/support.ts'
import { drawProgram } from '../../passes/programs.ts'

const opened = async (artifact: Artifact): Promise<Session> => {
  const loaded = await backend.load(artifact)()
  if (E.isLeft(loaded)) throw loaded.left
  return loaded.right
}

const state = { left: buffer({ row: 2 }, 'f32', filled(1)), right: buffer({ row: 2 }, 'f32', filled(2)), untouched: buffer({}, 'f32', filled(7)) }
const batch = { by: input({}, 'f32') }

test('a program that swaps two leaves of the state reads both before it writes either, and has written when it returns', async () => {
  const step = ({ left, right, untouched }: Of<typeof state>, { by }: Of<typeof batch>) => [{ left: mul(right, by), right: left, untouched }, { before: add(left, 0) }] as const
  const compiled = compile({ state, batch, step }, tensorflow)
  if (E.isLeft(compiled)) throw compiled.left
  const session = await opened(compiled.right.artifact)
  session.run('initialize', { seed: Int32Array.of(1) })
  const first = session.run('step', { by: Float32Array.of(10) })
  const second = session.run('step', { by: Float32Array.of(10) })
  const now = session.run('read.0')
  session.close()
  assert.equal([...(first['before'] ?? [])], [1, 1])
  assert.equal([...(second['before'] ?? [])], [20, 20])
  assert.equal([...(now['left'] ?? [])], [10, 10])
  assert.equal([...(now['right'] ?? [])], [20, 20])
  assert.equal([...(now['untouched'] ?? [])], [7])
})

interface Case {
  readonly program: Program
  readonly given: ReadonlyMap<Node, HostTensor>
}

const casesOf = (count: number): readonly Case[] =>
  Array.from({ length: count }, (_, seed): Case => {
    const drawn = drawProgram(seed + 70, 20)
    const inputs = nodesOf(drawn).filter(({ op }) => op === 'input').map((node, i) => ({ name: `x${i}`, node }))
    const next = generator(seed)
    const given = new Map(inputs.map(({ node }): [Node, HostTensor] => [node, { axes: node.axes, dtype: 'f32', data: Float64Array.from({ length: elements(node.axes) }, () => Math.fround(2 * next() - 1)) }]))
    return { program: { ...drawn, name: `program ${seed}`, inputs }, given }
  })

for (const [name, target, count] of [['operation by operation', tensorflow, 60], ['in clusters that XLA compiles', tensorflowWith({ xla: true, least: Number.NEGATIVE_INFINITY }), 12]] as const) {
  test(`random programs run ${name} give what the reference rules give`, async () => {
    const cases = casesOf(count)
    const session = await opened(target.emit({ state: [], programs: cases.map(({ program }) => program) }))
    for (const { program, given } of cases) {
      const feeds = Object.fromEntries(program.inputs.map(({ name: input, node }) => [input, Float32Array.from(given.get(node)?.data ?? [])]))
      const found = session.run(program.name, feeds)
      const wanted = evaluate(program.outputs.map(({ node }) => node), given)
      for (const { name: output, node } of program.outputs) {
        const [values, expected] = [found[output], wanted.get(node)]
        assert.ok(values && expected)
        assert.is(values.length, expected.data.length)
        // Products of products: single precision loses more where values are large.
        expected.data.forEach((value, i) => assert.ok(Math.abs((values[i] ?? Number.NaN) - value) <= 1e-4 * Math.max(1, Math.abs(value)), `${program.name} ${output} ${i}: ${values[i]}, by the reference rules ${value}`))
      }
    }
    session.close()
  })
}
test.run()
