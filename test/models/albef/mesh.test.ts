// What travels between devices in a training step, counted in the programs themselves.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { trace } from '../../../compiler/language/index.ts'
import { collectivesOf, type Collective } from '../../../compiler/program/mesh.ts'
import { elements } from '../../../compiler/program/node.ts'
import { printProgram } from '../../../compiler/program/print.ts'
import { task } from '../../../models/albef/pretrain.ts'
import type { Changes } from '../../../compiler/language/index.ts'

const embed = 16

const traced = (changes: Changes, devices: number) => {
  const job = task.configs['tiny']?.(changes)
  if (job === undefined) throw new Error('no such configuration')
  const { programs, state } = trace({ ...job.definition, mesh: { data: devices } })
  const step = programs.find(({ name }) => name === 'step')
  if (step === undefined) throw new Error('no step')
  const parameters = state.filter(({ kind, path }) => kind === 'param' && path.startsWith('student/')).reduce((total, { axes }) => total + elements(axes), 0)
  return { step, parameters, collectives: collectivesOf(step), others: programs.filter(each => each !== step) }
}

const brief = ({ kind, bytes, order }: Collective): readonly unknown[] => [order, kind, bytes]

test('where the mesh divides the groups, only gradients, queue rows and metrics travel', () => {
  for (const devices of [2, 4]) {
    const { collectives, parameters, step, others } = traced({ batch: 8, groups: 4, anchors: 2, 'text.dropout': 0.1 }, devices)
    // The features of all eight pictures and captions for the queues; gradients and metrics in one exchange, which they are few enough for.
    assert.equal(collectives.map(({ kind, order }) => [order, kind]), [[0, 'allGather'], [1, 'allGather'], [2, 'allReduce']])
    const [images, captions, gradients] = collectives.map(({ bytes }) => bytes)
    assert.equal([images, captions], [4 * 8 * embed, 4 * 8 * embed])
    // A gradient that is zero outside of a part travels as that part, once for each use: so not exactly as many as there are parameters.
    assert.ok(Math.abs((gradients ?? 0) / (4 * parameters) - 1) < 0.01, `${gradients} bytes for ${parameters} parameters`)
    assert.equal(others.flatMap(collectivesOf), [])
    const text = printProgram(step)
    for (const { kind, bytes } of collectives) assert.match(text, new RegExp(`${kind}\\(%\\d+\\) mesh=data devices=${devices} order=\\d+.* bytes=${bytes}  @ models/`))
  }
})

const together = traced({ batch: 8, groups: 1, anchors: 8 }, 4)

test('negatives among all examples have a price: candidates and tables of the whole batch, and the gradients that come back', () => {
  const { collectives } = together
  const counts = (kind: string): number => collectives.filter(each => each.kind === kind).length
  assert.ok(counts('allGather') > 2 && counts('reduceScatter') >= 2, collectives.map(brief).join('\n'))
  const [tokens, hidden] = [17, 48]
  assert.ok(collectives.some(({ kind, bytes }) => kind === 'allGather' && bytes === 4 * 8 * tokens * hidden), 'the image tokens of all examples, for hard negatives')
})

test('every device starts its exchanges in the same order, and none needs the result of a later one', () => {
  const { collectives } = together
  assert.equal(collectives.map(({ order }) => order), collectives.map((_, i) => i))
  for (const { node, order } of collectives) {
    const before = collectivesOf({ name: 'before', inputs: [], outputs: node.inputs.map((input, i) => ({ name: `${i}`, node: input })), updates: [] })
    assert.ok(before.every(each => each.order < order))
  }
})
test.run()
