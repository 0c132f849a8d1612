// Every downstream task on four devices: the steps exchange one bucket of gradients, and what their batches share; evaluation exchanges nothing.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { trace, type Task } from '../../../compiler/language/index.ts'
import { collectivesOf } from '../../../compiler/program/mesh.ts'
import { elements } from '../../../compiler/program/node.ts'
import { task as entailment } from '../../../models/albef/entailment.ts'
import { task as grounding } from '../../../models/albef/grounding.ts'
import { task as nlvr } from '../../../models/albef/nlvr.ts'
import { task as retrieval } from '../../../models/albef/retrieval-task.ts'
import { task as assignment } from '../../../models/albef/text-assignment.ts'
import { task as vqa } from '../../../models/albef/vqa.ts'

/** Whether examples of a batch need each other: as negatives, as other pictures, or because answers lie elsewhere than their questions. */
const tasks: readonly (readonly [task: Task, together: boolean])[] = [[retrieval, true], [entailment, false], [nlvr, false], [assignment, true], [vqa, true], [grounding, true]]

for (const [task, together] of tasks)
  test(`${task.name} lies along four devices`, () => {
    const job = task.configs['tiny']?.({ batch: 8 })
    assert.ok(job)
    const { programs } = trace({ ...job.definition, mesh: { data: 4 } })
    const exchanges = programs.map(program => [program.name, collectivesOf(program)] as const)
    assert.equal(exchanges.flatMap(([name, found]) => (found.length > 0 ? [name] : [])), ['step'])
    const found = exchanges.flatMap(([, each]) => each)
    if (!together) assert.equal(found.map(({ kind }) => kind), ['allReduce'])
    else assert.ok(found.some(({ kind }) => kind === 'allGather') && found.filter(({ kind }) => kind === 'allReduce').length >= 1)
    const whole = programs.find(({ name }) => name === 'step')?.inputs.find(({ node }) => 'batch' in node.axes)
    assert.ok(whole && elements({ batch: whole.node.axes['batch'] ?? 0 }) === 2, 'two examples on each device')
  })

test.run()
