import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HostArray } from '../../../runtime/backends/backend.ts'
import { agrees, verdictOn } from '../../../runtime/devices/judge.ts'
import { reportText } from '../../../runtime/devices/report.ts'
import type { Course, Leaves, Reference, Trial } from '../../../runtime/devices/trial.ts'

const course = (loss: number, leaves: Leaves): Course => ({ metrics: [{ loss: 3 }, { loss }], state: leaves, seconds: [1, 0.5, 0.25, 0.75] })
const leaves = (weight: number, step: number): Leaves => new Map<string, HostArray>([['weight', Float32Array.of(1, weight)], ['step', Int32Array.of(step)]])

/** One wrong bit in the beginning moves the loss by up to 1e-5 and the weight by up to 1e-4. */
const reference: Reference = { devices: undefined, plan: { collectives: 0, sent: 0, memory: 3 * 2 ** 20 }, course: course(2, leaves(0.5, 2)), disturbed: [course(2, leaves(0.5, 2)), course(2.00001, leaves(0.5001, 2))] }
const trialWith = (found: Course): Trial => ({ devices: { kind: 'cpu', count: 4 }, plan: { collectives: 12, sent: 2048, memory: 2 ** 20 }, course: found })

const cases: readonly (readonly [what: string, found: Course, agrees: boolean])[] = [
  ['the same numbers', course(2, leaves(0.5, 2)), true],
  ['differences within ten times the noise', course(2.00009, leaves(0.5009, 2)), true],
  ['a loss that is further away', course(2.0002, leaves(0.5, 2)), false],
  ['a weight that is further away', course(2, leaves(0.502, 2)), false],
  ['a count that is another', course(2, leaves(0.5, 3)), false],
  ['a loss that is no number', course(Number.NaN, leaves(0.5, 2)), false],
  ['a weight that is no number', course(2, leaves(Number.NaN, 2)), false],
  ['a leaf that is missing', course(2, new Map([['weight', Float32Array.of(1, 0.5)]])), false],
  ['a leaf of another size', course(2, new Map<string, HostArray>([['weight', Float32Array.of(1)], ['step', Int32Array.of(2)]])), false],
  ['a step that is missing', { ...course(2, leaves(0.5, 2)), metrics: [{ loss: 3 }] }, false],
]

for (const [what, found, wanted] of cases) test(`${what}: ${wanted ? 'within' : 'out of'} tolerance`, () => assert.is(agrees(verdictOn(reference, trialWith(found))), wanted))

test('of nothing nothing can be said', () => {
  const nothing: Course = { metrics: [], state: new Map(), seconds: [] }
  assert.is(agrees(verdictOn({ ...reference, course: nothing, disturbed: [nothing] }, trialWith(nothing))), false)
})

test('the table has a row for each mesh, and names what is out', () => {
  const text = reportText(reference, [verdictOn(reference, trialWith(course(2, leaves(0.502, 2))))])
  const [heading = '', one = '', four = '', out = ''] = text.split('\n')
  assert.equal(heading.trim().split(/ {2,}/), ['devices', 'first loss', 'last loss', 'losses differ', 'state differs', 'of tolerance', 'in', 'collectives', 'sent a step', 'memory', 's a step'])
  assert.equal(one.trim().split(/ {2,}/), ['1', '3.000000', '2.000000', '–', '–', '–', '–', '0', '0 B', '3.00 MiB', '0.500', 'reference'])
  assert.equal(four.trim().split(/ {2,}/), ['cpu:4', '3.000000', '2.000000', '0.0e+0', '2.0e-3', '2.00', 'weight', '12', '2.00 KiB', '1.00 MiB', '0.500', 'out'])
  assert.is(out, 'out on 4: weight differs by 2.00e-3, allowed 1.00e-3')
})

test.run()
