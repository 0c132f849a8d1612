import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HostArray } from '../../../runtime/backends/backend.ts'
import { programAt, stepsWithin, timePhases } from '../../../runtime/training/plan.ts'
import { madeUp } from '../made-up.ts'

const phases = [{ program: 'contrast', share: 0.8 }, { program: 'step', share: 0.2 }]

const programsOf = (of: typeof phases, steps: number): readonly string[] => Array.from({ length: steps }, (_, step) => programAt(of, steps, step))

test('a phase ends where its share of the steps does, rounded', () => {
  assert.equal(programsOf(phases, 10), [...new Array<string>(8).fill('contrast'), 'step', 'step'])
  assert.equal(programsOf(phases, 3), ['contrast', 'contrast', 'step'])
  assert.equal(programsOf([{ program: 'step', share: 1 }], 2), ['step', 'step'])
})

test('one step belongs to the longer phase, and what comes after the last step to the last phase', () => {
  assert.is(programAt(phases, 1, 0), 'contrast')
  assert.is(programAt([{ program: 'contrast', share: 0.3 }, { program: 'step', share: 0.7 }], 1, 0), 'step')
  assert.is(programAt(phases, 10, 10), 'step')
  assert.is(programAt(phases, 10, 1000), 'step')
})

test('every phase gets its share to within one step, and none comes twice, whatever the shares do when they are added up', () => {
  for (const shares of [[0.1, 0.2, 0.7], [1 / 3, 1 / 3, 1 / 3], [0.95, 0.05], [0.3, 0.3, 0.3, 0.1], [1, 0]]) {
    const some = shares.map((share, i) => ({ program: `phase ${i}`, share }))
    for (let steps = 1; steps <= 120; steps++) {
      const programs = programsOf(some, steps)
      assert.equal(programs, [...programs].sort(), `${shares.join(' ')} of ${steps}`)
      for (const { program, share } of some) {
        const count = programs.filter(each => each === program).length
        assert.ok(Math.abs(count - share * steps) <= 1, `${program}: ${count} of ${steps} steps for a share of ${share}`)
      }
    }
  }
})

test('as many steps as fit, each phase at its own speed', () => {
  assert.is(stepsWithin(100, phases, [0.125, 0.5]), 500)
  assert.is(stepsWithin(99.9, phases, [0.125, 0.5]), 499)
  assert.is(stepsWithin(1, [{ program: 'step', share: 1 }], [0.25]), 4)
})

test('too short a time, or none measured, still gives every phase a step and an end', () => {
  for (const seconds of [0, 0.001]) {
    const steps = stepsWithin(seconds, phases, [10, 10])
    assert.equal([...new Set(programsOf(phases, steps))], ['contrast', 'step'])
  }
  assert.ok(Number.isInteger(stepsWithin(60, phases, [0, 0])))
  assert.ok(Number.isInteger(stepsWithin(60, phases, [])))
})

test('every phase is timed by its own program, after one run that does not count', () => {
  const calls: string[] = []
  const fed: HostArray[] = []
  const session = madeUp({
    signatures: {},
    run: (program, given = {}) => {
      calls.push(program)
      fed.push(...Object.values(given))
      return {}
    },
  })
  const image = Uint8Array.of(1)
  const seconds = timePhases(session, phases, () => ({ image }), 3)
  assert.equal(calls, [...new Array<string>(4).fill('contrast'), ...new Array<string>(4).fill('step')])
  assert.is(fed.filter(each => each === image).length, 8)
  assert.is(seconds.length, 2)
  assert.ok(seconds.every(each => each >= 0 && Number.isFinite(each)), seconds.join(' '))
})

test.run()
