import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  add, array, bernoulli, broadcast, cast, categorical, categoricalWithoutReplacement, constant, dropout, fold, gaussian, key, randomInteger, run, uniform, untyped as u, vmap, type Key, type Leaf, type Tensor,
} from '../../../compiler/language/index.ts'
import { hashName } from '../../../compiler/primitives/index.ts'
import { philox4x32, uniformRow } from '../../../compiler/primitives/philox.ts'
import { close, inOrder, mistakeOf, says } from './support.ts'

const seed = 20
const count = 20_000
const about = `seed ${seed}`

/** The words of key(seed), and of a fold of it by a number (domain 0) or a name (domain 1). */
const rootWords = [seed, 0x9e3779b9] as const
const folded = (by: number, domain: 0 | 1): readonly [number, number] => {
  const [low, high] = philox4x32(rootWords, [by >>> 0, 0, domain, 0])
  return [low, high]
}
const drawn = (from: (root: Key) => Key, size: number): readonly number[] => inOrder(run(() => uniform(from(key(seed)), { column: size }))(), ['column'])
const same = (from: Key): Key => from
const average = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length

test('a key draws the same numbers again, another seed others', () => {
  assert.equal(drawn(same, 7), drawn(same, 7))
  assert.not.equal(drawn(same, 7), inOrder(run(() => uniform(key(seed + 1), { column: 7 }))(), ['column']))
})

test('a draw is Philox 4x32-10 under the words of the key, from block zero', () => {
  assert.equal(drawn(same, 7), Array.from(uniformRow(rootWords, 0, 7)))
})

test('a seed may be a tensor', () => {
  const given = run((s: Tensor<never, 'i32'>) => uniform(key(s), { column: 7 }))(array({}, [seed], 'i32'))
  assert.equal(inOrder(given, ['column']), drawn(same, 7))
})

test('a fold by name and a fold by number are blocks of different domains', () => {
  assert.equal(drawn(root => fold(root, 'dropout'), 4), Array.from(uniformRow(folded(hashName('dropout'), 1), 0, 4)))
  assert.equal(drawn(root => fold(root, 3), 4), Array.from(uniformRow(folded(3, 0), 0, 4)))
  assert.not.equal(drawn(root => fold(root, hashName('dropout')), 4), drawn(root => fold(root, 'dropout'), 4))
})

test('folds by different names, numbers and orders are different keys', () => {
  const all = [
    drawn(same, 4), drawn(root => fold(root, 'a'), 4), drawn(root => fold(root, 'b'), 4), drawn(root => fold(root, 0), 4), drawn(root => fold(root, 1), 4),
    drawn(root => fold(fold(root, 'a'), 'b'), 4), drawn(root => fold(fold(root, 'b'), 'a'), 4), drawn(root => fold(root, 'ab'), 4),
  ]
  assert.is(new Set(all.map(numbers => numbers.join())).size, all.length)
})

test('a fold by a number of the program is that of the same number written', () => {
  const given = run((i: Tensor<never, 'i32'>) => uniform(fold(key(seed), i), { column: 4 }))(array({}, [3], 'i32'))
  assert.equal(inOrder(given, ['column']), drawn(root => fold(root, 3), 4))
})

test('a fold by a number that differs by example is an error: draws differ by example anyway', () => {
  const ids = u.cast('i32', u.broadcast(u.literal(1), { batch: 2 }))
  const byExample: (from: Leaf, by: Leaf) => Leaf = (from, by) => Reflect.apply(fold, undefined, [from, by])
  says(mistakeOf(() => vmap('batch', (i: Leaf) => byExample(key(1), i))(ids)), 'AX011', "'batch'")
})

const perRow = <R extends number>(size: R) => run((x: Tensor<'batch'>) => vmap('batch', (_one: Tensor) => uniform(key(seed), { column: size }))(x))

