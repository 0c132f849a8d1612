import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { evaluate } from '../../../compiler/language/run.ts'
import { distribute, optimize } from '../../../compiler/passes/index.ts'
import { bucket, number, scheduleWith } from '../../../compiler/passes/schedule.ts'
import { shard } from '../../../compiler/passes/shard.ts'
import {
  add, argmax, broadcast, cast, concat, div, dot, equal, exp, flatten, gather, input, less, maximum, mul, neg, pad, position, rename, scatterAdd, select, slice, sub, sum, table, tanh, topIndex, unflatten, uniform, write,
} from '../../../compiler/primitives/index.ts'
import { AxleError } from '../../../compiler/program/error.ts'
import type { HostTensor } from '../../../compiler/program/host.ts'
import { collectivesOf, type Placement } from '../../../compiler/program/mesh.ts'
import { axesOf, elements, type Node, type Sizes } from '../../../compiler/program/node.ts'
import { nodesOf, rootsOf, type Program } from '../../../compiler/program/program.ts'
import { printProgram } from '../../../compiler/program/print.ts'
import { close, generator, inOrder } from '../language/support.ts'
import { differentiated } from './gradients.ts'
import { runOnMesh } from './lockstep.ts'
import { argument, number as constant, programOf } from './programs.ts'

const two: Placement = { mesh: { data: 2 }, shard: { a: 'data', g: 'data' } }

const drawn = (node: Node, seed: number): HostTensor => {
  const next = generator(seed + String(node.attributes['path']).length)
  if (node.dtype === 'key') return { axes: {}, dtype: 'key', data: Float64Array.of(seed + 1, 7) }
  const value = node.dtype === 'f32' ? () => 2 * next() - 1 : () => Math.floor(4 * next())
  return { axes: node.axes, dtype: node.dtype, data: Float64Array.from({ length: elements(node.axes) }, value) }
}

/** A program on a mesh comes to what it comes to on one device. */
const agreesOn = (placement: Placement, program: Program, seed: number, make: (program: Program) => Program = each => distribute(each, placement, new Map())): Program => {
  const inputs = nodesOf(program).filter(({ op }) => op === 'input')
  const given = new Map(inputs.map(node => [node, drawn(node, seed)]))
  const wanted = evaluate(rootsOf(program), given)
  const local = make(program)
  const found = runOnMesh(local, placement, new Map(inputs.map(node => [String(node.attributes['path']), drawn(node, seed)])))
  for (const { name, node } of program.outputs) {
    const [a, b] = [wanted.get(node), found.get(name)]
    assert.ok(a && b)
    close(inOrder(b, axesOf(node)), inOrder(a, axesOf(node)), 1e-9, `${name}, seed ${seed}\n${printProgram(local)}`)
  }
  return local
}

const kinds = (program: Program): readonly string[] => collectivesOf(program).map(({ kind }) => kind)

const x = (): Node => argument('x', { a: 4, b: 3 })
const w = (): Node => argument('w', { b: 3, c: 2 })

test('what lies along the mesh by its name is split; nothing travels that need not', () => {
  const local = agreesOn(two, programOf(exp([dot([x(), w()], { over: ['b'] })], {})), 1)
  assert.equal(kinds(local), [])
  assert.equal(local.outputs.map(({ node }) => node.axes), [{ a: 2, c: 2 }])
})

test('a sum over a split axis is partial; linear operations keep it, and what is not linear completes it where it is made, once', () => {
  const total = sum([x()], { axes: ['a'] })
  assert.equal(kinds(agreesOn(two, programOf(add([neg([total], {}), mul([total, constant(3)], {})], {})), 2)), ['allReduce'])
  const local = agreesOn(two, programOf(mul([total, constant(0.1)], {}), mul([total, total], {})), 3)
  assert.equal(kinds(local), ['allReduce'])
  const parts = sum([mul([x(), argument('y', { b: 3 })], {})], { axes: ['a', 'b'] })
  assert.equal(collectivesOf(agreesOn(two, programOf(parts), 4)).map(({ bytes }) => bytes), [4])
})

test('the gradient of a parameter that several losses use is reduced once', () => {
  const [images, weights] = [x(), w()]
  const loss = (nodes: readonly Node[]): Node => {
    const p = nodes[0] ?? weights
    const y = tanh([dot([images, p], { over: ['b'] })], {})
    const other = sum([mul([y, y], {})], { axes: ['a', 'c'] })
    return add([mul([other, constant(0.25)], {}), sum([dot([exp([images], {}), p], { over: ['b'] })], { axes: ['a', 'c'] })], {})
  }
  const program = differentiated(loss, [weights])
  const local = agreesOn(two, program, 5)
  assert.equal(kinds(local), ['allReduce'])
  // The gradient, and the loss beside it in the same exchange.
  assert.equal(collectivesOf(local).map(({ bytes }) => bytes), [4 * (6 + 1)])
})

