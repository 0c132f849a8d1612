import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { buffer, input, mul, normal, param, rename, scope, sum, tanh, trace, vmap, zero, add, type Of, type Tensor } from '../../../compiler/language/index.ts'
import { printProgram, typeText } from '../../../compiler/program/print.ts'
import { placesIn } from '../language/support.ts'
import { linear, linearParams } from '../../../models/layers/linear.ts'

const place = placesIn(import.meta.url)

const state = { head: { project: linearParams({ hidden: 4 }, { embed: 2 }, normal(0.02)) }, scale: param({}, normal(1)), step: buffer({}, 'i32', zero) }
const batch = { tokens: input({ example: 3, hidden: 4 }) } // the input
const step = (now: Of<typeof state>, { tokens }: Of<typeof batch>) => {
  const features = vmap('example', (x: Tensor<'hidden'>) => linear(now.head.project, x))(tokens) // the projection
  const loss = scope('loss', () => sum(['example', 'embed'], scope('squash', () => tanh(mul(features, now.scale))))) // the loss
  return [{ ...now, step: add(now.step, 1) }, { loss, features: rename(features, { example: 'pair' }) }] as const
}
const printed = printProgram(trace({ state, batch, step }).programs.find(({ name }) => name === 'step') ?? { name: '', inputs: [], outputs: [], updates: [] })
const lines = printed.split('\n')
const line = (part: string): string => lines.find(each => each.includes(part)) ?? ''

test('the first line has the name and the inputs with their types', () => {
  assert.is(lines[0], 'program step(tokens: f32[example 3, hidden 4])')
})

test('a line a node: number, type, operation, operands, attributes, place', () => {
  assert.match(line(' = tanh('), /^ {2}%\d+ f32\[[^\]]*\] = tanh\(%\d+\) {2}@ /)
  assert.ok(line(' = tanh(').includes(`@ ${place('the loss')}`), printed)
  assert.match(line(' = sum('), /f32\[\] = sum\(%\d+\) axes=\[example,embed\]|f32\[\] = sum\(%\d+\) axes=\[embed,example\]/)
  assert.match(line('path=batch/tokens'), /f32\[example 3, hidden 4\] = input\(\) path=batch\/tokens/)
  assert.ok(line('path=batch/tokens').includes(`@ ${place('the input')}`), printed)
})

test('an operation in a layer is placed where the model calls the layer', () => {
  assert.ok(line(' = dot(').includes(`@ ${place('the projection')}`), printed)
})

test('scopes stand above their nodes: as named, or the path of the parameters', () => {
  const at = (text: string): number => lines.findIndex(each => each.includes(text))
  assert.ok(lines.includes('  # head/project') && lines.includes('  # loss/squash') && lines.includes('  # loss'), printed)
  assert.ok(at('# loss/squash') < at(' = tanh('), printed)
  const scopeOf = (text: string): string | undefined => lines.slice(0, at(text)).filter(each => each.startsWith('  # ')).pop()
  assert.equal([scopeOf(' = dot('), scopeOf(' = tanh('), scopeOf(' = sum(')], ['  # head/project', '  # loss/squash', '  # loss'])
})

test('axes that vmap lifted are marked', () => {
  assert.ok(line(' = dot(').includes('example^ 3'), printed)
  assert.is(typeText({ dtype: 'bool', axes: { '^batch': 4, token: 10 } }), 'bool[batch^ 4, token 10]')
  assert.is(typeText({ dtype: 'f32', axes: {} }), 'f32[]')
})

test('the last lines have the updates and the outputs', () => {
  assert.ok(lines.some(each => /^ {2}step <- %\d+$/.test(each)), printed)
  assert.match(printed, / {2}return loss: %\d+, features: %\d+\n$/)
})

test.run()
