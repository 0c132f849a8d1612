import * as E from 'fp-ts/Either'
import { attempt, untraced, type AnyDefinition } from '../../language/compile.ts'
import { optimize } from '../../passes/index.ts'
import { memoryOf } from './memory.ts'
import { bytesText } from './units.ts'

/** A batch and the most memory that its dearest program takes. */
export interface Fitting {
  readonly batch: number
  readonly peak: number
}

export interface Fit {
  readonly budget: number
  /** The largest batch found whose peak is within the budget; `undefined` where the smallest that was tried is not. */
  readonly best?: Fitting
  /** The smallest batch found whose peak is not. */
  readonly beyond?: Fitting
  /** Whether no batch between the two is possible: they were all tried. */
  readonly exact: boolean
  /** How many batches were traced. */
  readonly traces: number
}

/** How many batches in a row are asked for that no definition can be made of. */
const patience = 64
/** No batch beyond this is asked for. */
const largest = 2 ** 24

/** Memory at batches: each is traced once. */
const measuring = (definitionAt: (batch: number) => AnyDefinition, programs: readonly string[]) => {
  const known = new Map<number, number | undefined>()
  let traces = 0
  const measure = (batch: number): number | undefined => {
    const made = attempt(() => untraced(definitionAt(batch)))
    if (E.isLeft(made)) return undefined
    const { state, programs: all } = made.right
    traces++
    const peaks = attempt(() => all.filter(({ name }) => programs.includes(name)).map(({ trace }) => memoryOf(optimize(trace()), state).peak))
    return E.isLeft(peaks) ? undefined : Math.max(...peaks.right)
  }
  const at = (batch: number): number | undefined => {
    if (!known.has(batch)) known.set(batch, measure(batch))
    return known.get(batch)
  }
  return { at, traces: () => traces }
}

/** Where a straight line through two measurements meets the budget. */
const estimate = (a: Fitting, b: Fitting, budget: number): number => Math.floor(a.batch + ((budget - a.peak) * (b.batch - a.batch)) / Math.max(b.peak - a.peak, 1))

/** The largest batch that is known to fit, and the smallest that is known not to. */
interface Bracket {
  readonly best: Fitting | undefined
  readonly beyond: Fitting | undefined
}

type Possible = (batch: number, end: number) => Fitting | undefined

/** The batch to try next: twice or half until the budget lies between two, then where a straight line meets it; none where nothing is left between them. */
const nextBatch = ({ best, beyond }: Bracket, budget: number, possible: Possible): Fitting | undefined => {
  if (best === undefined) return beyond === undefined || beyond.batch === 1 ? undefined : possible(Math.floor(beyond.batch / 2), 0)
  if (beyond === undefined) return best.batch >= largest ? undefined : possible(best.batch * 2, Number.POSITIVE_INFINITY)
  const guess = Math.min(beyond.batch - 1, Math.max(best.batch + 1, estimate(best, beyond, budget)))
  return guess <= best.batch ? undefined : (possible(guess, best.batch) ?? possible(guess + 1, beyond.batch))
}

/**
 * The largest batch whose programs stay within a budget of bytes, by tracing at few batches: memory grows almost as a straight line. The first
 * batch tried is `from`. `definitionAt` throws an AxleError where a batch is impossible (a queue that it does not divide); such are passed over.
 */
export const fit = (definitionAt: (batch: number) => AnyDefinition, programs: readonly string[], budget: number, from: number): Fit => {
  const { at, traces } = measuring(definitionAt, programs)
  /** The possible batch nearest to `batch` on the way to `end`, that one left out. */
  const possible = (batch: number, end: number): Fitting | undefined => {
    const way = batch < end ? 1 : -1
    for (let i = 0, next = batch; next !== end && i < patience; i++, next += way) {
      const peak = at(next)
      if (peak !== undefined) return { batch: next, peak }
    }
    return undefined
  }
  const start = possible(from, Number.POSITIVE_INFINITY)
  const noted = ({ best, beyond }: Bracket, found: Fitting): Bracket => (found.peak <= budget ? { best: found, beyond } : { best, beyond: found })
  let now: Bracket = start === undefined ? { best: undefined, beyond: undefined } : noted({ best: undefined, beyond: undefined }, start)
  for (let next = start; next !== undefined; ) {
    next = nextBatch(now, budget, possible)
    if (next !== undefined) now = noted(now, next)
  }
  const { best, beyond } = now
  const exact = best !== undefined && beyond !== undefined && beyond.batch - best.batch - 1 <= patience
  return { budget, ...(best === undefined ? {} : { best }), ...(beyond === undefined ? {} : { beyond }), exact, traces: traces() }
}

export const fitText = ({ budget, best, beyond, exact, traces }: Fit): string => {
  const tried = `${traces} ${traces === 1 ? 'batch' : 'batches'} traced`
  const more = beyond === undefined ? '' : `; ${exact ? 'the next possible' : 'a larger one'}, ${beyond.batch}, takes ${bytesText(beyond.peak)}`
  return best === undefined ? `no batch fits into ${bytesText(budget)}${beyond === undefined ? '' : `: a batch of ${beyond.batch} takes ${bytesText(beyond.peak)}`} (${tried})\n` : `a batch of ${best.batch} fits into ${bytesText(budget)}: ${bytesText(best.peak)}${more} (${tried})\n`
}
