import type { Claim } from '../../program/claim.ts'
import { combine, constantly, fraction, gcd, polynomialText, times, valueOf, type Fraction, type Polynomial } from './polynomial.ts'

/** For which sizes of the symbols a claim holds: for all, for none, or where all of some conditions do: `batch >= 24`, `16 divides row`. */
export type Condition = 'always' | 'never' | readonly string[]

const isWhole = ({ terms, constant }: Polynomial): boolean => constant.under === 1 && terms.every(({ factor, monomial }) => factor.under === 1 && Object.values(monomial).every(power => power > 0))
const scaled = (polynomial: Polynomial, factor: Fraction): Polynomial => combine(constantly(fraction(0)), polynomial, factor)

/** Terms that are added on one side, terms that are taken away on the other. */
const sides = ({ terms, constant }: Polynomial): readonly [string, string] => {
  const side = (sign: number): string =>
    polynomialText({ terms: terms.filter(({ factor }) => factor.over * sign > 0).map(({ factor, monomial }) => ({ factor: times(factor, fraction(sign)), monomial })), constant: constant.over * sign > 0 ? times(constant, fraction(sign)) : fraction(0) })
  return [side(1), side(-1)]
}

/** Where factor·x + constant is zero: one division of whole numbers, so that a whole root is found whole. */
const rootOf = (factor: Fraction, constant: Fraction): number => -(constant.over * factor.under) / (constant.under * factor.over)

/** The one product of symbols that a difference depends on, whether the difference rises with it, and where it is zero. */
const single = ({ terms, constant }: Polynomial) => {
  const [term, ...more] = terms
  if (term === undefined || more.length > 0 || Object.values(term.monomial).some(power => power < 0)) return undefined
  return { name: polynomialText({ terms: [{ factor: fraction(1), monomial: term.monomial }], constant: fraction(0) }), rising: term.factor.over > 0, root: rootOf(term.factor, constant) }
}

/** Where a difference is zero. */
const whereZero = (difference: Polynomial): Condition => {
  if (difference.terms.length === 0) return difference.constant.over === 0 ? 'always' : 'never'
  const one = single(difference)
  if (one === undefined) return [sides(difference).join(' = ')]
  return Number.isInteger(one.root) && one.root >= 1 ? [`${one.name} = ${one.root}`] : 'never'
}

/** Where a difference is not below zero. Every symbol is at least 1. */
const whereNotNegative = (difference: Polynomial): Condition => {
  const { terms, constant } = difference
  const least = terms.reduce((total, { factor }) => total + valueOf(factor), valueOf(constant))
  if (terms.every(({ factor, monomial }) => factor.over > 0 && Object.values(monomial).every(power => power > 0)) && least >= 0) return 'always'
  if (terms.every(({ factor }) => factor.over < 0) && constant.over < 0) return 'never'
  if (terms.length === 0) return 'never'
  const one = single(difference)
  if (one === undefined) return [sides(difference).join(' >= ')]
  if (one.rising) return [`${one.name} >= ${Math.ceil(one.root)}`]
  const most = Math.floor(one.root)
  return most >= 1 ? [`${one.name} <= ${most}`] : 'never'
}

const lcm = (a: number, b: number): number => (a / gcd(a, b)) * b

/** Where `divisor` divides a polynomial with whole factors; its constant is taken as small as it can be. */
const whereDivides = (divisor: number, dividend: Polynomial): Condition => {
  const terms = dividend.terms.map(term => ({ ...term, factor: fraction(term.factor.over % divisor) })).filter(({ factor }) => factor.over !== 0)
  const rest = ((dividend.constant.over % divisor) + divisor) % divisor
  if (terms.length === 0) return rest === 0 ? 'always' : 'never'
  const common = [divisor, rest, ...terms.map(({ factor }) => factor.over)].reduce(gcd)
  const constant = rest > divisor / 2 ? rest - divisor : rest
  const reduced: Polynomial = { terms: terms.map(term => ({ ...term, factor: fraction(term.factor.over / common) })), constant: fraction(constant / common) }
  return [`${divisor / common} divides ${polynomialText(reduced)}`]
}

/** Where a polynomial is a whole number. */
const whereWhole = (polynomial: Polynomial): Condition => {
  if (isWhole(polynomial)) return 'always'
  const [term, ...more] = polynomial.terms
  const symbol = term !== undefined && more.length === 0 ? Object.entries(term.monomial) : []
  const [[name, power] = ['', 1]] = symbol
  if (term !== undefined && symbol.length === 1 && power === -1 && term.factor.under === 1 && polynomial.constant.under === 1) return [`${name} divides ${Math.abs(term.factor.over)}`]
  if (polynomial.terms.some(({ monomial }) => Object.values(monomial).some(each => each < 0))) return [`${polynomialText(polynomial)} is whole`]
  const divisor = [polynomial.constant, ...polynomial.terms.map(({ factor }) => factor)].reduce((least, { under }) => lcm(least, under), 1)
  return whereDivides(divisor, scaled(polynomial, fraction(divisor)))
}

/** The words of a condition; `undefined` where there is nothing to say. */
export const conditionText = (condition: Condition): string | undefined =>
  condition === 'always' ? undefined : condition === 'never' ? 'for no size of the inputs' : `only ${condition.every(each => / (=|>=|<=) \d+$/.test(each)) ? 'for' : 'where'} ${condition.join(' and ')}`

const both = (a: Condition, b: Condition): Condition => (a === 'never' || b === 'never' ? 'never' : a === 'always' ? b : b === 'always' ? a : [...a, ...b])

const whereMultiple = (left: Polynomial, right: Polynomial): Condition => {
  if (right.terms.length === 0) return whereWhole(scaled(left, fraction(right.constant.under, right.constant.over)))
  const ratio = left.terms.length === 0 ? undefined : valueOf(left.terms[0]?.factor ?? fraction(0)) / valueOf(right.terms[0]?.factor ?? fraction(1))
  if (ratio !== undefined && Number.isInteger(ratio)) {
    const rest = combine(left, right, fraction(-ratio))
    if (rest.terms.length === 0 && rest.constant.over === 0) return 'always'
  }
  return [`${polynomialText(right)} divides ${polynomialText(left)}`]
}

/** Solves a claim on two sizes that depend on symbols. */
export const solve = (kind: Claim['kind'], left: Polynomial, right: Polynomial): Condition => {
  if (kind === 'same') return whereZero(combine(left, right, fraction(-1)))
  if (kind === 'within') return whereNotNegative(combine(right, left, fraction(-1)))
  if (kind === 'divides') return whereMultiple(left, right)
  const [whole, enough] = [whereWhole(left), whereNotNegative(combine(left, constantly(fraction(kind === 'size' ? -1 : 0))))]
  // A whole share of a symbol is at least one.
  const share = left.terms.length === 1 && left.constant.over === 0 && (left.terms[0]?.factor.over ?? 0) > 0
  return share && whole !== 'always' ? whole : both(whole, enough)
}
