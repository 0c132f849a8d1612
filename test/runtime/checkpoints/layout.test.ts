import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { elementsOf, fromOrder, toOrder } from '../../../runtime/checkpoints/layout.ts'

const axes = [{ name: 'a', size: 2 }, { name: 'b', size: 3 }]

test('a matrix in the other order of its axes is its transpose', () => {
  assert.equal(toOrder(Float32Array.of(0, 1, 2, 3, 4, 5), axes, ['b', 'a']), Float32Array.of(0, 3, 1, 4, 2, 5))
  assert.equal(fromOrder(Float32Array.of(0, 3, 1, 4, 2, 5), axes, ['b', 'a']), Float32Array.of(0, 1, 2, 3, 4, 5))
})

test('element types stay, and the order that is there already copies nothing', () => {
  assert.equal(toOrder(Int32Array.of(0, 1, 2, 3, 4, 5), axes, ['b', 'a']), Int32Array.of(0, 3, 1, 4, 2, 5))
  assert.equal(toOrder(Uint8Array.of(0, 1, 2, 3, 4, 5), axes, ['b', 'a']), Uint8Array.of(0, 3, 1, 4, 2, 5))
  const data = Float32Array.of(0, 1, 2, 3, 4, 5)
  assert.is(toOrder(data, axes, ['a', 'b']), data)
  assert.equal(toOrder(Float32Array.of(7), [], []), Float32Array.of(7))
  assert.is(elementsOf(axes), 6)
  assert.is(elementsOf([]), 1)
})

// The definition, index by index: an element's place in an order is its coordinates read in that order.
const placeIn = (order: readonly string[], sizes: ReadonlyMap<string, number>, at: ReadonlyMap<string, number>): number => order.reduce((place, name) => place * (sizes.get(name) ?? 1) + (at.get(name) ?? 0), 0)

test('every element lies where its coordinates say, for any sizes and order, and comes back', () => {
  const cases = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }).chain(sizes => {
    const given = sizes.map((size, i) => ({ name: `axis${i}`, size }))
    return fc.tuple(fc.constant(given), fc.shuffledSubarray(given.map(({ name }) => name), { minLength: given.length }))
  })
  fc.assert(fc.property(cases, ([given, order]) => {
    const sizes = new Map(given.map(({ name, size }) => [name, size]))
    const names = given.map(({ name }) => name)
    const data = Float32Array.from({ length: elementsOf(given) }, (_, i) => i)
    const moved = toOrder(data, given, order)
    for (let i = 0; i < data.length; i++) {
      let rest = i
      const at = new Map([...given].reverse().map(({ name, size }) => {
        const coordinate = rest % size
        rest = Math.floor(rest / size)
        return [name, coordinate] as const
      }))
      assert.is(moved[placeIn(order, sizes, at)], placeIn(names, sizes, at))
    }
    assert.equal(fromOrder(moved, given, order), data)
  }))
})

test.run()
