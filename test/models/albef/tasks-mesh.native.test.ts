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

const small = { batch: 4, 'vision.layers': 1, 'text.layers': 1, 'text.fusionLayers': 1, 'text.dropout': 0.1 }

const cases = [
  { title: 'text assignment, whose pictures are those of the whole batch', model: 'text-assignment', changes: small },
  { title: 'question answering, whose answers are of any question of the batch', model: 'vqa', changes: { ...small, decoderLayers: 1 } },
]

for (const { title, model, changes } of cases) {
  test(`${title}: two steps on two devices are those of one`, async () => {
    const options = { steps: 2, seed: 3 }
    const job = right(await loadJob(`models/albef/${model}.ts`, 'tiny', changes)())
    const one = right(await reference(right(readyOn(job)), options, shaken)())
    const found = right(await trial(right(readyOn(job, { kind: 'cpu', count: 2 })), options)())
    const verdict = verdictOn(one, found)
    assert.ok(agrees(verdict), `seed ${options.seed}\n${reportText(one, [verdict])}`)
    assert.is(verdict.state.compared, one.course.state.size)
    const losses = found.course.metrics.map(({ loss }) => loss ?? 0)
    assert.ok(losses.length === 2 && losses.every(loss => Number.isFinite(loss) && loss !== 0) && losses[0] !== losses[1], `the losses are ${losses.join(', ')}`)
  })
}

test.run()
