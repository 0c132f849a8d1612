import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, array, dot, fold, gather, grad, key, mean, meanAll, mul, position, rename, run, scalar, sub, sum, sumAll, tanh, uniform, untyped as u, vmap, type Key, type Leaf, type Tensor } from '../../../compiler/language/index.ts'
import { close, draws, inOrder, mistakeOf, placesIn, says } from './support.ts'

const place = placesIn(import.meta.url)
const rows = array({ batch: 3, hidden: 2 }, [1, 2, 3, 4, 5, 9])

test('maps a function of one example over the axis', () => {
  const centred = run((x: Tensor<'batch' | 'hidden'>) => vmap('batch', (one: Tensor<'hidden'>) => sub(one, mean('hidden', one)))(x))(rows)
  close(inOrder(centred, ['batch', 'hidden']), [-0.5, 0.5, -0.5, 0.5, -2, 2])
})

test('what takes every axis in sight does not see the mapped one', () => {
  const means = run((x: Tensor<'batch' | 'hidden'>) => vmap('batch', (one: Tensor<'hidden'>) => meanAll(one))(x))(rows)
  close(inOrder(means, ['batch']), [1.5, 3.5, 7])
})

test('nests', () => {
  const x = array({ case: 2, batch: 2, hidden: 2 }, [1, 2, 3, 4, 5, 6, 7, 8])
  const f = (one: Tensor<'hidden'>, other: Tensor<'hidden'>) => dot('hidden', one, other)
  const dots = run((a: Tensor<'case' | 'batch' | 'hidden'>) => vmap('case', vmap('batch', f))(a, a))(x)
  close(inOrder(dots, ['case', 'batch']), [5, 25, 61, 113])
})

test('an inner function may use what an outer one was given', () => {
  const x = array({ case: 2, batch: 3 }, [1, 2, 3, 4, 5, 6])
  const result = run((a: Tensor<'case' | 'batch'>) =>
    vmap('case', (perCase: Tensor<'batch'>) => {
      const total = sum('batch', perCase)
      return vmap('batch', (one: Tensor) => mul(one, total))(perCase)
    })(a))(x)
  close(inOrder(result, ['case', 'batch']), [6, 12, 18, 60, 75, 90])
})

test('a result that does not depend on the arguments is repeated', () => {
  const result = run((x: Tensor<'batch' | 'hidden'>) => vmap('batch', (_one: Tensor<'hidden'>) => ({ constant: scalar(7) }))(x))(rows)
  close(inOrder(result.constant, ['batch']), [7, 7, 7])
})

test('the repeated value keeps its own axes', () => {
  const weight = array({ unit: 2 }, [1, 2])
  const result = run((x: Tensor<'batch' | 'hidden'>, w: Tensor<'unit'>) => vmap('batch', (_one: Tensor<'hidden'>) => w)(x))(rows, weight)
  close(inOrder(result, ['batch', 'unit']), [1, 2, 1, 2, 1, 2])
})

test('arguments and results are trees', () => {
  const pair = { a: array({ batch: 2 }, [1, 2]), list: [array({ batch: 2 }, [10, 20]), array({ batch: 2 }, [3, 4])] }
  interface One { readonly a: Tensor; readonly list: readonly Tensor[] }
  const total = (one: One) => ({ total: one.list.reduce((x, y) => add(x, y), one.a), parts: one.list.map(each => mul(each, 2)) })
  interface All { readonly a: Tensor<'batch'>; readonly list: readonly Tensor<'batch'>[] }
  const result = run((all: All) => vmap('batch', total)(all))(pair)
  close(inOrder(result.total, ['batch']), [14, 26])
  assert.equal(result.parts.map(part => inOrder(part, ['batch'])), [[20, 40], [6, 8]])
})

test('two mappings over one name may follow each other', () => {
  const twice = run((x: Tensor<'batch' | 'hidden'>) => vmap('batch', (one: Tensor) => mul(one, one))(vmap('batch', (one: Tensor<'hidden'>) => sumAll(one))(x)))(rows)
  close(inOrder(twice, ['batch']), [9, 49, 196])
})

test('an own index is an argument', () => {
  const table = array({ batch: 2, token: 2 }, [1, 2, 3, 4])
  const diagonal = run((x: Tensor<'batch' | 'token'>) => vmap('batch', (i: Tensor<never, 'i32'>, one: Tensor<'token'>) => gather('token', one, i))(position('batch', x), x))(table)
  close(inOrder(diagonal, ['batch']), [1, 4])
})

test('other examples are captured under another name', () => {
  const features = array({ batch: 2, embed: 2 }, [1, 2, 3, 4])
  const pairs = run((x: Tensor<'batch' | 'embed'>) => vmap('batch', (one: Tensor<'embed'>) => dot('embed', one, rename(x, { batch: 'candidate' })))(x))(features)
  close(inOrder(pairs, ['batch', 'candidate']), [5, 11, 11, 25])
})

