import { compare, compareNumbers, distance, largest, summary, tolerance, type Comparison, type Group } from '../parity/compare.ts'
import type { HostArray } from '../backends/backend.ts'
import type { Course, Reference, Trial } from './trial.ts'

/** One kind of numbers compared; `largest` is the largest difference of any element. */
export interface Compared extends Group {
  readonly largest: number
}

/** How a trial on several devices compares with one device. */
export interface Verdict {
  readonly trial: Trial
  readonly losses: Compared
  readonly state: Compared
}

/** The largest difference of a metric at any step: at a single one it may agree by luck. */
const metricNoise = ({ course, disturbed }: Reference, name: string): number =>
  largest(disturbed.flatMap(other => course.metrics.map((metrics, step) => (metrics[name] ?? Number.NaN) - (other.metrics[step]?.[name] ?? Number.NaN))))

const compareMetrics = (reference: Reference, { metrics }: Course): readonly Comparison[] =>
  reference.course.metrics.flatMap((wanted, step) =>
    Object.entries(wanted).map(([name, value]) => compareNumbers(`${name} of step ${step}`, metrics[step]?.[name] ?? Number.NaN, value, tolerance([value], metricNoise(reference, name)))))

/** What a hundred roundings of a float32, each of half its last bit, come to: the sums of ten steps are made of more. */
const roundings = 1e-5

/** The largest difference of a leaf in any of the disturbed trainings. */
const leafNoise = ({ disturbed }: Reference, path: string, data: HostArray): number => largest(disturbed.map(({ state }) => distance(data, state.get(path) ?? [])))

const allowed = (data: Float32Array, noise: number): number => Math.max(tolerance(data, noise), roundings * largest(data))

const compareState = (reference: Reference, { state }: Course): readonly Comparison[] =>
  [...reference.course.state].map(([path, data]) =>
    // Whole numbers are counted, never rounded.
    compare(path, state.get(path), data, data instanceof Float32Array ? allowed(data, leafNoise(reference, path, data)) : 0))

const compared = (group: string, all: readonly Comparison[]): Compared => ({ ...summary(group, all), largest: largest(all.map(({ difference }) => difference)) })

/**
 * Compares every metric of every step and every leaf of the state with one device's. Devices add in another order, so last bits differ, and
 * training makes more of it: a difference is allowed that is ten times the most that one wrong bit in every starting number leads to, or, of the
 * largest element, 2e-6 in a metric and 1e-5 in the state.
 */
export const verdictOn = (reference: Reference, trial: Trial): Verdict =>
  ({ trial, losses: compared('metrics', compareMetrics(reference, trial.course)), state: compared('state', compareState(reference, trial.course)) })

/** Whether everything is within its tolerance, and something was compared. */
export const agrees = ({ losses, state }: Verdict): boolean => [losses, state].every(group => group.compared > 0 && group.out.length === 0)
