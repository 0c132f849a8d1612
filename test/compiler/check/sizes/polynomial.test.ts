import { test } from 'uvu'
import * as assert from 'uvu/assert'
import fc from 'fast-check'
import { holds, type Claim } from '../../../../compiler/program/claim.ts'
import { solve, type Condition } from '../../../../compiler/check/sizes/condition.ts'
import { decode, evaluateAt, fraction, polynomialText, type Point, type Polynomial } from '../../../../compiler/check/sizes/polynomial.ts'
import { pointsFor } from '../../../../compiler/check/sizes/sample.ts'

const symbols = [{ name: 'batch', axis: 'batch', size: 64 }, { name: 'row', axis: 'row', size: 16 }, { name: 'token', axis: 'token', size: 30 }]
const points = pointsFor(symbols)
const seen = (f: (point: Point) => number): Polynomial | undefined => decode(points.map(f), points)
const textOf = (f: (point: Point) => number): string | undefined => {
  const found = seen(f)
  return found && polynomialText(found)
}

test('a size that was computed from symbols is read off its values', () => {
  assert.is(textOf(() => 512), '512')
  assert.is(textOf(({ batch = 0 }) => batch), 'batch')
  assert.is(textOf(({ batch = 0 }) => 2 * batch + 512), '2·batch + 512')
  assert.is(textOf(({ batch = 0 }) => 512 - batch), '512 − batch')
  assert.is(textOf(({ row = 0 }) => row / 16), 'row/16')
  assert.is(textOf(({ row = 0 }) => row * row + 1), 'row^2 + 1')
  assert.is(textOf(({ batch = 0, token = 0 }) => 3 * batch * token), '3·batch·token')
  assert.is(textOf(({ row = 0, token = 0 }) => row / 4 + token + 1), 'row/4 + token + 1')
  assert.is(textOf(({ batch = 0 }) => 512 / batch), '512/batch')
})

test('what is no polynomial is not said to be one', () => {
  assert.is(seen(({ row = 0 }) => Math.floor(row / 7)), undefined)
  assert.is(seen(({ row = 0 }) => Math.min(row, 40)), undefined)
})

const linear = fc.record({ a: fc.integer({ min: -6, max: 6 }), b: fc.integer({ min: -40, max: 40 }), under: fc.integer({ min: 1, max: 8 }) })
const polynomial = ({ a, b, under }: { readonly a: number; readonly b: number; readonly under: number }): Polynomial => ({ terms: a === 0 ? [] : [{ factor: fraction(a, under), monomial: { n: 1 } }], constant: fraction(b) })

/** Whether a condition on `n` holds, read from its text alone. */
const judge = (condition: Condition, n: number): boolean => {
  if (typeof condition === 'string') return condition === 'always'
  return condition.every(text => {
    const [, relation, bound] = /^n (=|>=|<=) (\d+)$/.exec(text) ?? []
    if (relation !== undefined) return relation === '=' ? n === Number(bound) : relation === '>=' ? n >= Number(bound) : n <= Number(bound)
    const [, divisor, factor, sign, constant] = /^(\d+) divides (−?(?:\d+·)?)n(?: ([+−]) (\d+))?$/.exec(text) ?? /^(\d+) divides ()()(.*)$/.exec(text) ?? []
    assert.ok(divisor !== undefined, text)
    const mirrored = /^(\d+) divides (\d+) − ((?:\d+·)?)n$/.exec(text)
    const scale = (words: string): number => (words.startsWith('−') ? -1 : 1) * Number(words.replace(/[−·]/g, '') || 1)
    const value = mirrored ? Number(mirrored[2]) - scale(mirrored[3] ?? '') * n : scale(factor ?? '') * n + (sign === '−' ? -1 : 1) * Number(constant ?? 0)
    assert.ok(Number.isFinite(value), text)
    return value % Number(divisor) === 0
  })
}

test('what a condition says is true for exactly the sizes that it says', () => {
  const kinds: readonly Claim['kind'][] = ['same', 'within', 'divides', 'size', 'place']
  fc.assert(
    fc.property(fc.constantFrom(...kinds), linear, linear, (kind, l, r) => {
      const right = kind === 'divides' ? { terms: [], constant: fraction(Math.max(1, Math.abs(r.b))) } : kind === 'size' || kind === 'place' ? { terms: [], constant: fraction(0) } : polynomial(r)
      const condition = solve(kind, polynomial(l), right)
      if (typeof condition !== 'string' && condition.some(text => / (=|>=|<=) .*n/.test(text) || /\/\d/.test(text))) return
      for (let n = 1; n <= 60; n++) {
        const claim = { kind, left: evaluateAt(polynomial(l), { n }), right: evaluateAt(right, { n }) }
        const near = { ...claim, left: Math.round(claim.left * 840) / 840, right: Math.round(claim.right * 840) / 840 }
        assert.is(judge(condition, n), holds(near), `${kind} ${polynomialText(polynomial(l))} to ${polynomialText(right)} at ${n}: ${typeof condition === 'string' ? condition : condition.join(' and ')}`)
      }
    }),
    { numRuns: 600, verbose: true },
  )
})

test.run()
