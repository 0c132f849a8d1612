import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { narrowWith } from '../../../compiler/passes/narrow.ts'
import { share } from '../../../compiler/passes/share.ts'
import { simplify } from '../../../compiler/passes/simplify.ts'
import { verify } from '../../../compiler/passes/verify.ts'
import { add, div, dot, exp, gather, mul, rename, slice, sub, sum, table, tanh } from '../../../compiler/primitives/index.ts'
import { axesOf, elements, has, sizeOf, type Node } from '../../../compiler/program/node.ts'
import { nodesOf, type Program } from '../../../compiler/program/program.ts'
import { generator } from '../language/support.ts'
import { agree, costOf, differentiated, inputsOf, squared, whole, withInputs } from './gradients.ts'
import { argument, count, drawProgram, programOf } from './programs.ts'

const draws = 400

const narrowAll = (program: Program): Program => share(simplify(verify('narrow', narrowWith(Number.NEGATIVE_INFINITY)(program))))
/** A few positions of a value, chosen in one of the ways that a model would; none of its axes grows. */
const part = (node: Node, next: () => number): Node => {
  const axis = axesOf(node)[Math.floor(next() * axesOf(node).length)]
  if (axis === undefined) return node
  const size = sizeOf(node, axis)
  const one = Math.floor(next() * size)
  if (next() < 0.5) return slice([node], { axis, start: one, size: 1 })
  const other = axesOf(node).find(each => each !== axis)
  const pick = next() < 0.5 ? { chosen: 1 } : { chosen: 2 }
  const aligned = other === undefined || next() < 0.5 ? pick : { [other]: sizeOf(node, other), ...pick }
  return gather([node, whole(aligned, Array.from({ length: elements(aligned) }, () => Math.floor(next() * size)))], { axis })
}

test('parts of random values, and the gradients of losses over them, keep their numbers', () => {
  let changed = 0
  for (let seed = 0; seed < draws; seed++) {
    const next = generator(seed + 5000)
    const drawn = drawProgram(seed, 12)
    const inputs = inputsOf(drawn)
    if (inputs.length === 0) continue
    const loss = (taps: readonly Node[]): Node => withInputs(drawn, taps).map(node => squared(part(node, next))).reduce((l, r) => add([l, r], {}))
    const program = differentiated(loss, inputs)
    const after = narrowAll(program)
    agree(program, after, seed)
    if (costOf(after) < costOf(program)) changed++
  }
  assert.ok(changed > draws / 10, `only ${changed} programs became cheaper`)
})

/** One attention with a residual, then a feed-forward map: row by row but for the attention. */
const layer = (x: Node, weights: readonly Node[]): Node => {
  const [query = x, key = x, expand = x, contract = x] = weights
  const q = dot([x, query], { over: ['hidden'] })
  const k = rename([dot([x, key], { over: ['hidden'] })], { names: { token: 'key' } })
  const scores = exp([tanh([dot([q, k], { over: ['feature'] })], {})], {})
  const attended = div([dot([scores, rename([x], { names: { token: 'key' } })], { over: ['key'] }), sum([scores], { axes: ['key'] })], {})
  const sum1 = add([x, attended], {})
  const normed = sub([sum1, mul([sum([sum1], { axes: ['hidden'] }), table([], { axes: {}, values: [1 / 6] })], {})], {})
  return add([dot([tanh([dot([normed, expand], { over: ['hidden'] })], {}), contract], { over: ['inner'] }), normed], {})
}

const modelInputs = (): readonly Node[] => [
  argument('x', { batch: 2, token: 8, hidden: 6 }),
  ...[1, 2].flatMap(i => [argument(`q${i}`, { hidden: 6, feature: 4 }), argument(`k${i}`, { hidden: 6, feature: 4 }), argument(`e${i}`, { hidden: 6, inner: 12 }), argument(`c${i}`, { inner: 12, hidden: 6 })]),
]
const model = ([x, ...weights]: readonly Node[]): Node => layer(layer(x ?? argument('x', {}), weights.slice(0, 4)), weights.slice(4))

const choices: Readonly<Record<string, (tokens: Node) => Node>> = {
  'the first token': tokens => slice([tokens], { axis: 'token', start: 0, size: 1 }),
  'some tokens of each example': tokens => gather([tokens, whole({ batch: 2, masked: 2 }, [1, 5, 7, 7])], { axis: 'token' }),
}

for (const [name, choose] of Object.entries(choices)) {
  test(`a loss over ${name}: the last layer is computed for that alone, the one before in full and once`, () => {
    const program = differentiated(nodes => squared(choose(model(nodes))), modelInputs())
    const after = narrowAll(program)
    agree(program, after, 1)
    const maps = (of: Program, tokens: boolean): number => nodesOf(of).filter(node => node.op === 'dot' && has(node, 'inner') && has(node, 'token') === tokens && (!tokens || sizeOf(node, 'token') === 8)).length
    assert.is(maps(program, true), 4, 'forward and backward through both feed-forward maps')
    assert.is(maps(after, true), 2, 'those of the first layer alone')
    assert.ok(count(after, 'dot') <= count(program, 'dot'), 'nothing is multiplied twice')
    assert.ok(costOf(after) < 0.75 * costOf(program), `${costOf(after)} of ${costOf(program)}`)
  })
}

test('what saves too little stays as it is', () => {
  const program = differentiated(nodes => squared(slice([model(nodes)], { axis: 'token', start: 0, size: 1 })), modelInputs())
  assert.is(narrowWith(2 ** 30)(program), program)
})

test('a value that is used in full is not computed twice for its parts', () => {
  const x = argument('x', { token: 8, hidden: 6 })
  const y = tanh([dot([x, argument('w', { hidden: 6, inner: 12 })], { over: ['hidden'] })], {})
  const program = programOf(squared(y), slice([y], { axis: 'token', start: 2, size: 1 }))
  const after = narrowAll(program)
  assert.is(count(after, 'dot'), 1)
  assert.is(count(after, 'tanh'), 1)
  agree(program, after, 3)
})
test.run()
