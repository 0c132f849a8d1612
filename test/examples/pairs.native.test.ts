import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { task } from '../../examples/pairs.ts'
import { draws, keyOf } from '../../runtime/data/random.ts'
import { initializeState, openJob } from '../../runtime/training/session.ts'

test('the example trains as any other task: on one batch, pictures find their captions', async () => {
  const job = task.configs['tiny']?.()
  if (job === undefined) throw new Error('there is no configuration tiny')
  const opened = await openJob(job)()
  if (E.isLeft(opened)) throw new Error(opened.left)
  const { session, parameters } = opened.right
  const random = draws(keyOf(3))
  const { batch, picture, tokens } = job.data
  const feeds = { image: Uint8Array.from({ length: batch * picture * picture * 3 }, () => 256 * random()), ids: Int32Array.from({ length: batch * tokens }, () => 1 + Math.floor(49 * random())) }
  assert.ok(E.isRight(await initializeState(job, session, 1, 200)()))
  const lossAfter = (steps: number): number => {
    let loss = Number.NaN
    for (let i = 0; i < steps; i++) loss = Number(session.run('step', feeds)['loss']?.[0])
    return loss
  }
  const [first, last] = [lossAfter(1), lossAfter(200)]
  session.close()
  assert.ok(first > 1.5 && last < 0.2, `${first}, then ${last}`)
  assert.is(parameters, 4 * 4 * 3 * 16 + 16 + 16 * 8 + 8 + 50 * 8)
})

test.run()