test('rows of a mapped draw are different', () => {
  const numbers = inOrder(perRow(5)(array({ batch: 3 }, [0, 0, 0])), ['batch', 'column'])
  assert.is(new Set(numbers).size, 15, about)
})

for (const size of [1, 3, 4, 5, 8]) {
  test(`row r of a mapped draw of ${size} numbers starts at block r times ${Math.ceil(size / 4)}`, () => {
    const numbers = inOrder(perRow(size)(array({ batch: 4 }, [0, 0, 0, 0])), ['batch', 'column'])
    const wanted = [0, 1, 2, 3].flatMap(row => Array.from(uniformRow(rootWords, row * Math.ceil(size / 4), size)))
    assert.equal(numbers, wanted)
  })
}

test('rows of whole blocks are the parts of one draw', () => {
  const whole = inOrder(run(() => uniform(key(seed), { batch: 3, column: 8 }))(), ['batch', 'column'])
  assert.equal(inOrder(perRow(8)(array({ batch: 3 }, [0, 0, 0])), ['batch', 'column']), whole)
})

test('of two mapped axes the outer one is slowest', () => {
  const f = (_one: Tensor) => uniform(key(seed), { column: 4 })
  const given = array({ case: 2, batch: 3 }, [0, 0, 0, 0, 0, 0])
  const nested = run((x: Tensor<'case' | 'batch'>) => vmap('case', vmap('batch', f))(x))(given)
  assert.equal(inOrder(nested, ['case', 'batch', 'column']), drawn(same, 24))
  const turned = run((x: Tensor<'case' | 'batch'>) => vmap('batch', vmap('case', f))(x))(given)
  assert.equal(inOrder(turned, ['batch', 'case', 'column']), drawn(same, 24))
})

test('sizes count in the order in which they are written', () => {
  const written = run(() => ({ tall: uniform(key(seed), { row: 2, column: 3 }), wide: uniform(key(seed), { column: 3, row: 2 }) }))()
  assert.equal(inOrder(written.tall, ['row', 'column']), drawn(same, 6))
  assert.equal(inOrder(written.wide, ['column', 'row']), drawn(same, 6))
})

test('uniform lies in [0, 1), in steps of 2^-23, around one half', () => {
  const numbers = drawn(same, count)
  assert.ok(numbers.every(value => value >= 0 && value < 1 && Number.isInteger(value * 2 ** 23)), about)
  // The deviation of the mean is √(1/12 / count).
  assert.ok(Math.abs(average(numbers) - 0.5) < 5 * Math.sqrt(1 / 12 / count), about)
})

test('a gaussian has mean 0 and variance 1', () => {
  const numbers = inOrder(run(() => gaussian(key(seed), { column: count }))(), ['column'])
  assert.ok(Math.abs(average(numbers)) < 5 / Math.sqrt(count), about)
  assert.ok(Math.abs(average(numbers.map(value => value ** 2)) - 1) < 5 * Math.sqrt(2 / count), about)
})

test('bernoulli is true as often as asked', () => {
  for (const probability of [0, 0.15, 0.8, 1]) {
    const hits = inOrder(run(() => cast('f32', bernoulli(key(seed), probability, { column: count })))(), ['column'])
    assert.ok(Math.abs(average(hits) - probability) <= 5 * Math.sqrt((probability * (1 - probability)) / count), `${probability}, ${about}`)
  }
})

test('a random integer takes every value below its bound, equally often', () => {
  const numbers = inOrder(run(() => randomInteger(key(seed), 7, { column: count }))(), ['column'])
  for (let value = 0; value < 7; value++) {
    const share = numbers.filter(each => each === value).length / count
    assert.ok(Math.abs(share - 1 / 7) < 5 * Math.sqrt((1 / 7) * (6 / 7) / count), `${value}: ${share}, ${about}`)
  }
  assert.ok(numbers.every(value => Number.isInteger(value) && value >= 0 && value < 7))
})