test('a rename to a name that is not split gathers, its gradient scatters; the other way each takes its own part', () => {
  const own = x()
  const loss = (nodes: readonly Node[]): Node => {
    const p = dot([own, nodes[0] ?? w()], { over: ['b'] })
    const scores = dot([p, rename([p], { names: { a: 'z' } })], { over: ['c'] })
    return sum([div([exp([scores], {}), sum([exp([scores], {})], { axes: ['z'] })], {})], { axes: ['a', 'z'] })
  }
  assert.equal(kinds(agreesOn(two, programOf(rename([x()], { names: { a: 'z' } })), 6)), ['allGather'])
  assert.equal(kinds(agreesOn(two, programOf(rename([argument('u', { z: 4 })], { names: { z: 'a' } })), 7)), [])
  // The loss is there before the gradient's own exchange, so it travels apart.
  assert.equal(kinds(agreesOn(two, differentiated(loss, [w()]), 8)), ['allGather', 'allReduce', 'reduceScatter', 'allReduce'])
})

test('one part of an axis may go to another name and back without an exchange', () => {
  assert.equal(kinds(agreesOn(two, optimize(programOf(rename([rename([x()], { names: { a: 'z' } })], { names: { z: 'a' } })), two), 9)), [])
})

test('unflatten hands the layout to its first part, flatten takes it from there', () => {
  const long = argument('l', { a: 8, b: 3 })
  const grouped = unflatten([long], { axis: 'a', into: { g: 4, item: 2 } })
  assert.equal(kinds(agreesOn(two, programOf(grouped, flatten([grouped], { axes: ['g', 'item'], into: 'a' })), 10)), [])
  assert.equal(kinds(agreesOn(two, programOf(flatten([grouped], { axes: ['g', 'item'], into: 'slot' })), 11)), ['allGather'])
  assert.equal(kinds(agreesOn(two, programOf(flatten([grouped], { axes: ['item', 'g'], into: 'slot' })), 12)), ['allGather'])
  assert.equal(kinds(agreesOn(two, programOf(unflatten([long], { axis: 'a', into: { one: 1, g: 8 } })), 13)), [])
  assert.equal(kinds(agreesOn(two, programOf(unflatten([long], { axis: 'a', into: { p: 2, q: 4 } })), 14)), ['allGather'])
  assert.equal(kinds(agreesOn(two, programOf(flatten([argument('u', { p: 2, q: 4 })], { axes: ['p', 'q'], into: 'a' })), 15)), [])
  assert.equal(kinds(agreesOn(two, programOf(flatten([argument('u', { one: 1, a: 4, q: 2 })], { axes: ['one', 'a', 'q'], into: 'g' })), 16)), [])
})

test('positions count over all devices, and tables are looked up as a whole', () => {
  assert.equal(kinds(agreesOn(two, programOf(position([], { axis: 'a', size: 4 })), 17)), [])
  const ids = argument('ids', { a: 4 }, 'i32')
  const looked = agreesOn(two, programOf(gather([x(), ids], { axis: 'a' })), 18)
  assert.equal(kinds(looked), ['allGather'])
  const loss = (nodes: readonly Node[]): Node => {
    const p = dot([x(), nodes[0] ?? w()], { over: ['b'] })
    const chosen = gather([p, ids], { axis: 'a' })
    return sum([mul([chosen, mul([p, chosen], {})], {})], { axes: ['a', 'c'] })
  }
  assert.equal(kinds(agreesOn(two, differentiated(loss, [w()]), 19)), ['allGather', 'allReduce', 'reduceScatter', 'allReduce'])
  assert.equal(kinds(agreesOn(two, programOf(scatterAdd([ids, x()], { axis: 'word', size: 4, over: ['a'] })), 20)), ['allReduce'])
  assert.equal(kinds(agreesOn(two, programOf(scatterAdd([argument('where', { q: 5 }, 'i32'), argument('rows', { q: 5, b: 3 })], { axis: 'a', size: 4, over: ['q'] })), 21)), [])
  assert.equal(kinds(agreesOn(two, programOf(gather([argument('words', { word: 4, b: 3 }), ids], { axis: 'word' })), 22)), [])
})

test('the largest element along a split axis, and tables of numbers', () => {
  assert.equal(kinds(agreesOn(two, programOf(maximum([x()], { axes: ['a', 'b'] })), 23)), ['allGather'])
  assert.equal(kinds(agreesOn(two, programOf(add([x(), table([], { axes: { a: 4 }, values: [1, 2, 3, 4] })], {})), 24)), [])
})

