import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  add, array, cast, clamp, constant, crossEntropy, dot, erf, exp, gather, grad, key, log, max, mean, mul, pow, run, scalar, softmax, stopGradient, sub, sum, sumAll, tanh, untyped as u, valueAndGrad, valueAndGradWithAux,
  vmap, type Leaf, type Tensor,
} from '../../../compiler/language/index.ts'
import { leavesOf } from '../../../compiler/language/tree.ts'
import { reachable } from '../../../compiler/program/program.ts'
import { describeSite } from '../../../compiler/program/site.ts'
import { close, differences, draws, exactly, inOrder, mistakeOf, placesIn, says } from './support.ts'

const place = placesIn(import.meta.url)
type Weight = Tensor<'in' | 'out'>
type Vector = Tensor<'in'>

const seed = 7
const about = `seed ${seed}`
const weights = { axes: { in: 3, out: 2 }, data: draws(seed, 6) }
const vector = { axes: { in: 3 }, data: draws(seed + 1, 3) }

/** sum over 'out' of tanh(x · w)². */
const loss = (x: Vector) => (w: Weight): Tensor => {
  const y = tanh(dot('in', x, w))
  return sum('out', mul(y, y))
}

const lossOf = (data: readonly number[]): number => exactly((w: Weight, x: Vector) => loss(x)(w), [{ ...weights, data }, vector])[0]?.data[0] ?? Number.NaN
const gradientOf = (data: readonly number[]): readonly number[] => {
  const [gradient] = exactly((w: Weight, x: Vector) => grad(loss(x))(w), [{ ...weights, data }, vector])
  assert.ok(gradient)
  return inOrder(gradient, ['in', 'out'])
}

test('value and gradient of a non-linear function, against finite differences', () => {
  const [value, gradient] = exactly((w: Weight, x: Vector) => {
    const result = valueAndGrad(loss(x))(w)
    return [result.value, result.grad]
  }, [weights, vector])
  assert.ok(value && gradient)
  close(value.data, [lossOf(weights.data)], 1e-12)
  close(inOrder(gradient, ['in', 'out']), differences(lossOf, weights.data), 1e-8, about)
})

test('the gradient of a gradient, against finite differences of the gradient', () => {
  const direction = draws(seed + 2, 6)
  const along = (gradient: readonly number[]): number => gradient.reduce((total, value, i) => total + value * (direction[i] ?? 0), 0)
  const [product] = exactly((w: Weight, x: Vector, v: Weight) => grad((p: Weight) => dot(['in', 'out'], grad(loss(x))(p), v))(w), [weights, vector, { ...weights, data: direction }])
  assert.ok(product)
  close(inOrder(product, ['in', 'out']), differences(data => along(gradientOf(data)), weights.data), 1e-7, about)
})

test('a third derivative', () => {
  const third = run((x: Tensor) => grad((a: Tensor) => grad((b: Tensor) => grad((c: Tensor) => exp(mul(c, 2)))(b))(a))(x))(array({}, [0.25]))
  close(third.data, [8 * Math.exp(0.5)])
})

test('a gradient within a vmap within a gradient', () => {
  const rows = { axes: { batch: 2, in: 3 }, data: draws(seed + 3, 6) }
  const penalty = (x: Tensor<'batch' | 'in'>) => (w: Weight): Tensor =>
    mean('batch', vmap('batch', (one: Vector) => {
      const slope = grad((input: Vector) => loss(input)(w))(one)
      return dot('in', slope, slope)
    })(x))
  const value = (data: readonly number[]): number => exactly((w: Weight, x: Tensor<'batch' | 'in'>) => penalty(x)(w), [{ ...weights, data }, rows])[0]?.data[0] ?? Number.NaN
  const [gradient] = exactly((w: Weight, x: Tensor<'batch' | 'in'>) => grad(penalty(x))(w), [weights, rows])
  assert.ok(gradient)
  close(inOrder(gradient, ['in', 'out']), differences(value, weights.data), 1e-7, about)
})

test('a gradient through softmax, cross-entropy, normal functions and a table', () => {
  const f = (t: Tensor<'word' | 'in'>): Tensor => {
    const x = gather('word', t, cast('i32', constant({ pick: 3 }, [2, 0, 2])))
    const scores = add(erf(x), log(add(mul(x, x), 1)))
    return sumAll(crossEntropy('in', scores, softmax('in', pow(add(exp(x), 1), 1.5))))
  }
  const table = { axes: { word: 3, in: 4 }, data: draws(seed + 4, 12) }
  const value = (data: readonly number[]): number => exactly(f, [{ ...table, data }])[0]?.data[0] ?? Number.NaN
  const [gradient] = exactly((t: Tensor<'word' | 'in'>) => grad(f)(t), [table])
  assert.ok(gradient)
  close(inOrder(gradient, ['word', 'in']), differences(value, table.data), 1e-7, about)
})

test('what a loss returns beside its value is handed on', () => {
  const { value, aux, grad: slope } = run((x: Tensor) => valueAndGradWithAux((p: Tensor) => [mul(p, p), { double: mul(p, 2), list: [p] }])(x))(array({}, [3]))
  close(value.data, [9])
  close(slope.data, [6])
  close(aux.double.data, [6])
  close(aux.list[0]?.data ?? [], [3])
})

test('stopGradient ends a derivative', () => {
  close(run((x: Tensor) => grad((p: Tensor) => mul(p, stopGradient(p)))(x))(array({}, [3])).data, [3])
})

