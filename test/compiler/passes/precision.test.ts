import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { evaluate } from '../../../compiler/language/run.ts'
import { distribute, optimize, passNames } from '../../../compiler/passes/index.ts'
import { inBf16 } from '../../../compiler/passes/precision.ts'
import { add, cast, dot, rename, sum, tanh } from '../../../compiler/primitives/index.ts'
import { collectivesOf, type Placement } from '../../../compiler/program/mesh.ts'
import { axesOf, elements, type Node } from '../../../compiler/program/node.ts'
import { printProgram } from '../../../compiler/program/print.ts'
import { nodesOf, rootsOf, type Program } from '../../../compiler/program/program.ts'
import { generator, inOrder } from '../language/support.ts'
import { differentiated, squared } from './gradients.ts'
import { argument, count, drawProgram, programOf, valuesOf } from './programs.ts'

const tokens = argument('tokens', { token: 6, hidden: 5 })
const weight = argument('weight', { hidden: 5, feature: 4 })

const shortOf = (program: Program): readonly Node[] => nodesOf(program).filter(({ dtype }) => dtype === 'bf16')

/** Half a unit in the last of eight bits, for numbers from 1 to 2. */
const half = 2 ** -8

test('a cast to bf16 keeps eight bits, rounded to the nearest number and of two to the even one', () => {
  const rounded = (values: readonly number[]): readonly number[] => {
    const x = argument('x', { row: values.length })
    const node = cast([x], { dtype: 'bf16' })
    return [...(evaluate([node], new Map([[x, { axes: x.axes, dtype: 'f32', data: Float64Array.from(values) }]])).get(node)?.data ?? [])]
  }
  assert.equal(rounded([1, 1 + half, 1 + half + 2 ** -20, 1 + 3 * half, -1 - half, 255, 257, 0, 3.4e38, Infinity]), [1, 1, 1 + 2 * half, 1 + 4 * half, -1, 255, 256, 0, Infinity, Infinity])
  assert.ok(rounded([NaN]).every(Number.isNaN))
  const next = generator(3)
  for (let i = 0; i < 200; i++) {
    const x = Math.fround((2 * next() - 1) * 10 ** (8 * next() - 4))
    const [found = NaN] = rounded([x])
    const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 7)
    assert.ok(Number.isInteger(found / unit) && Math.abs(found - x) <= unit / 2, `${x} becomes ${found}`)
  }
})

test('products of matrices have operands of bf16, each cast once whatever it is called; sums of products stay f32', () => {
  const queries = dot([tokens, weight], { over: ['hidden'] })
  const keys = rename([dot([tokens, argument('other', { hidden: 5, feature: 4 })], { over: ['hidden'] })], { names: { token: 'key' } })
  const scores = dot([queries, keys], { over: ['feature'] })
  const renamed = dot([rename([tokens], { names: { token: 'key' } }), weight], { over: ['hidden'] })
  const norm = dot([tokens, tokens], { over: ['hidden'] })
  const weighted = dot([tokens, argument('mask', { token: 6 })], { over: ['token'] })
  const program = inBf16(programOf(scores, renamed, norm, weighted))
  const short = shortOf(program)
  // tokens, both weights, queries and keys.
  assert.is(short.filter(({ op }) => op === 'cast').length, 5)
  assert.ok(short.every(({ op }) => op === 'cast' || op === 'rename'))
  const products = nodesOf(program).filter(({ op }) => op === 'dot')
  assert.equal(products.map(({ inputs }) => inputs.map(({ dtype }) => dtype).join()).sort(), ['bf16,bf16', 'bf16,bf16', 'bf16,bf16', 'bf16,bf16', 'f32,f32', 'f32,f32'])
  assert.ok([...products, ...rootsOf(program)].every(({ dtype }) => dtype === 'f32'))
  assert.match(printProgram(program), /%\d+ bf16\[token 6, hidden 5\] = cast\(%\d+\) dtype=bf16 {2}@ /)
})

test('numbers of eight bits give exactly what f32 gives', () => {
  const [x, y] = [argument('x', { row: 4, inner: 6 }), argument('y', { inner: 6, column: 3 })]
  const node = dot([x, y], { over: ['inner'] })
  const data = (count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => ((i * 37) % 255) - 127)
  const given = new Map([x, y].map((each): [Node, { axes: Node['axes']; dtype: 'f32'; data: Float64Array }] => [each, { axes: each.axes, dtype: 'f32', data: data(elements(each.axes)) }]))
  const [short] = rootsOf(inBf16(programOf(node)))
  assert.ok(short !== undefined && short !== node)
  assert.equal(evaluate([short], given).get(short)?.data, evaluate([node], given).get(node)?.data)
})