test('gradients inside are those of each example', () => {
  const weight = array({ hidden: 2 }, [0.3, -0.2])
  const loss = (one: Tensor<'hidden'>) => (p: Tensor<'hidden'>) => tanh(dot('hidden', one, p))
  const each = run((x: Tensor<'batch' | 'hidden'>, p: Tensor<'hidden'>) => vmap('batch', (one: Tensor<'hidden'>) => grad(loss(one))(p))(x))(rows, weight)
  const wanted = [[1, 2], [3, 4], [5, 9]].flatMap(([a = 0, b = 0]) => {
    const slope = 1 - Math.tanh(0.3 * a - 0.2 * b) ** 2
    return [slope * a, slope * b]
  })
  close(inOrder(each, ['batch', 'hidden']), wanted)
})

test('the gradient of a mean over a mapped loss is the mean of the gradients', () => {
  const data = draws(3, 6)
  const x = array({ batch: 3, hidden: 2 }, data)
  const weight = array({ hidden: 2 }, [0.7, -0.4])
  const loss = (p: Tensor<'hidden'>) => (one: Tensor<'hidden'>) => tanh(dot('hidden', one, p))
  const whole = run((all: Tensor<'batch' | 'hidden'>, p: Tensor<'hidden'>) => grad((q: Tensor<'hidden'>) => mean('batch', vmap('batch', loss(q))(all)))(p))(x, weight)
  const parts = run((all: Tensor<'batch' | 'hidden'>, p: Tensor<'hidden'>) => mean('batch', vmap('batch', (one: Tensor<'hidden'>) => grad((q: Tensor<'hidden'>) => loss(q)(one))(p))(all)))(x, weight)
  close(inOrder(whole, ['hidden']), inOrder(parts, ['hidden']))
})

test('keys pass through, captured or given, and every example draws its own numbers', () => {
  const noise = (from: Key, _one: Tensor<'hidden'>) => uniform(fold(from, 'noise'), { column: 3 })
  const given = run((x: Tensor<'batch' | 'hidden'>) => vmap('batch', noise)(key(5), x))(rows)
  const captured = run((x: Tensor<'batch' | 'hidden'>) => vmap('batch', (one: Tensor<'hidden'>) => noise(key(5), one))(x))(rows)
  const numbers = inOrder(given, ['batch', 'column'])
  assert.equal(numbers, inOrder(captured, ['batch', 'column']))
  assert.is(new Set(numbers).size, 9)
})

// Mistakes that types catch too; here the types are looked away from, as for programs written without them.

const leaf = (sizes: Readonly<Record<string, number>>): Leaf => u.broadcast(u.literal(1), sizes)
const given = { batch: 2, hidden: 3 }

test('a captured tensor with the axis is an error at the line where it comes in', () => {
  const captured = leaf(given)
  const error = mistakeOf(() =>
    vmap('batch', (x: Leaf) => {
      const doubled = u.mul(x, 2)
      const shifted = u.add(doubled, captured) // the capture
      return u.exp(shifted)
    })(leaf(given)))
  says(error, 'AX006', place('the capture'), "vmap over 'batch'", 'rename it')
})

test('a captured tensor may be used inside as long as its axis does not come out', () => {
  const captured = leaf(given)
  const result = run(() => vmap('batch', (x: Leaf) => u.mul(x, u.sum(['batch', 'hidden'], captured)))(leaf(given)))()
  assert.equal(Object.keys(Object(result).axes).sort(), ['batch', 'hidden'])
})

test('an argument without the axis is an error that says what it has', () => {
  says(mistakeOf(() => vmap('batch', (x: Leaf, y: Leaf) => u.add(x, y))(leaf(given), leaf({ hidden: 3 }))), 'AX001', "vmap over 'batch'", "'hidden'", 'captured, not passed')
})

test('arguments of two sizes are an error with both', () => {
  const [one, other] = [
    u.broadcast(u.literal(1), { batch: 2 }), // size two
    u.broadcast(u.literal(1), { batch: 3 }), // size three
  ]
  says(mistakeOf(() => vmap('batch', (x: Leaf, y: Leaf) => u.add(x, y))(one, other)), 'AX021', "'batch'", `2 in broadcast (${place('size two')}`, `3 in broadcast (${place('size three')}`)
})

test('the same name within itself is an error', () => {
  const captured = leaf(given)
  says(mistakeOf(() => vmap('batch', (_x: Leaf) => vmap('batch', (y: Leaf) => y)(captured))(leaf(given))), 'AX004', "vmap over 'batch' inside")
})

test('naming the axis inside is an error', () => {
  says(mistakeOf(() => vmap('batch', (x: Leaf) => u.mean('batch', x))(leaf(given))), 'AX001', "mean over 'batch'")
})

test('no tensor among the arguments is an error', () => {
  says(mistakeOf(() => vmap('batch', (_from: Key) => scalar(1))(key(1))), 'AX015', "'batch'")
})

test('the context is restored when the mapped function throws', () => {
  assert.throws(() => vmap('batch', (_x: Leaf): Leaf => { throw new Error('stop') })(leaf(given)), 'stop')
  const drawn = run(() => uniform(key(1), { column: 2 }))()
  assert.equal(Object.keys(drawn.axes), ['column'])
})

test.run()
