// A frozen text encoder is nobody's to move: neither the optimiser's nor the momentum teacher's, in any task.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { trace, type Task } from '../../../compiler/language/index.ts'
import { nodesOf } from '../../../compiler/program/program.ts'
import { task as ablation } from '../../../models/albef/ablation.ts'
import { task as entailment } from '../../../models/albef/entailment.ts'
import { task as grounding } from '../../../models/albef/grounding.ts'
import { task as nlvr } from '../../../models/albef/nlvr.ts'
import { task as vqa } from '../../../models/albef/vqa.ts'

const small = { batch: 8, 'text.layers': 1, 'vision.layers': 1, 'vision.image': 64 }

const stepOf = (task: Task, config: string, changes: Parameters<Task['configs'][string]>[0]) => {
  const job = task.configs[config]?.(changes)
  assert.ok(job)
  const step = trace(job.definition).programs.find(({ name }) => name === 'step')
  assert.ok(step)
  return step
}

for (const task of [entailment, vqa, nlvr, grounding])
  test(`${task.name}: the frozen text encoder stays, all else that the task has moves`, () => {
    const moved = stepOf(task, 'emoji', { ...small, ...(task === grounding ? { 'maps.block': 0 } : {}) }).updates.map(({ name }) => name)
    for (const root of ['student', 'teacher']) {
      assert.ok(moved.some(name => name.startsWith(`${root}/vision/`)), `${root}/vision`)
      assert.equal(moved.filter(name => name.startsWith(`${root}/text/`)), [])
    }
  })

test('what is distilled makes each row of the ablation another program, and words without the teacher need none of its fusion', () => {
  const teachers = (config: string) => nodesOf(stepOf(ablation, config, {})).length
  const [none, contrast, both] = ['hard', 'itc-distilled', 'full'].map(teachers)
  assert.ok(none !== undefined && contrast !== undefined && both !== undefined)
  assert.ok(none <= contrast && contrast <= both, `${none}, ${contrast}, ${both} operations`)
  assert.ok(none < both)
})

test.run()
