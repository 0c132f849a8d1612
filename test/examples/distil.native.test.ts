import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { task } from '../../examples/distil.ts'
import { draws, keyOf } from '../../runtime/data/random.ts'
import { readState } from '../../runtime/state.ts'
import { inCheckpoints } from '../../runtime/training/loop.ts'
import { initializeState, openJob } from '../../runtime/training/session.ts'

const open = async (config: string, changes: Readonly<Record<string, number>>) => {
  const job = task.configs[config]?.({ ...changes, 'schedule.kind': 'linear', 'schedule.warmup': 5, 'schedule.peak': 3e-3 })
  assert.ok(job)
  const opened = await openJob(job)()
  if (E.isLeft(opened)) throw new Error(opened.left)
  assert.ok(E.isRight(await initializeState(job, opened.right.session, 1, 200)()))
  return { job, ...opened.right }
}

test('the student comes to rank a batch as its teacher does, which does not move and stands in no checkpoint', async () => {
  const { job, session, trained } = await open('tiny', { batch: 8, share: 1 })
  const random = draws(keyOf(5))
  const { batch, picture } = job.data
  const image = Uint8Array.from({ length: batch * picture * picture * 3 }, () => 256 * random())
  const pooled = Float32Array.from({ length: batch * 48 }, () => 2 * random() - 1)
  const teacher = () => [...readState(session, path => path.startsWith('teacher/'))].map(([path, { data }]) => [path, [...data]] as const)
  const before = teacher()
  const losses = Array.from({ length: 120 }, () => session.run('step', { image, pooled })).map(metrics => Number(metrics['soft']?.[0]))
  const [first = 0, last = 0] = [losses[0], losses.at(-1)]
  assert.ok(last < 0.6 * first, `${first}, then ${last}`)
  assert.ok(before.length > 20)
  assert.equal(teacher(), before)
  assert.equal(before.filter(([path]) => inCheckpoints(trained, path)), [])
  assert.ok(inCheckpoints(trained, 'student/vision/cls'))
  session.close()
})

test('half the layers and half the width; without a share there is no teacher and nothing to start from', () => {
  const [taught, alone] = [task.configs['emoji']?.(), task.configs['alone']?.()]
  assert.is(taught?.start?.needed, 'its teacher')
  assert.is(alone?.start, undefined)
  const paths = (job: typeof taught) => JSON.stringify(job?.definition.state)
  assert.ok(paths(taught).includes('"teacher"') && !paths(alone).includes('"teacher"'))
})

test.run()
