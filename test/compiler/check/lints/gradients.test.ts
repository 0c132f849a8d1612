import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, crossEntropy, crossEntropyAt, dot, floor, input, mapTrees, mean, mul, normal, oneHot, param, softmax, stopGradient, sub, sumAll, valueAndGrad, argmax, type Of, type Tensor } from '../../../../compiler/language/index.ts'
import { found, standAt } from './support.ts'

const at = standAt(import.meta.url)
const batch = { x: input({ batch: 4, hidden: 3 }), ids: input({ batch: 4 }, 'i32') }
type Batch = Of<typeof batch>

const model = () => ({ weight: param({ hidden: 3, answer: 2 }, normal(0.02)) })
type Model = Of<ReturnType<typeof model>>
const descend = (p: Model, grad: Model): Model => mapTrees((x, g) => sub(x, mul(g, 0.1)), p, grad)

const unused = () => ({
  ...model(),
  idle: param({ hidden: 3 }, normal(0.02)), // idle
})
type Unused = Of<ReturnType<typeof unused>>
const descendAll = (p: Unused, grad: Unused): Unused => mapTrees((x, g) => sub(x, mul(g, 0.1)), p, grad)
const loss = (p: Model, { x, ids }: Batch): Tensor => mean('batch', crossEntropyAt('answer', dot('hidden', x, p.weight), ids))

test('a parameter that the loss does not depend on is found at its declaration', () => {
  const state = unused()
  at(found({ state, batch, step: (p: Unused, b: Batch) => [descendAll(p, valueAndGrad((q: Unused) => loss(q, b))(p).grad), {}] as const }, 'AX051'), 'idle')
})
test('so is one that it depends on only through stopGradient or floor', () => {
  const state = unused()
  const half = (q: Unused, b: Batch): Tensor => add(loss(q, b), add(sumAll(stopGradient(q.idle)), sumAll(floor(q.idle))))
  at(found({ state, batch, step: (p: Unused, b: Batch) => [descendAll(p, valueAndGrad((q: Unused) => half(q, b))(p).grad), {}] as const }, 'AX051'), 'idle')
})
test('one that another step trains is fine, and so is one that a step leaves as it is', () => {
  const state = unused()
  const whole = (q: Unused, b: Batch): Tensor => add(loss(q, b), sumAll(mul(q.idle, q.idle)))
  const first = (p: Unused, b: Batch) => [descendAll(p, valueAndGrad((q: Unused) => loss(q, b))(p).grad), {}] as const
  const second = (p: Unused, b: Batch) => [descendAll(p, valueAndGrad((q: Unused) => whole(q, b))(p).grad), {}] as const
  const frozen = (p: Unused, b: Batch) => [{ ...p, ...descend({ weight: p.weight }, valueAndGrad((q: Model) => loss(q, b))({ weight: p.weight }).grad) }, { idle: sumAll(p.idle) }] as const
  assert.equal(found({ state, batch, step: first, steps: { second } }, 'AX051'), [])
  assert.equal(found({ state, batch, step: frozen }, 'AX051'), [])
})
test('a parameter that no program reads is found', () => {
  const state = unused()
  at(found({ state, batch, step: (p: Unused, b: Batch) => [{ ...p, ...descend({ weight: p.weight }, valueAndGrad((q: Model) => loss(q, b))({ weight: p.weight }).grad) }, {}] as const }, 'AX051'), 'idle')
})

const twins = () => ({ student: model(), teacher: model(), temperature: param({}, normal(1)) })
type Twins = Of<ReturnType<typeof twins>>
const scores = (p: Model, { x }: Batch) => dot('hidden', x, p.weight)
/** A step that trains the student, its loss being given with the state. */
const trained = (lossOf: (student: Model, state: Twins, b: Batch) => Tensor) => ({
  state: twins(), batch,
  step: (now: Twins, b: Batch) => [{ ...now, student: descend(now.student, valueAndGrad((student: Model) => lossOf(student, now, b))(now.student).grad) }, { t: now.temperature }] as const,
})

test('the student where the teacher belongs is found, whether a gradient flows into the target or not', () => {
  at(found(trained((student, _now, b) => mean('batch', crossEntropy('answer', scores(student, b), softmax('answer', scores(student, b))))), 'AX052'), 'flows') // flows
  at(found(trained((student, _now, b) => mean('batch', crossEntropy('answer', scores(student, b), stopGradient(softmax('answer', scores(student, b)))))), 'AX052'), 'stopped') // stopped
  at(found(trained((student, _now, b) => mean('batch', crossEntropyAt('answer', scores(student, b), argmax('answer', scores(student, b))))), 'AX052'), 'chosen') // chosen
})
test('what the teacher, the batch or a number behind stopGradient says is a target', () => {
  const fine = (lossOf: Parameters<typeof trained>[0]) => assert.equal(found(trained(lossOf), 'AX052'), [])
  fine((student, { teacher }, b) => mean('batch', crossEntropy('answer', scores(student, b), softmax('answer', scores(teacher, b)))))
  fine((student, _now, b) => mean('batch', crossEntropy('answer', scores(student, b), oneHot(b.ids, { answer: 2 }))))
  fine((student, { teacher }, b) => mean('batch', crossEntropy('answer', scores(student, b), softmax('answer', mul(scores(teacher, b), stopGradient(sumAll(student.weight)))))))
})
test('without its stopGradient, that number is a way for the gradient', () => {
  const [finding] = found(trained((student, { teacher }, b) => mean('batch', crossEntropy('answer', scores(student, b), softmax('answer', mul(scores(teacher, b), sumAll(student.weight)))))), 'AX052')
  assert.match(finding?.sentence ?? '', /'student\/weight'\), and a gradient flows into it/)
})
test('a target that is trained, where the prediction is not, is one in the wrong place', () => {
  const lossOf = (student: Model, { teacher }: Twins, b: Batch): Tensor => mean('batch', crossEntropy('answer', scores(teacher, b), softmax('answer', scores(student, b))))
  const step = (now: Twins, b: Batch) => {
    const { value, grad } = valueAndGrad((student: Model) => lossOf(student, now, b))(now.student)
    return [{ ...now, student: descend(now.student, grad) }, { loss: value }] as const
  }
  const [finding, ...more] = found({ state: twins(), batch, step }, 'AX052')
  assert.is(finding?.sentence, "the target of this loss depends on the parameters that are trained ('student/weight'), its prediction does not: swap them")
  assert.equal(more, [])
})
test.run()
