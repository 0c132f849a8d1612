import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HostTensor } from '../../../runtime/checkpoints/element-types.ts'
import type { Report } from '../../../runtime/parity/judge.ts'
import { passes, reportText } from '../../../runtime/parity/report.ts'
import { readRecordedTask, type RecordedTask, type Tensors } from '../../../runtime/parity/tasks/folder.ts'
import { judgeTask } from '../../../runtime/parity/tasks/judge.ts'
import { replayTask, type TaskReplay } from '../../../runtime/parity/tasks/replay.ts'
import { loadTaskParity, type TaskParity } from '../../../runtime/parity/tasks/task.ts'

const pathOf = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

interface Replayed {
  readonly recorded: RecordedTask
  readonly task: TaskParity
  readonly found: TaskReplay
}

const replay = async (kind: string): Promise<Replayed> => {
  const replayed = await pipe(
    readRecordedTask(pathOf(`test/golden/tiny/${kind}`)),
    TE.bindTo('recorded'),
    TE.bind('task', ({ recorded }) => loadTaskParity(pathOf('models/albef/parity.ts'), recorded)),
    TE.bind('found', ({ recorded, task }) => replayTask(recorded, task)),
  )()
  if (E.isLeft(replayed)) throw new Error(replayed.left)
  return replayed.right
}

const outOf = ({ groups }: Report): readonly (readonly [string, string])[] => groups.flatMap(({ group, out }) => out.map(({ name }) => [group, name] as const))

const changed = (tensors: Tensors, name: string, change: (x: number, i: number) => number): Tensors => {
  const tensor = tensors.get(name)
  if (tensor === undefined) throw new Error(`there is no '${name}'`)
  const wrong: HostTensor = tensor.dtype === 'f32' ? { ...tensor, data: tensor.data.map(change) } : tensor.dtype === 'i32' ? { ...tensor, data: tensor.data.map(change) } : tensor
  return new Map([...tensors, [name, wrong]])
}

const first = (by: number) => (x: number, i: number): number => (i === 0 ? x + by : x)

/** What of each recorded folder is compared, and what is not. */
const expected: Readonly<Record<string, { readonly groups: readonly (readonly [string, number])[]; readonly skipped?: readonly string[] }>> = {
  ve: { groups: [['outputs', 7], ['grads_distill', 123], ['grads_nodistill', 123], ['losses of the step', 1]] },
  retrieval: { groups: [['outputs', 43], ['grads', 126], ['losses of the step', 2], ['queues1, after the step', 4]] },
  retrieval_eval: { groups: [['outputs', 3], ['metrics', 9]] },
  nlvr: { groups: [['outputs', 7], ['grads_distill', 167], ['losses of the step', 1]] },
  nlvr_ta: { groups: [['outputs', 7], ['grads', 165], ['losses of the step', 1]] },
  vqa: { groups: [['outputs', 22], ['grads_distill', 181], ['losses of the step', 1]] },
  gradcam: { groups: [['outputs', 16]], skipped: ['boxes_xywh'] },
}

const replays = new Map<string, Replayed>()

for (const [kind, { groups, skipped }] of Object.entries(expected))
  test(`${kind}: every output, loss and gradient of the official batch within its tolerance`, async () => {
    const replayed = await replay(kind)
    replays.set(kind, replayed)
    const report = judgeTask(replayed.recorded, replayed.task, replayed.found)
    assert.is(replayed.recorded.kind, kind)
    assert.equal(outOf(report), [], reportText(report))
    assert.equal(report.groups.map(({ group, compared }) => [group, compared]), groups)
    assert.equal(report.skipped, skipped ?? [])
    assert.ok(passes(report))
  })

const judgedWith = (kind: string, change: (recorded: RecordedTask) => RecordedTask): readonly (readonly [string, string])[] => {
  const replayed = replays.get(kind)
  if (replayed === undefined) throw new Error(`${kind} was not replayed`)
  return outOf(judgeTask(change(replayed.recorded), replayed.task, replayed.found))
}

test('a recorded output, loss, gradient, queue or metric that is slightly wrong is found out', () => {
  assert.equal(judgedWith('ve', recorded => ({ ...recorded, outputs: changed(recorded.outputs, 'prediction_eval', first(1e-4)) })), [['outputs', 'prediction_eval']])
  assert.equal(judgedWith('ve', recorded => ({ ...recorded, outputs: changed(recorded.outputs, 'loss_distill', first(1e-4)) })), [['outputs', 'loss_distill'], ['losses of the step', 'loss_distill']])
  const gradients = (recorded: RecordedTask) => ({ ...recorded, others: { ...recorded.others, grads: changed(recorded.others['grads'] ?? new Map(), 'temp', first(1e-4)) } })
  assert.equal(judgedWith('retrieval', gradients), [['grads', 'temp']])
  const queues = (recorded: RecordedTask) => ({ ...recorded, others: { ...recorded.others, queues1: changed(recorded.others['queues1'] ?? new Map(), 'idx_queue', first(1)) } })
  assert.equal(judgedWith('retrieval', queues), [['queues1, after the step', 'idx_queue']])
  assert.equal(judgedWith('retrieval_eval', recorded => ({ ...recorded, config: { ...recorded.config, metrics: { ...recorded.config.metrics, img_r1: 10 } } })), [['metrics', 'img_r1']])
  assert.equal(judgedWith('gradcam', recorded => ({ ...recorded, outputs: changed(recorded.outputs, 'box_scores', first(1e-5)) })), [['outputs', 'box_scores']])
  assert.equal(judgedWith('vqa', recorded => ({ ...recorded, outputs: changed(recorded.outputs, 'topk_probs', first(1e-4)) })), [['outputs', 'topk_probs']])
})

test('a folder without the gradients that its task has is out', () => {
  assert.equal(judgedWith('nlvr', recorded => ({ ...recorded, others: {} })), [])
  const replayed = replays.get('nlvr')
  if (replayed === undefined) throw new Error('nlvr was not replayed')
  assert.not(passes(judgeTask({ ...replayed.recorded, others: {} }, replayed.task, replayed.found)))
})

test.run()
