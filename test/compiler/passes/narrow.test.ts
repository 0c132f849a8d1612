import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { valueAndGrad } from '../../../compiler/language/gradient.ts'
import { leafOf, nodeOf } from '../../../compiler/language/leaf.ts'
import { narrowWith } from '../../../compiler/passes/narrow.ts'
import { share } from '../../../compiler/passes/share.ts'
import { simplify } from '../../../compiler/passes/simplify.ts'
import { verify } from '../../../compiler/passes/verify.ts'
import { add, cast, div, dot, exp, gather, mul, rename, slice, sub, sum, table, tanh } from '../../../compiler/primitives/index.ts'
import { axesOf, elements, has, sizeOf, type Node } from '../../../compiler/program/node.ts'
import { nodesOf, type Program } from '../../../compiler/program/program.ts'
import { close, generator, inOrder } from '../language/support.ts'
import { argument, count, drawProgram, programOf, valuesOf } from './programs.ts'

const draws = 400

const narrowAll = (program: Program): Program => share(simplify(verify('narrow', narrowWith(Number.NEGATIVE_INFINITY)(program))))
const costOf = (program: Program): number => nodesOf(program).reduce((total, node) => total + node.rules.cost(node), 0)

const agree = (before: Program, after: Program, seed: number): void => {
  const [wanted, found] = [valuesOf(before, seed), valuesOf(after, seed)]
  wanted.forEach((value, i) => {
    const other = found[i]
    assert.ok(other, `seed ${seed}`)
    const order = Object.keys(value.axes)
    close(inOrder(other, order), inOrder(value, order), 1e-9, `seed ${seed}, output ${i}`)
  })
}

/** The loss and its gradients. */
const differentiated = (loss: (nodes: readonly Node[]) => Node, nodes: readonly Node[]): Program => {
  const call: unknown = Reflect.apply(valueAndGrad, undefined, [(each: readonly unknown[]) => leafOf(loss(each.map(nodeOf)))])
  assert.type(call, 'function')
  const result: { readonly value: unknown; readonly grad: unknown } = typeof call === 'function' ? Reflect.apply(call, undefined, [nodes.map(leafOf)]) : { value: undefined, grad: [] }
  return share(simplify(programOf(nodeOf(result.value), ...(Array.isArray(result.grad) ? result.grad.map(nodeOf) : []))))
}

const whole = (axes: Readonly<Record<string, number>>, values: readonly number[]): Node => cast([table([], { axes, values })], { dtype: 'i32' })

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
    const inputs = nodesOf(drawn).filter(({ op }) => op === 'input')
    if (inputs.length === 0) continue
    const roots = drawn.outputs.map(({ node }) => node)
    // The program is a function of its inputs: substituting the taps of the gradient means making its nodes anew.
    const loss = (taps: readonly Node[]): Node => {
      const images = new Map(inputs.map((node, i) => [node, taps[i] ?? node]))
      for (const node of nodesOf(drawn)) if (!images.has(node)) images.set(node, node.rules.rebuild(node.inputs.map(input => images.get(input) ?? input)))
      return roots.map(node => part(images.get(node) ?? node, next)).map(node => sum([mul([node, node], {})], { axes: axesOf(node) })).reduce((l, r) => add([l, r], {}))
    }
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
const squared = (node: Node): Node => sum([mul([node, node], {})], { axes: axesOf(node) })

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