test('conditions travel as whole numbers', () => {
  const local = agreesOn(two, programOf(rename([less([x(), constant(0)], {})], { names: { a: 'z' } })), 25)
  assert.equal(collectivesOf(local).map(({ node }) => node.dtype), ['i32'])
})

test('random numbers are those of one device, however the rows are split', () => {
  const key = input([], { path: 'key', axes: {}, dtype: 'key', kind: 'argument' })
  const cases: readonly (readonly [Sizes, Sizes])[] = [
    [{ a: 4 }, { b: 5 }], [{ '^a': 4, '^z': 3 }, { b: 2 }], [{ '^z': 3, '^a': 4 }, { b: 5 }], [{ y: 3, z: 2, a: 4 }, { b: 2 }], [{}, { a: 4, b: 3 }], [{ b: 3 }, { c: 2, a: 4 }], [{ a: 2, z: 1 }, {}], [{}, {}], [{ z: 9, a: 4 }, { b: 2 }],
  ]
  for (const [rows, sizes] of cases) {
    const free = rename([uniform([key], { rows, sizes })], { names: Object.fromEntries(Object.keys(rows).map(axis => [axis, axis.replace('^', '')])) })
    for (const devices of [2, 4]) if (Object.keys({ ...rows, ...sizes }).every(axis => axis.replace('^', '') !== 'a' || (rows[axis] ?? sizes[axis] ?? 0) % devices === 0)) assert.equal(kinds(agreesOn({ ...two, mesh: { data: devices } }, programOf(free), 26)), [])
  }
})

test('two mesh axes: a value may lie along both', () => {
  const placement: Placement = { mesh: { data: 2, model: 2 }, shard: { a: 'data', c: 'model' } }
  const loss = (nodes: readonly Node[]): Node => {
    const y = tanh([dot([x(), nodes[0] ?? w()], { over: ['b'] })], {})
    return sum([mul([y, dot([y, argument('v', { c: 2, d: 2 })], { over: ['c'] })], {})], { axes: ['a', 'c', 'd'] })
  }
  agreesOn(placement, differentiated(loss, [w()]), 27)
})

const fails = (body: () => unknown, code: string, ...words: readonly RegExp[]): void => {
  try {
    body()
  } catch (error) {
    assert.instance(error, AxleError)
    if (error instanceof AxleError) {
      assert.is(error.code, code)
      for (const word of words) assert.match(error.message, word)
    }
    return
  }
  assert.unreachable('no error')
}

test('what works on single positions of a split axis is refused, with the axis and both places', () => {
  const cases: readonly (readonly [string, () => Node])[] = [
    ['slice', () => slice([x()], { axis: 'a', start: 0, size: 2 })],
    ['pad', () => pad([x()], { axis: 'a', before: 2, after: 2, value: 0 })],
    ['concat', () => concat([x(), x()], { axis: 'a' })],
    ['write', () => write([x(), argument('at', {}, 'i32'), argument('rows', { a: 2, b: 3 })], { axis: 'a' })],
    ['argmax', () => argmax([x()], { axis: 'a' })],
    ['topK', () => topIndex([x()], { axis: 'a', into: 'best', size: 2 })],
  ]
  for (const [op, make] of cases) fails(() => shard(programOf(make()), two), 'AX063', new RegExp(`${op} along 'a'`), /shard\.test\.ts:\d+:\d+ AX063.*programs\.ts:\d+:\d+/, /'data'/)
})

test('two axes of one value along one mesh axis, and sizes that the devices do not divide, are errors', () => {
  fails(() => shard(programOf(mul([x(), argument('y', { g: 2 })], {})), two), 'AX062', /shard\.test\.ts:\d+:\d+ AX062.*'a' \(.*programs\.ts:\d+:\d+\) and 'g' \(.*programs\.ts:\d+:\d+\)/)
  fails(() => shard(programOf(argument('odd', { a: 3 })), two), 'AX065', /'a' is 3 in odd .*the 2 devices along the mesh axis 'data'/)
})

