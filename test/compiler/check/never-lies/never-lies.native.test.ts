// What the checker accepts compiles and runs with exactly the predicted shapes; what it rejects, an evaluator of shapes that knows nothing
// of the compiler rejects too. Every run checks about a thousand random calls, right and wrong ones, and runs all programs in one graph.
import * as E from 'fp-ts/Either'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AxleError } from '../../../../compiler/language/index.ts'
import { leafOf, nodeOf } from '../../../../compiler/language/leaf.ts'
import { optimize } from '../../../../compiler/passes/index.ts'
import { input } from '../../../../compiler/primitives/index.ts'
import { elements, type Node } from '../../../../compiler/program/node.ts'
import type { Program } from '../../../../compiler/program/program.ts'
import { tensorflow } from '../../../../compiler/targets/tensorflow/emit.ts'
import type { HostArray } from '../../../../runtime/backends/backend.ts'
import { tensorflow as backend } from '../../../../runtime/backends/tensorflow.ts'
import { build } from './build.ts'
import { callOf, dice, given, type Call, type Dice, type Shape } from './calls.ts'
import { shapeOf } from './shapes.ts'

const seed = Number(process.env['AXLE_SEED'] ?? Date.now() % 1_000_000)
const programs = 40
const most = 5000

const shapeOfNode = ({ axes, dtype }: Node): Shape => {
  if (dtype === 'bf16') throw new Error('no call makes bf16')
  return { axes, type: dtype }
}
const sorted = ({ axes, type }: Shape): string => `${type} ${JSON.stringify(Object.entries(axes).sort(([a], [b]) => (a < b ? -1 : 1)))}`
const describe = (call: Call, shapes: readonly Shape[]): string => `${JSON.stringify(call)} of ${call.of.map(i => JSON.stringify(shapes[i])).join(' and ')}`

interface Made {
  readonly inputs: readonly Node[]
  readonly outputs: readonly Node[]
  readonly calls: readonly string[]
}

interface Counts {
  right: number
  wrong: number
  readonly ops: Set<string>
  /** Calls about which checker and evaluator do not agree. */
  readonly lies: string[]
}

/** Makes the calls that dice stand for, one after the other; what is rejected is left out. Checker and evaluator must agree on each. */
const play = (rolls: readonly Dice[], counts: Counts): Made => {
  const inputs = given.map(({ axes, type }, i) => input([], { path: `x${i}`, axes, dtype: type, kind: 'input' }))
  const [nodes, shapes, calls]: [Node[], Shape[], string[]] = [[...inputs], [...given], []]
  for (const roll of rolls) {
    const call = callOf(roll, shapes)
    const expected = shapeOf(call, shapes)
    if (expected !== undefined && elements(expected.axes) > most) continue
    let found: Node | undefined
    try {
      found = nodeOf(build(call, nodes.map(leafOf), shapes.map(({ type }) => type)))
    } catch (error) {
      if (!(error instanceof AxleError)) throw error
      if (expected !== undefined) counts.lies.push(`the checker rejects ${describe(call, shapes)}: ${error.sentence}; the evaluator gives it ${sorted(expected)}`)
    }
    if (found === undefined) { counts.wrong++; continue }
    if (expected === undefined || sorted(shapeOfNode(found)) !== sorted(expected)) {
      counts.lies.push(`the checker gives ${describe(call, shapes)} ${sorted(shapeOfNode(found))}; the evaluator ${expected === undefined ? 'rejects it' : `gives it ${sorted(expected)}`}`)
      continue
    }
    counts.right++
    counts.ops.add(call.op)
    calls.push(describe(call, shapes))
    nodes.push(found)
    shapes.push(expected)
  }
  return { inputs, outputs: nodes.slice(inputs.length), calls }
}

const feedOf = ({ axes, dtype }: Node): HostArray => {
  const length = dtype === 'key' ? 2 : elements(axes)
  return dtype === 'f32' ? Float32Array.from({ length }, (_, i) => Math.sin(i + 1)) : dtype === 'u8' || dtype === 'bool' ? Uint8Array.from({ length }, (_, i) => i % 2) : Int32Array.from({ length }, (_, i) => i % 2)
}

const made: Made[] = []
const counts: Counts = { right: 0, wrong: 0, ops: new Set(), lies: [] }

test(`checker and evaluator agree on every call (seed ${seed})`, () => {
  fc.assert(fc.property(fc.array(dice, { minLength: 20, maxLength: 40 }), rolls => void made.push(play(rolls, counts))), { seed, numRuns: programs })
  assert.equal(counts.lies.slice(0, 5), [])
  assert.ok(counts.right > 300 && counts.wrong > 300, `${counts.right} right, ${counts.wrong} wrong calls`)
  assert.ok(counts.ops.size >= 25, `calls of ${counts.ops.size} operations were right`)
})

test(`what the checker accepts runs, with exactly the predicted shapes (seed ${seed})`, async () => {
  const all = made.filter(({ outputs }) => outputs.length > 0).map(({ inputs, outputs }, i): Program => optimize({
    name: `run${i}`,
    inputs: inputs.map((node, k) => ({ name: `x${k}`, node })),
    outputs: outputs.filter(({ dtype }) => dtype !== 'key').map((node, k) => ({ name: `y${k}`, node })),
    updates: [],
  }))
  const loaded = await backend.load(tensorflow.emit({ state: [], programs: all }))()
  if (E.isLeft(loaded)) throw loaded.left
  const session = loaded.right
  try {
    for (const { name, inputs, outputs } of all) {
      // A run fails where the graph gives another shape than the signature declares.
      const results = session.run(name, Object.fromEntries(inputs.map(input => [input.name, feedOf(input.node)])))
      const declared = new Map(session.signatures[name]?.outputs.map(output => [output.name, output.axes]))
      for (const output of outputs) {
        assert.equal(Object.fromEntries(declared.get(output.name)?.map(axis => [axis.name, axis.size]) ?? []), { ...output.node.axes })
        assert.is(results[output.name]?.length, elements(output.node.axes), `${name} (seed ${seed})`)
      }
    }
  } finally {
    session.close()
  }
  process.stdout.write(`${counts.right} right calls of ${counts.ops.size} operations ran in ${all.length} programs; ${counts.wrong} wrong ones were rejected by both; seed ${seed}\n`)
})
test.run()
