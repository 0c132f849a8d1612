import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  add, attempt, buffer, compile, dot, erase, evaluation, fold, grad, input, itself, mean, mul, normal, param, stopGradient, sub, sum, sumAll, trace, uniform, untyped as u, zero, zeros, type Definition, type Of, type Tensor,
} from '../../../compiler/language/index.ts'
import { nodesOf, type Program } from '../../../compiler/program/program.ts'
import type { Target } from '../../../compiler/targets/target.ts'
import { mistakeOf, placesIn, says } from './support.ts'

const place = placesIn(import.meta.url)

const state = { weight: param({ in: 3, out: 2 }, normal(0.02)), bias: param({ out: 2 }, zeros, { decay: false }), step: buffer({}, 'i32', zero), key: buffer({}, 'key', itself) }
const batch = { x: input({ example: 4, in: 3 }), y: input({ example: 4, out: 2 }) }
type State = Of<typeof state>
type Batch = Of<typeof batch>
interface Params { readonly weight: Tensor<'in' | 'out'>; readonly bias: Tensor<'out'> }

const loss = ({ x, y }: Batch) => ({ weight, bias }: Params): Tensor => {
  const error = sub(add(dot('in', x, weight), bias), y)
  return sumAll(mul(error, error))
}
const step = (now: State, given: Batch): readonly [State, { readonly loss: Tensor; readonly noise: Tensor }] => {
  const params = { weight: now.weight, bias: now.bias }
  const slopes = grad(loss(given))(params)
  const noise = sum('unit', uniform(fold(now.key, now.step), { unit: 3 }))
  return [{ weight: sub(now.weight, mul(slopes.weight, 0.1)), bias: sub(now.bias, mul(slopes.bias, 0.1)), step: add(now.step, 1), key: now.key }, { loss: loss(given)(params), noise }]
}
const predict = evaluation(state, { pictures: input({ query: 5, in: 3 }) }, ({ weight, bias }, { pictures }) => ({ scores: add(dot('in', pictures, weight), bias) }))
const definition: Definition<typeof state, typeof batch, unknown> = { state, batch, step, evaluate: { predict } }

const programOf = (name: string, programs: readonly Program[]): Program => {
  const found = programs.find(program => program.name === name)
  if (found === undefined) throw new Error(`no program ${name}`)
  return found
}
const namesOf = (named: Program['outputs']): readonly string[] => named.map(({ name }) => name)

test('a definition becomes an initialising program, a step, and its evaluations', () => {
  const { programs, state: leaves } = trace(definition)
  assert.equal(programs.map(({ name }) => name), ['initialize', 'step', 'predict'])
  assert.equal(leaves.map(({ path, axes, dtype, kind }) => [path, axes, dtype, kind]), [
    ['weight', { in: 3, out: 2 }, 'f32', 'param'], ['bias', { out: 2 }, 'f32', 'param'], ['step', {}, 'i32', 'buffer'], ['key', {}, 'key', 'buffer'],
  ])
  const first = programOf('initialize', programs)
  assert.equal([namesOf(first.inputs), namesOf(first.updates)], [['seed'], ['weight', 'bias', 'step', 'key']])
  const second = programOf('step', programs)
  assert.equal([namesOf(second.inputs), namesOf(second.outputs)], [['x', 'y'], ['loss', 'noise']])
  const third = programOf('predict', programs)
  assert.equal([namesOf(third.inputs), namesOf(third.outputs), namesOf(third.updates)], [['pictures'], ['scores'], []])
})

test('what a step hands back unchanged is no update', () => {
  assert.equal(namesOf(programOf('step', trace(definition).programs).updates), ['weight', 'bias', 'step'])
  const marked = erase({ state, batch, step: (now: State) => [{ ...now, weight: stopGradient(now.weight) }, {}] as const })
  assert.equal(namesOf(programOf('step', trace(marked).programs).updates), [], 'a stopGradient is left behind before it is compared')
})

test('the first state may be made from what the initialisers drew', () => {
  const { programs } = trace({ ...definition, initialize: (fresh: State) => ({ ...fresh, bias: mean('in', fresh.weight) }) })
  assert.ok(nodesOf(programOf('initialize', programs)).some(({ op }) => op === 'sum'))
  assert.not.ok(nodesOf(programOf('initialize', trace(definition).programs)).some(({ op }) => op === 'sum'))
})

test('a leaf of the state is used by its path, an input by its own', () => {
  const paths = nodesOf(programOf('predict', trace(definition).programs)).filter(({ op }) => op === 'input').map(({ attributes }) => attributes['path'])
  assert.equal([...paths].sort(), ['predict/pictures', 'state/bias', 'state/weight'])
})

// Mistakes that types catch too; here they are kept from looking.

const isState = (_tree: unknown): _tree is State => true
const returning = (next: (now: State, given: Batch) => unknown) => erase({
  state, batch,
  step: (now: State, given: Batch) => {
    const tree = next(now, given)
    if (!isState(tree)) throw new Error('unreachable')
    return [tree, {}] as const
  },
})

test('a step that returns other axes, another type or nothing for a leaf is an error that names it', () => {
  const more = returning((now, given) => ({ ...now, bias: mean('in', given.x) })) // the wrong bias
  says(mistakeOf(() => trace(more)), 'AX031', place('the wrong bias'), "step gives 'bias' the axis 'example'", 'test/compiler/language/compile.test.ts:')
  says(mistakeOf(() => trace(returning(now => ({ ...now, weight: mean('in', now.weight) })))), 'AX031', "'weight' without the axis 'in'")
  says(mistakeOf(() => trace(returning(now => ({ ...now, step: u.cast('f32', now.step) })))), 'AX031', "'step' as f32, declared i32")
  says(mistakeOf(() => trace(returning(({ weight, step: count, key }) => ({ weight, step: count, key })))), 'AX031', "no value for 'bias'")
})

test('an initialiser of other axes is an error of the initialising program', () => {
  const wrong = { ...definition, state: { ...state, bias: param({ out: 2 }, () => u.literal(0)) } }
  says(mistakeOf(() => trace(wrong)), 'AX031', "initialize gives 'bias' without the axis 'out'")
})

test('attempt gives a mistake as a value and lets everything else through', () => {
  const bad = attempt(() => trace(returning(now => now.weight)))
  assert.ok(E.isLeft(bad) && bad.left.code === 'AX031')
  assert.ok(E.isRight(attempt(() => trace(definition))))
  assert.throws(() => attempt(() => { throw new RangeError('not ours') }), 'not ours')
})

test('compile emits what it traced, and nothing when there is a mistake', () => {
  const emitted: string[][] = []
  const target: Target = { name: 'none', emit: ({ programs }) => { emitted.push(programs.map(({ name }) => name)); throw new RangeError('emitted') } }
  assert.throws(() => compile(definition, target), 'emitted')
  assert.equal(emitted, [['initialize', 'step', 'predict']])
  assert.ok(E.isLeft(compile(returning(now => now.weight), target)))
  assert.is(emitted.length, 1)
})

test.run()