test('a product differs by no more than its operands were rounded by, and does differ', () => {
  for (let seed = 0; seed < 20; seed++) {
    const exact = dot([tokens, weight], { over: ['hidden'] })
    const program = programOf(exact)
    const [[wanted], [found]] = [valuesOf(program, seed), valuesOf(inBf16(program), seed)]
    assert.ok(wanted && found)
    let largest = 0
    inOrder(found, axesOf(exact)).forEach((value, i) => {
      const difference = Math.abs(value - (inOrder(wanted, axesOf(exact))[i] ?? NaN))
      largest = Math.max(largest, difference)
      // Five products of two factors, each at most 1 and rounded by half a unit.
      assert.ok(difference <= 5 * (half + half ** 2), `seed ${seed}: ${difference}`)
    })
    assert.ok(largest > 0, `seed ${seed}`)
  }
})

test('the gradient of a small network is f32, and within the rounding of its products of the exact one', () => {
  const [x, first, bias, second] = [argument('x', { example: 8, hidden: 5 }), argument('first', { hidden: 5, inner: 7 }), argument('bias', { inner: 7 }), argument('second', { inner: 7, out: 3 })]
  const loss = ([x, first, bias, second]: readonly Node[]): Node =>
    squared(dot([tanh([add([dot([x, first].flatMap(n => n ?? []), { over: ['hidden'] }), bias].flatMap(n => n ?? []), {})], {}), second].flatMap(n => n ?? []), { over: ['inner'] }))
  const exact = differentiated(loss, [x, first, bias, second])
  const short = inBf16(exact)
  // Two products forward, three backward and one for the gradient of the input, all of them of matrices.
  assert.is(nodesOf(short).filter(({ op, inputs }) => op === 'dot' && inputs.every(({ dtype }) => dtype === 'bf16')).length, count(exact, 'dot'))
  assert.ok(rootsOf(short).every(({ dtype }) => dtype === 'f32'))
  for (let seed = 0; seed < 20; seed++) {
    const [wanted, found] = [valuesOf(exact, seed), valuesOf(short, seed)]
    wanted.forEach((value, i) => {
      const other = found[i]
      assert.ok(other)
      const [a, b] = [inOrder(value, Object.keys(value.axes)), inOrder(other, Object.keys(value.axes))]
      const norm = Math.hypot(...a)
      const difference = Math.hypot(...a.map((each, k) => each - (b[k] ?? NaN))) / norm
      assert.ok(norm > 0 && difference < 10 * half, `seed ${seed}, output ${i}: ${difference}`)
    })
  }
})

test('it runs where it is wanted, and random programs keep their axes and types', () => {
  const program = programOf(sum([tanh([dot([tokens, weight], { over: ['hidden'] })], {})], { axes: ['token', 'feature'] }))
  assert.is(shortOf(optimize(program)).length, 0)
  assert.is(shortOf(optimize(program, undefined, { precision: 'f32' })).length, 0)
  assert.is(shortOf(optimize(program, undefined, { precision: 'bf16' })).length, 2)
  assert.not(passNames.includes('precision'))
  const typesOf = (each: Program): readonly string[] => rootsOf(each).map(({ dtype, axes }) => `${dtype} ${Object.entries(axes).sort().join()}`)
  let products = 0
  for (let seed = 0; seed < 200; seed++) {
    const drawn = drawProgram(seed, 14)
    const made = optimize(drawn, undefined, { precision: 'bf16' })
    assert.equal(typesOf(made), typesOf(drawn), `seed ${seed}`)
    products += shortOf(made).length
  }
  assert.ok(products > 4, `${products} values of bf16`)
})

test('on several devices the same exchanges take place, of f32', () => {
  const placement: Placement = { mesh: { data: 2 }, shard: { example: 'data' } }
  const x = argument('x', { example: 8, hidden: 5 })
  const loss = ([w]: readonly Node[]): Node => squared(tanh([dot([x, w].flatMap(n => n ?? []), { over: ['hidden'] })], {}))
  const program = differentiated(loss, [weight])
  const made = (precision: 'f32' | 'bf16'): Program => distribute(optimize(program, placement, { precision }), placement, new Map(), { precision })
  const [wanted, found] = [made('f32'), made('bf16')]
  assert.ok(shortOf(found).length >= 3 && shortOf(wanted).length === 0)
  assert.ok(collectivesOf(found).length > 0 && collectivesOf(found).every(({ node }) => node.dtype === 'f32'))
  assert.equal(collectivesOf(found).map(({ kind, bytes, order }) => [kind, bytes, order]), collectivesOf(wanted).map(({ kind, bytes, order }) => [kind, bytes, order]))
})

test.run()
