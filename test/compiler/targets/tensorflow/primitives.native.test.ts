import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as E from 'fp-ts/Either'
import { primitives } from '../../../../compiler/primitives/index.ts'
import { evaluate } from '../../../../compiler/language/run.ts'
import type { HostTensor } from '../../../../compiler/program/host.ts'
import type { Node } from '../../../../compiler/program/node.ts'
import type { Program } from '../../../../compiler/program/program.ts'
import { tensorflow } from '../../../../compiler/targets/tensorflow/emit.ts'
import { tensorflow as tensorflowBackend } from '../../../../runtime/backends/tensorflow.ts'
import type { HostArray } from '../../../../runtime/backends/backend.ts'
import { drawInputs, seed } from '../../primitives/samples.ts'

interface Case {
  readonly label: string
  readonly program: Program
  readonly result: Node
  readonly given: ReadonlyMap<Node, HostTensor>
  readonly feeds: Readonly<Record<string, HostArray>>
}

const hostArray = ({ dtype, data }: HostTensor): HostArray => (dtype === 'f32' ? Float32Array.from(data) : dtype === 'i32' || dtype === 'key' ? Int32Array.from(data, x => x | 0) : Uint8Array.from(data))

const cases: readonly Case[] = primitives.flatMap(({ op, samples }) =>
  samples.map((sample, n) => {
    const { nodes, values } = drawInputs(sample.inputs, n)
    // The reference sees what a 32-bit float holds.
    const given = new Map([...values].map(([node, value]) => [node, value.dtype === 'f32' ? { ...value, data: Float64Array.from(Float32Array.from(value.data)) } : value]))
    const result = sample.apply(nodes)
    const inputs = nodes.map((node, i) => ({ name: `x${i}`, node }))
    const feeds = Object.fromEntries(inputs.map(({ name, node }) => [name, hostArray(given.get(node) ?? { axes: {}, dtype: 'f32', data: new Float64Array() })]))
    return { label: `${op}.${n}`, program: { name: `${op}.${n}`, inputs, outputs: [{ name: 'y', node: result }], updates: [] }, result, given, feeds }
  }),
)

const loaded = await tensorflowBackend.load(tensorflow.emit({ state: [], programs: cases.map(each => each.program) }))()
if (E.isLeft(loaded)) throw loaded.left
const session = loaded.right

for (const { label, result, given, feeds } of cases) {
  test(`${label}: TensorFlow gives what the reference rule gives`, () => {
    const expected = evaluate([result], given).get(result)
    const found = session.run(label, feeds)['y']
    assert.ok(expected && found)
    assert.is(found.length, expected.data.length)
    const tolerance = result.dtype === 'f32' ? 2e-6 : 0
    expected.data.forEach((value, i) => {
      const wanted = result.dtype === 'key' || result.dtype === 'i32' ? value | 0 : value
      assert.ok(Math.abs((found[i] ?? Number.NaN) - wanted) <= tolerance * Math.max(1, Math.abs(wanted)), `${label} element ${i}: ${found[i]}, by the reference rule ${wanted} (seed ${seed})`)
    })
  })
}
test.after(() => session.close())
test.run()
