/** A product of symbols: how often each one occurs in it; −1 is a division. */
export type Monomial = Readonly<Record<string, number>>

/** A fraction in lowest terms, its denominator above zero. */
export interface Fraction {
  readonly over: number
  readonly under: number
}

export interface Term {
  readonly factor: Fraction
  readonly monomial: Monomial
}

/** A size as it depends on the symbols: terms and a constant. */
export interface Polynomial {
  readonly terms: readonly Term[]
  readonly constant: Fraction
}

/** Sizes of the symbols. */
export type Point = Readonly<Record<string, number>>

export const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b))
export const fraction = (over: number, under = 1): Fraction => {
  const common = gcd(over, under) * Math.sign(under) || 1
  return { over: over / common, under: under / common }
}
export const plus = (a: Fraction, b: Fraction): Fraction => fraction(a.over * b.under + b.over * a.under, a.under * b.under)
export const times = (a: Fraction, b: Fraction): Fraction => fraction(a.over * b.over, a.under * b.under)
export const valueOf = ({ over, under }: Fraction): number => over / under
export const constantly = (value: Fraction): Polynomial => ({ terms: [], constant: value })

const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))

/** The simplest fraction that a floating-point number stands for, if it is a simple one. */
const asFraction = (value: number): Fraction | undefined => {
  for (let under = 1; under <= 4096; under++) {
    const over = Math.round(value * under)
    if (close(over / under, value)) return fraction(over, under)
  }
  return undefined
}

const at = (monomial: Monomial, point: Point): number => Object.entries(monomial).reduce((product, [symbol, power]) => product * (point[symbol] ?? Number.NaN) ** power, 1)
export const evaluateAt = ({ terms, constant }: Polynomial, point: Point): number => terms.reduce((total, { factor, monomial }) => total + valueOf(factor) * at(monomial, point), valueOf(constant))

const keyOf = (monomial: Monomial): string => JSON.stringify(Object.entries(monomial).sort(([a], [b]) => (a < b ? -1 : 1)))

/** a + factor · b. */
export const combine = (a: Polynomial, b: Polynomial, factor: Fraction = fraction(1)): Polynomial => {
  const found = new Map<string, Term>()
  for (const term of [...a.terms, ...b.terms.map(each => ({ ...each, factor: times(each.factor, factor) }))]) {
    const before = found.get(keyOf(term.monomial))
    found.set(keyOf(term.monomial), before === undefined ? term : { ...term, factor: plus(before.factor, term.factor) })
  }
  return { terms: [...found.values()].filter(term => term.factor.over !== 0), constant: plus(a.constant, times(b.constant, factor)) }
}

/** Products of up to `degree` symbols, short ones first; with one symbol also its inverse. */
const monomials = (symbols: readonly string[], degree: number): readonly Monomial[] => {
  // In the order of the symbols, so that each product comes once.
  const grow = (shorter: readonly Monomial[]): readonly Monomial[] =>
    shorter.flatMap(each => symbols.slice(Math.max(...Object.keys(each).map(symbol => symbols.indexOf(symbol)))).map(symbol => ({ ...each, [symbol]: (each[symbol] ?? 0) + 1 })))
  const levels: (readonly Monomial[])[] = [symbols.map(symbol => ({ [symbol]: 1 }))]
  while (levels.length < degree) levels.push(grow(levels[levels.length - 1] ?? []))
  return [...(levels[0] ?? []), ...symbols.map(symbol => ({ [symbol]: -1 })), ...levels.slice(1).flat()]
}

/** Factors for a choice of monomials that give the values at the first points, if the values at all others agree. */
const fit = (chosen: readonly Monomial[], values: readonly number[], points: readonly Point[]): Polynomial | undefined => {
  const [first = {}, ...others] = points
  const [start = 0] = values
  const rise = (i: number, k: number): number => at(chosen[k] ?? {}, others[i] ?? {}) - at(chosen[k] ?? {}, first)
  const gain = (i: number): number => (values[i + 1] ?? 0) - start
  const [a, b, c, d] = [rise(0, 0), rise(0, 1), rise(1, 0), rise(1, 1)]
  const factors = chosen.length === 1 ? [gain(0) / a] : [(gain(0) * d - b * gain(1)) / (a * d - b * c), (a * gain(1) - c * gain(0)) / (a * d - b * c)]
  const terms: Term[] = []
  for (const [k, value] of factors.entries()) {
    const factor = Number.isFinite(value) ? asFraction(value) : undefined
    if (factor === undefined || factor.over === 0) return undefined
    terms.push({ factor, monomial: chosen[k] ?? {} })
  }
  const constant = asFraction(start - evaluateAt({ terms, constant: fraction(0) }, first))
  if (constant === undefined) return undefined
  const found = { terms, constant }
  return points.every((point, i) => close(evaluateAt(found, point), values[i] ?? Number.NaN)) ? found : undefined
}

/** The polynomial of one or two terms and a constant that has the given values at the given points: at least two points more than it has numbers. */
export const decode = (values: readonly number[], points: readonly Point[]): Polynomial | undefined => {
  const [first] = values
  if (first === undefined || !values.every(Number.isFinite)) return undefined
  if (values.every(value => close(value, first))) {
    const constant = asFraction(first)
    return constant && constantly(constant)
  }
  const symbols = Object.keys(points[0] ?? {})
  for (const monomial of monomials(symbols, 3)) {
    const found = fit([monomial], values, points)
    if (found !== undefined) return found
  }
  const pairs = monomials(symbols, 2)
  for (const [i, one] of pairs.entries()) {
    for (const other of pairs.slice(i + 1)) {
      const found = fit([one, other], values, points)
      if (found !== undefined) return found
    }
  }
  return undefined
}

const productText = (monomial: Monomial): string =>
  Object.entries(monomial).filter(([, power]) => power > 0).map(([symbol, power]) => (power === 1 ? symbol : `${symbol}^${power}`)).join('·')

/** `row·column/256`, with the factor's size: its sign is the caller's. */
const termText = ({ factor, monomial }: Term): string => {
  const over = Math.abs(factor.over)
  const product = productText(monomial)
  const inverse = Object.entries(monomial).filter(([, power]) => power < 0).map(([symbol]) => symbol)
  const above = product === '' ? String(over) : over === 1 ? product : `${over}·${product}`
  return [above, ...(factor.under === 1 ? [] : [String(factor.under)]), ...inverse].join('/')
}

/** `2·batch + 512`. */
export const polynomialText = ({ terms, constant }: Polynomial): string => {
  const all = [...terms.map(term => ({ sign: Math.sign(term.factor.over), text: termText(term) })), ...(constant.over === 0 && terms.length > 0 ? [] : [{ sign: Math.sign(constant.over) || 1, text: termText({ factor: constant, monomial: {} }) }])]
  const ordered = [...all].sort((a, b) => b.sign - a.sign)
  return ordered.map(({ sign, text }, i) => (i === 0 ? `${sign < 0 ? '−' : ''}${text}` : `${sign < 0 ? ' − ' : ' + '}${text}`)).join('')
}
