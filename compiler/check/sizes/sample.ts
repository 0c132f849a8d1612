import { nowhere } from '../../program/site.ts'
import type { Claim, Observer } from '../../program/claim.ts'
import type { AxleError } from '../../program/error.ts'
import { currentContext, within } from '../../program/node.ts'
import type { Program } from '../../program/program.ts'
import { declarationsOf } from '../../language/declare.ts'
import { untraced, type AnyDefinition } from '../../language/compile.ts'
import { solve, type Condition } from './condition.ts'
import { decode, type Point } from './polynomial.ts'

/** An axis of a declared input: every input of a program that declares the same name with the same size means the same. */
export interface Symbol {
  readonly name: string
  readonly axis: string
  readonly size: number
}

/** The symbols of a program, from the declarations of its inputs. */
export const symbolsOf = (inputs: unknown): readonly Symbol[] => {
  const axes = declarationsOf(inputs).flatMap(({ path, declaration: { kind, sizes } }) => (kind === 'input' ? Object.entries(sizes).map(([axis, size]) => ({ axis, size, path })) : []))
  const distinct = axes.filter(({ axis, size }, i) => axes.findIndex(other => other.axis === axis && other.size === size) === i)
  return distinct.map(({ axis, size, path }) => ({ axis, size, name: distinct.filter(other => other.axis === axis).length > 1 ? `${axis} of ${path}` : axis }))
}

/** A claim as it was made with other sizes, or what was made of it where that was asked for. */
interface Heard extends Claim {
  readonly mistake?: AxleError
}

/** A trace that makes far more nodes with larger sizes is a loop over an axis: its claims do not correspond. */
class TooLong extends Error {}
const mostNodes = 200_000

/** A program traced at a point, without gradients; with places only where `sited` says so. */
const tracedAt = (definition: AnyDefinition, program: string, symbols: readonly Symbol[], point: Point, claim: Observer['claim'], sited: boolean): Program | undefined => {
  const sizes = new Map(symbols.map(({ axis, size, name }) => [`${axis} ${size}`, point[name] ?? size]))
  let nodes = 0
  const observer: Observer = {
    forwardOnly: true,
    claim,
    made: () => {
      if (nodes++ > mostNodes) throw new TooLong()
    },
    read: () => {},
    resize: (axis, size) => sizes.get(`${axis} ${size}`) ?? size,
  }
  try {
    const found = untraced(definition).programs.find(({ name }) => name === program)
    return within(sited ? { observer } : { observer, origin: { site: nowhere, scope: '' } }, () => found?.trace())
  } catch {
    // With other sizes the program is another one, or none: then nothing is said about them.
    return undefined
  }
}

/** All claims of a program at a point. With `keep`, the mistakes of these claims come along, with their places. */
const claimsAt = (definition: AnyDefinition, program: string, symbols: readonly Symbol[], point: Point, keep?: ReadonlySet<number>): readonly Heard[] | undefined => {
  const heard: Heard[] = []
  const claim: Observer['claim'] = (made, mistake) => {
    if (!currentContext().backward) heard.push(keep?.has(heard.length) === true ? { ...made, mistake: mistake() } : made)
  }
  return tracedAt(definition, program, symbols, point, claim, keep !== undefined) && heard
}

/** A program at every point of its symbols, the first as configured and with its places. */
export const programsAt = (definition: AnyDefinition, program: string, symbols: readonly Symbol[]): readonly { readonly point: Point; readonly program: Program | undefined }[] =>
  pointsFor(symbols).map((point, i) => ({ point, program: tracedAt(definition, program, symbols, point, () => {}, i === 0) }))

const isPrime = (n: number): boolean => {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false
  return n > 1
}

const multiples = [[7, 31], [11, 29], [13, 23], [17, 19], [19, 17], [23, 13], [29, 11], [31, 7]] as const

/**
 * The sizes to trace with: as configured; twice multiples of them, so that whatever divides goes on to divide; and twice primes, so that
 * nothing does. The multiples differ from symbol to symbol so that no two expressions in them agree at all points, and are odd enough not
 * to meet another size of a configuration.
 */
export const pointsFor = (symbols: readonly Symbol[]): readonly Point[] => {
  const taken = new Set<number>()
  const prime = (from: number): number => {
    let n = from
    while (taken.has(n) || !isPrime(n)) n++
    taken.add(n)
    return n
  }
  const point = (size: (symbol: Symbol, i: number) => number): Point => Object.fromEntries(symbols.map((symbol, i) => [symbol.name, size(symbol, i)]))
  const times = (i: number, which: 0 | 1): number => (multiples[i % multiples.length]?.[which] ?? 2) * (1 + Math.floor(i / multiples.length))
  return [
    point(({ size }) => size),
    point(({ size }, i) => size * times(i, 0)),
    point(({ size }, i) => size * times(i, 1)),
    point(({ size }) => prime(2 * size + 3)),
    point(({ size }) => prime(3 * size + 30)),
  ]
}

/** A claim that depends on the sizes of declared inputs: where it holds, as far as that can be said. */
export interface Dependent {
  readonly claim: number
  readonly condition: Condition | undefined
}

/** The claims of a program that depend on its inputs' sizes, and sizes with which the program makes these claims. */
export interface Sampled {
  readonly claims: readonly Dependent[]
  readonly point: Point
  /** Whether the sizes as configured are such sizes. */
  readonly configured: boolean
}

const alike = (runs: readonly (readonly Heard[])[]): boolean => runs.every(run => run.length === runs[0]?.length && run.every((claim, i) => claim.kind === runs[0]?.[i]?.kind))

const dependentIn = (runs: readonly (readonly Heard[])[], points: readonly Point[]): readonly Dependent[] =>
  (runs[0] ?? []).flatMap(({ kind }, claim): readonly Dependent[] => {
    const lefts = runs.map(run => run[claim]?.left ?? Number.NaN)
    const rights = runs.map(run => run[claim]?.right ?? Number.NaN)
    if ([lefts, rights].every(values => values.every(value => value === values[0]))) return []
    const [left, right] = [decode(lefts, points), decode(rights, points)]
    const condition = left === undefined || right === undefined ? undefined : solve(kind, left, right)
    return condition === 'always' ? [] : [{ claim, condition }]
  })

/**
 * Every claim of a program that depends on the sizes of its declared inputs. A program may be another one just with the sizes as configured
 * (`if (batch === anchors)`): then it is the one with other sizes. Where it is another one with each size, nothing is said.
 */
export const sample = (definition: AnyDefinition, program: string, symbols: readonly Symbol[]): Sampled => {
  const nothing: Sampled = { claims: [], point: {}, configured: symbols.length === 0 }
  if (symbols.length === 0) return nothing
  const points = pointsFor(symbols)
  const runs: (readonly Heard[])[] = []
  for (const point of points) {
    const run = claimsAt(definition, program, symbols, point)
    if (run === undefined) return nothing
    runs.push(run)
  }
  const configured = alike(runs)
  const from = configured ? 0 : 1
  return alike(runs.slice(from)) ? { claims: dependentIn(runs.slice(from), points.slice(from)), point: points[from] ?? {}, configured } : nothing
}

/** The mistakes that some claims of a program would be with sizes, with their places. */
export const mistakesOf = (definition: AnyDefinition, program: string, symbols: readonly Symbol[], point: Point, claims: readonly number[]): ReadonlyMap<number, AxleError> => {
  const heard = claimsAt(definition, program, symbols, point, new Set(claims)) ?? []
  return new Map(heard.flatMap(({ mistake }, i) => (mistake === undefined ? [] : [[i, mistake] as const])))
}