test('sums are packed into few exchanges, in the order in which they come to be, and numbered so that none waits for a later one', () => {
  const inputs = ['p', 'q', 'r', 's', 't'].map(path => argument(path, { a: 4, b: 8 }))
  const sums = inputs.map(each => sum([each], { axes: ['a'] }))
  const first = exp([sum([exp([nthOf(sums, 0)], {})], { axes: ['b'] })], {})
  const later = sum([mul([first, nthOf(inputs, 1)], {})], { axes: ['a'] })
  const program = programOf(...sums.map(each => exp([each], {})), exp([later], {}))
  for (const least of [1, 64, 100, 2 ** 20]) agreesOn(two, program, 28, each => scheduleWith(least)(shard(each, two)))
  const local = shard(program, two)
  assert.equal(collectivesOf(local).length, 6)
  // Thirty-two bytes each: two fill a bucket of 64; the one that needs another's result is alone.
  assert.equal(collectivesOf(number(bucket(local, 64))).map(({ bytes }) => bytes), [64, 64, 32, 32])
  assert.equal(collectivesOf(number(bucket(local, 2 ** 20))).map(({ bytes, order }) => [bytes, order]), [[160, 0], [32, 1]])
  for (const { node, order } of collectivesOf(number(bucket(local, 64)))) for (const other of collectivesOf(programOf(node))) assert.ok(other.order <= order)
})

const nthOf = (nodes: readonly Node[], i: number): Node => nodes[i] ?? constant(0)

/** A loss of operations over a, b, c, drawn from a seed. */
const drawLoss = (seed: number) => (nodes: readonly Node[]): Node => {
  const next = generator(seed)
  const below = (bound: number): number => Math.floor(next() * bound)
  const made: Node[] = [...nodes, argument('xx', { a: 4, b: 3 }), argument('yyy', { a: 4 }), constant(2)]
  const any = (): Node => nthOf(made, below(made.length))
  const ids = argument('wwwwids', { a: 4 }, 'i32')
  const moves: readonly (() => Node | undefined)[] = [
    () => neg([any()], {}),
    () => tanh([any()], {}),
    () => add([any(), any()], {}),
    () => sub([any(), any()], {}),
    () => mul([any(), any()], {}),
    () => mul([any(), any()], {}),
    () => div([any(), add([constant(2), tanh([any()], {})], {})], {}),
    () => { const l = any(); const r = any(); return dot([l, r], { over: axesOf(l).filter(axis => axis in r.axes && next() < 0.7) }) },
    () => { const l = any(); return sum([l], { axes: axesOf(l).filter(() => next() < 0.5) }) },
    () => { const l = any(); return 'a' in l.axes && !('z' in l.axes) ? rename([l], { names: { a: 'z' } }) : undefined },
    () => { const l = any(); return 'z' in l.axes && !('a' in l.axes) ? rename([l], { names: { z: 'a' } }) : undefined },
    () => { const l = any(); return 'a' in l.axes && 'z' in l.axes ? rename([l], { names: { a: 'z', z: 'a' } }) : undefined },
    () => { const l = any(); return 'a' in l.axes && !('z' in l.axes) ? gather([l, ids], { axis: 'a' }) : undefined },
    () => { const l = any(); return 'b' in l.axes ? slice([l], { axis: 'b', start: 0, size: l.axes['b'] ?? 1 }) : undefined },
    () => { const l = any(); return 'a' in l.axes && !('g' in l.axes) && !('h' in l.axes) ? flatten([unflatten([l], { axis: 'a', into: { g: 2, h: 2 } })], { axes: next() < 0.5 ? ['g', 'h'] : ['h', 'g'], into: 'a' }) : undefined },
    () => { const l = any(); return select([less([l, any()], {}), any(), constant(0)], {}) },
    () => { const l = any(); return mul([l, cast([equal([position([], { axis: 'a', size: 4 }), position([], { axis: 'z', size: 4 })], {})], { dtype: 'f32' })], {}) },
    () => { const l = any(); return broadcast([l], { sizes: 'c' in l.axes ? {} : { c: 2 } }) },
    () => { const l = any(); return axesOf(l).length > 0 ? maximum([l], { axes: axesOf(l) }) : undefined },
  ]
  while (made.length < 16) {
    const node = moves[below(moves.length)]?.()
    if (node !== undefined && elements(node.axes) < 200) made.push(node)
  }
  const all = made.map(node => tanh([node], {})).map(node => sum([node], { axes: axesOf(node) }))
  return all.reduce((l, r) => add([l, r], {}))
}

test('losses and gradients of programs drawn at random do not depend on the number of devices', () => {
  let exchanges = 0
  for (let seed = 0; seed < 120; seed++) {
    const program = differentiated(drawLoss(seed), [argument('p', { b: 3, c: 2 }), argument('ppp', { z: 4 })])
    for (const devices of [2, 4]) exchanges += collectivesOf(agreesOn({ mesh: { data: devices }, shard: { a: 'data' } }, program, seed)).length
  }
  assert.ok(exchanges > 500, `${exchanges}`)
})
test.run()