test('only the argument counts: the same tensor captured is a constant', () => {
  close(run((x: Tensor) => grad((p: Tensor) => mul(p, x))(x))(array({}, [3])).data, [3])
})

test('what is used twice gets both parts', () => {
  close(run((x: Tensor) => grad((p: Tensor) => add(mul(p, p), mul(p, 5)))(x))(array({}, [3])).data, [11])
})

test('a parameter that is not used has gradient zero over its own axes', () => {
  const tree = { used: array({}, [2]), unused: array({ in: 2, out: 3 }, [1, 2, 3, 4, 5, 6]) }
  interface Two { readonly used: Tensor; readonly unused: Weight }
  const slopes = run((p: Two) => grad((q: Two) => mul(q.used, q.used))(p))(tree)
  close(inOrder(slopes.unused, ['in', 'out']), [0, 0, 0, 0, 0, 0])
  close(slopes.used.data, [4])
})

test('a constant loss has gradient zero', () => {
  close(run((x: Vector) => grad((_p: Vector) => scalar(1))(x))(array({ in: 2 }, [1, 2])).data, [0, 0])
})

test('a tree of parameters has a tree of gradients', () => {
  interface Layer { readonly weight: Tensor<'in'>; readonly bias: Tensor }
  interface Model { readonly layers: readonly Layer[]; readonly scale: Tensor }
  const model = { layers: [{ weight: array({ in: 2 }, [1, 2]), bias: array({}, [3]) }, { weight: array({ in: 2 }, [4, 5]), bias: array({}, [6]) }], scale: array({}, [10]) }
  const slopes = run((p: Model) => grad((q: Model) => mul(q.scale, q.layers.reduce<Tensor>((total, { weight, bias }, i) => add(total, mul(add(sumAll(weight), bias), i + 1)), scalar(0))))(p))(model)
  assert.equal(slopes.layers.map(({ weight, bias }) => [...weight.data, ...bias.data]), [[10, 10, 10], [20, 20, 20]])
  close(slopes.scale.data, [6 + 2 * 15])
})

test('ties of max share the cotangent; clamp passes it inside and stops it outside', () => {
  close(run((x: Vector) => grad((p: Vector) => sumAll(max(p, 0)))(x))(array({ in: 3 }, [-1, 0, 1])).data, [0, 0.5, 1])
  close(run((x: Vector) => grad((p: Vector) => sumAll(clamp(p, -0.5, 0.5)))(x))(array({ in: 3 }, [-1, 0.2, 1])).data, [0, 1, 0])
})

test('a gradient has the axes of its parameter whatever was broadcast', () => {
  const slope = run((b: Tensor<'out'>, x: Weight) => grad((p: Tensor<'out'>) => sumAll(mul(add(x, p), sub(x, p))))(b))(array({ out: 2 }, [1, 2]), array({ in: 3, out: 2 }, [0, 0, 0, 0, 0, 0]))
  close(inOrder(slope, ['out']), [-6, -12])
})

// Mistakes that types catch too; here the types are looked away from.

const gradOf: (f: (tree: never) => unknown, tree: unknown) => unknown = (f, tree) => {
  const differentiate: (tree: unknown) => unknown = Reflect.apply(grad, undefined, [f])
  return differentiate(tree)
}
const leaf = (axes: Readonly<Record<string, number>>): Leaf => u.broadcast(u.literal(1), axes)

test('an integer among the parameters is an error that names its path', () => {
  const tree = { table: leaf({ word: 2 }), ids: { caption: u.cast('i32', leaf({ token: 2 })) } }
  says(mistakeOf(() => gradOf((p: typeof tree) => u.sum(undefined, p.table), tree)), 'AX010', 'i32', "'ids/caption'")
  says(mistakeOf(() => gradOf((_p: unknown) => u.literal(1), key(1))), 'AX010', 'key')
})

test('a loss with axes is an error that names them, where the gradient is asked for', () => {
  const error = mistakeOf(() => {
    const x = leaf({ batch: 2, out: 3 })
    return gradOf((p: Leaf) => u.mul(p, p), x)
  })
  says(error, 'AX016', "'batch'", "'out'", 'the mean or the sum')
})

test('inside vmap a loss may not have axes of its own, but need not sum the mapped one', () => {
  says(mistakeOf(() => vmap('batch', (x: Leaf) => gradOf((p: Leaf) => u.mul(p, p), x))(leaf({ batch: 2, out: 3 }))), 'AX016', "'out'")
})

test('an integer loss and a tree without tensors are errors', () => {
  says(mistakeOf(() => gradOf((p: Leaf) => u.cast('i32', p), leaf({}))), 'AX010', 'loss of i32')
  says(mistakeOf(() => gradOf((_p: unknown) => u.literal(1), { rate: 0.1 })), 'AX015', 'no tensor')
})

test('a node of a gradient belongs to the line that it is the gradient of', () => {
  const slope = gradOf((p: Leaf) => {
    const squares = u.mul(p, p)
    return u.sum(undefined, u.tanh(squares)) // the line of tanh
  }, leaf({ in: 2 }))
  const places = reachable(leavesOf(slope).map(({ node }) => node)).map(({ op, site }) => `${op} ${describeSite(site)}`)
  assert.ok(places.some(each => each.startsWith(`sub ${place('the line of tanh')}`)), places.join('\n'))
})

test.run()
