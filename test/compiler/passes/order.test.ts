import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { order } from '../../../compiler/passes/order.ts'
import { verify } from '../../../compiler/passes/verify.ts'
import { add, exp, input, mul, sub, sum, tanh } from '../../../compiler/primitives/index.ts'
import { axesOf, type Node } from '../../../compiler/program/node.ts'
import { nodesOf, type Program } from '../../../compiler/program/program.ts'
import { agree, costOf } from './gradients.ts'
import { argument, count, drawProgram, number } from './programs.ts'

const layers = 4
const square = { from: 160, to: 160 }
const leaf = (path: string): Node => input([], { path: `state/${path}`, axes: square, dtype: 'f32', kind: 'param' })

/** As a model traces it: layers forward, gradients backward, and after all of them the updates. */
const training = (): Program => {
  const leaves = Array.from({ length: layers }, (_, i) => ({ weight: leaf(`weight${i}`), moment: leaf(`moment${i}`) }))
  const rate = exp([argument('rate', {})], {})
  const start = argument('x', square)
  let [now, cotangent] = [start, start]
  for (const { weight } of leaves) now = tanh([mul([now, weight], {})], {})
  const gradients = [...leaves].reverse().map(({ weight }) => {
    cotangent = tanh([mul([cotangent, weight], {})], {})
    return mul([cotangent, now], {})
  })
  const updates = leaves.flatMap(({ weight, moment }, i) => {
    const next = add([mul([moment, number(0.9)], {}), gradients[layers - 1 - i] ?? start], {})
    const decayed = mul([weight, sub([number(1), rate], {})], {})
    return [{ name: `weight${i}`, node: sub([decayed, mul([next, rate], {})], {}) }, { name: `moment${i}`, node: next }]
  })
  return { name: 'step', inputs: [], outputs: [{ name: 'loss', node: sum([now], { axes: axesOf(now) }) }], updates }
}

test('an update is made as soon as its gradient, and what needs the state alone waits for it', () => {
  const before = training()
  const after = verify('order', order(before))
  agree(before, after, 1)
  assert.is(costOf(after), costOf(before))
  // A moment's share waits for its gradient, a weight's decay for the moment.
  assert.is(count(after, 'after'), 2 * layers)
  /** Where each layer's gradient is made and where its update, in the order of the gradients. */
  const places = (program: Program): readonly (readonly [gradient: number, update: number])[] => {
    const place = new Map(nodesOf(program).map((node, i) => [node, i]))
    const at = (node: Node | undefined): number => (node === undefined ? Number.NaN : place.get(node) ?? Number.NaN)
    const of = (kind: string): readonly Node[] => program.updates.filter(({ name }) => name.startsWith(kind)).map(({ node }) => node)
    const moments = of('moment')
    return of('weight').map((node, i) => [at(moments[i]?.inputs[1]), at(node)] as const).sort(([a], [b]) => a - b)
  }
  const [traced, found] = [places(before), places(after)]
  for (let i = 0; i + 1 < layers; i++) {
    assert.ok((traced[i]?.[1] ?? 0) > (traced[i + 1]?.[0] ?? Infinity), 'as traced, gradients wait for each other')
    assert.ok((found[i]?.[1] ?? Infinity) < (found[i + 1]?.[0] ?? 0), `a gradient is made before the one ahead of it is used: ${JSON.stringify(found)}`)
  }
})

test('random programs keep their numbers and their operations', () => {
  for (let seed = 0; seed < 300; seed++) {
    const program = drawProgram(seed, 14)
    const after = order(program)
    agree(program, after, seed)
    assert.is(count(after) - count(after, 'after'), count(program), `seed ${seed}`)
  }
})

test.run()