const logits = [0, 1, 2, -1]
const softmaxOf = (values: readonly number[]): readonly number[] => {
  const e = values.map(Math.exp)
  const total = e.reduce((a, b) => a + b, 0)
  return e.map(value => value / total)
}
const everywhere = (values: readonly number[], batch: number): Tensor<'batch' | 'choice'> => broadcast(constant({ choice: 4 }, values), { batch })

test('categorical draws with the probabilities of a softmax', () => {
  const ids = inOrder(run(() => categorical(key(seed), 'choice', everywhere(logits, count)))(), ['batch'])
  softmaxOf(logits).forEach((probability, choice) => {
    const share = ids.filter(id => id === choice).length / count
    assert.ok(Math.abs(share - probability) < 5 * Math.sqrt((probability * (1 - probability)) / count), `${choice}: ${share}, wanted ${probability}, ${about}`)
  })
})

test('without replacement: different positions, the first drawn as by categorical, the second from what is left', () => {
  const picks = inOrder(run(() => categoricalWithoutReplacement(key(seed), 'choice', { pick: 3 }, everywhere(logits, count)))(), ['batch', 'pick'])
  const rows = Array.from({ length: count }, (_, i) => picks.slice(3 * i, 3 * i + 3))
  assert.ok(rows.every(row => new Set(row).size === 3 && row.every(id => id >= 0 && id < 4)), about)
  const probabilities = softmaxOf(logits)
  probabilities.forEach((probability, choice) => {
    const share = rows.filter(([first]) => first === choice).length / count
    assert.ok(Math.abs(share - probability) < 5 * Math.sqrt((probability * (1 - probability)) / count), `${choice}: ${share}, ${about}`)
  })
  const [p0 = 0, p1 = 0, p2 = 0] = probabilities
  const secondIsZero = (p1 * p0) / (1 - p1) + (p2 * p0) / (1 - p2) + ((1 - p0 - p1 - p2) * p0) / (p0 + p1 + p2)
  const share = rows.filter(([, second]) => second === 0).length / count
  assert.ok(Math.abs(share - secondIsZero) < 5 * Math.sqrt(secondIsZero / count), `${share}, wanted ${secondIsZero}, ${about}`)
})

test('what has no weight is not drawn', () => {
  const picks = inOrder(run(() => categoricalWithoutReplacement(key(seed), 'choice', { pick: 2 }, everywhere([0, -1e9, 0, -1e9], 200)))(), ['batch', 'pick'])
  assert.ok(picks.every(id => id === 0 || id === 2), about)
})

test('dropout keeps the mean, zeroes as often as asked, and is the identity at rate 0', () => {
  const kept = inOrder(run(() => dropout(key(seed), 0.25, add(uniform(key(0), { column: count }), 1)))(), ['column'])
  const original = inOrder(run(() => add(uniform(key(0), { column: count }), 1))(), ['column'])
  const zeros = kept.filter(value => value === 0).length / count
  assert.ok(Math.abs(zeros - 0.25) < 5 * Math.sqrt(0.1875 / count), `${zeros}, ${about}`)
  kept.forEach((value, i) => value === 0 || close([value], [(original[i] ?? 0) / 0.75]))
  assert.ok(Math.abs(average(kept) - average(original)) < 0.03, about)
  close(inOrder(run((x: Tensor<'column'>) => dropout(key(seed), 0, x))(array({ column: 2 }, [3, 4])), ['column']), [3, 4])
})

test('dropout draws for every example', () => {
  const masks = run((x: Tensor<'batch' | 'column'>) => vmap('batch', (one: Tensor<'column'>) => dropout(key(seed), 0.5, one))(x))(array({ batch: 2, column: 64 }, Array.from({ length: 128 }, () => 1)))
  const numbers = inOrder(masks, ['batch', 'column'])
  assert.not.equal(numbers.slice(0, 64), numbers.slice(64))
})

test.run()
