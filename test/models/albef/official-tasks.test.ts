import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as t from 'io-ts'
import { countParameters, declarationsOf, decayedPaths, type Job } from '../../../compiler/language/index.ts'
import { task as entailment } from '../../../models/albef/entailment.ts'
import { task as grounding } from '../../../models/albef/grounding.ts'
import { task as nlvr } from '../../../models/albef/nlvr.ts'
import { task as retrieval } from '../../../models/albef/retrieval-task.ts'
import { task as assignment } from '../../../models/albef/text-assignment.ts'
import { task as questions } from '../../../models/albef/vqa.ts'
import { goldenJson } from './golden.ts'

const reference = t.type({
  n_params_online: t.number,
  n_params_momentum: t.number,
  state_dict: t.record(t.string, t.tuple([t.array(t.number), t.string])),
  aliases: t.record(t.string, t.string),
  no_decay_count: t.number,
  decay: t.array(t.string),
})
const official = goldenJson('official_state_dicts.json', t.type({ retrieval: reference, vqa: reference, nlvr: reference, nlvr_ta: reference, ve: reference }))

/** Our tasks, and what of an official checkpoint stands for nothing here. */
const tasks = [
  { kind: 'retrieval', task: retrieval, unused: [] },
  { kind: 'vqa', task: questions, unused: [] },
  { kind: 'nlvr', task: nlvr, unused: [] },
  { kind: 'nlvr_ta', task: assignment, unused: ['temp', 'text_proj.weight', 'text_proj.bias'] },
  { kind: 've', task: entailment, unused: [] },
] as const

const base = ({ configs }: typeof retrieval): Job => {
  const make = configs['base']
  if (make === undefined) throw new Error('there is no configuration base')
  return make()
}

const isTree = (x: unknown): x is { readonly student: unknown; readonly teacher?: unknown } => typeof x === 'object' && x !== null && 'student' in x
const stateOf = ({ definition }: Job): { readonly student: unknown; readonly teacher?: unknown } => {
  if (!isTree(definition.state)) throw new Error('the state has no student')
  return definition.state
}

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1)

for (const { kind, task, unused } of tasks) {
  const job = base(task)
  const state = stateOf(job)
  const { state_dict: theirs, aliases, decay, n_params_online: online, n_params_momentum: momentum } = official[kind]
  const skipped: readonly string[] = unused

  test(`${kind}: student and teacher have the official numbers of parameters`, () => {
    const left = skipped.concat(kind === 'nlvr_ta' ? ['vision_proj.weight', 'vision_proj.bias'] : []).reduce((sum, name) => sum + product(theirs[name]?.[0] ?? []), 0)
    assert.is(countParameters(state.student), online - left)
    assert.is(countParameters(state.teacher), momentum)
  })

  test(`${kind}: every tensor of the official checkpoint has a name here, with its shape, and our leaves are its parts`, () => {
    const wanted = Object.entries(theirs).filter(([name]) => !(name in aliases) && !name.endsWith('.position_ids') && !skipped.includes(name))
    const ours = new Map(job.names.map(({ name, shape }) => [name, shape]))
    for (const [name, [shape]] of wanted) assert.equal(ours.get(name), shape, name)
    assert.is(ours.size, wanted.length)
    const sizes = new Map(declarationsOf(job.definition.state).map(({ path, declaration }) => [path, declaration.sizes]))
    const seen = new Set<string>()
    for (const { name, shape, parts } of job.names) {
      const elements = parts.map(({ path, order }) => {
        const own = sizes.get(path)
        if (own === undefined) throw new Error(`${name}: the state has no leaf ${path}`)
        assert.equal([...order].sort(), Object.keys(own).sort(), path)
        assert.not(seen.has(path), path)
        seen.add(path)
        return product(Object.values(own))
      })
      assert.is(elements.reduce((all, each) => all + each, 0), product(shape), name)
    }
    assert.equal([...sizes.keys()].filter(path => /^(student|teacher)\//.test(path) && !seen.has(path)), [])
  })

  test(`${kind}: weight decay applies to the official tensors alone`, () => {
    const decayed = decayedPaths(state.student)
    const own = job.names.filter(({ parts }) => parts.every(({ path }) => path.startsWith('student/') && decayed.has(path.slice('student/'.length)))).map(({ name }) => name)
    const untrained = [...skipped, 'vision_proj.weight']
    assert.equal(own.sort(), decay.filter(name => kind !== 'nlvr_ta' || !untrained.includes(name)).sort())
  })
}

test('every task starts each of its parameters from pre-training, except its head', () => {
  const heads: Readonly<Record<string, RegExp>> = { ve: /^head\// , nlvr: /^head\//, nlvr_ta: /^head\//, retrieval: /^$/, vqa: /^$/ }
  for (const { kind, task } of tasks) {
    const job = base(task)
    const covered = (path: string): boolean => job.start?.parts.some(([, to]) => path === to || path.startsWith(`${to}/`)) ?? false
    const anew = declarationsOf(stateOf(job).student).map(({ path }) => path).filter(path => !covered(`student/${path}`))
    assert.equal(anew.filter(path => !heads[kind]?.test(path)), [], kind)
    assert.equal(declarationsOf(stateOf(job).teacher).map(({ path }) => path).filter(path => !covered(`teacher/${path}`) && !path.startsWith('head/')), [], `${kind}, teacher`)
  }
})

test('grounding is the model of retrieval with maps', () => {
  assert.equal(base(grounding).names, base(retrieval).names.map(each => each))
  assert.equal(base(grounding).measure, { kind: 'boxes', program: 'matchingMaps', inputs: { image: 'picture', ids: 'words' }, maps: 'map' })
})

test('a configuration without a teacher has none in its state', () => {
  const job = entailment.configs['tiny']?.({ 'distillation.teacher': 'none' })
  if (job === undefined) throw new Error('there is no configuration tiny')
  assert.is(stateOf(job).teacher, undefined)
  assert.not(job.names.some(({ name }) => name.includes('_m.')))
  assert.not(job.start?.parts.some(([, to]) => to.startsWith('teacher/')))
})

test.run()
