import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { agrees, verdictOn } from '../../../runtime/devices/judge.ts'
import { reportText } from '../../../runtime/devices/report.ts'
import { readyOn, reference, trial } from '../../../runtime/devices/trial.ts'
import { shaken } from '../../../runtime/parity/replay.ts'
import { loadJob } from '../../../runtime/tasks.ts'

const right = <A>(result: E.Either<string, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left)
  return result.right
}

/** One layer of everything, with dropout; masks and hard negatives are drawn. */
const small = { 'vision.layers': 1, 'text.layers': 1, 'text.fusionLayers': 1, 'text.dropout': 0.1 }
const options = { steps: 10, seed: 7 }

/** Collectives of a step: with as many groups as devices or more only gradients and queue rows travel; without groups, candidates too. */
const cases = [
  { title: 'negatives of the whole batch', changes: { ...small, batch: 8, anchors: 8 }, meshes: [2, 4, 8], collectives: (count: number) => count > 3 },
  { title: 'eight groups', changes: { ...small, batch: 16, anchors: 2, groups: 8 }, meshes: [2, 8], collectives: (count: number) => count === 3 },
]

for (const { title, changes, meshes, collectives } of cases) {
  test(`${title}: ten steps on ${meshes.join(', ')} devices give the losses and the state of one`, async () => {
    const job = right(await loadJob('models/albef/pretrain.ts', 'tiny', changes)())
    const one = right(await reference(right(readyOn(job)), options, shaken)())
    const { course: { metrics, state } } = one
    assert.is(metrics.length, options.steps)
    assert.ok(metrics.every(({ loss }) => Number.isFinite(loss)) && new Set(metrics.map(({ loss }) => loss)).size === options.steps, 'every batch has a loss of its own')
    assert.ok(state.size > 60, `${state.size} leaves`)
    for (const count of meshes) {
      const found = right(await trial(right(readyOn(job, { kind: 'cpu', count })), options)())
      const verdict = verdictOn(one, found)
      assert.ok(agrees(verdict), `seed ${options.seed}\n${reportText(one, [verdict])}`)
      assert.is(verdict.state.compared, state.size)
      assert.ok(collectives(found.plan.collectives), `${found.plan.collectives} collectives on ${count}`)
      assert.ok(found.plan.sent > 0 && found.plan.memory < one.plan.memory, `${found.plan.sent} bytes sent, ${found.plan.memory} of memory`)
    }
  })
}

test.run()
