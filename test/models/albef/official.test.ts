import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as t from 'io-ts'
import { countParameters, declarationsOf, decayedPaths } from '../../../compiler/language/index.ts'
import { base, tiny } from '../../../models/albef/config.ts'
import { officialNames, officialStudent } from '../../../models/albef/official.ts'
import { albefState, studentParams } from '../../../models/albef/parameters.ts'
import { goldenJson } from './golden.ts'

const { pretrain: reference } = goldenJson('official_state_dicts.json', t.type({
  pretrain: t.type({
    n_params_online: t.number,
    n_params_momentum: t.number,
    state_dict: t.record(t.string, t.tuple([t.array(t.number), t.string])),
    aliases: t.record(t.string, t.string),
    no_decay_count: t.number,
    decay: t.array(t.string),
  }),
}))

const state = albefState(base)

test('the student of full size has 209,937,725 parameters, the teacher 209,936,186', () => {
  assert.is(countParameters(studentParams(base)), 209_937_725)
  assert.is(countParameters(state.teacher), 209_936_186)
  assert.is(reference.n_params_online, 209_937_725)
  assert.is(reference.n_params_momentum, 209_936_186)
})

test('every tensor of the official checkpoint has a name here, with its shape; tied tensors and constant positions stand for nothing', () => {
  const ours = new Map(officialNames(base).map(({ name, shape }) => [name, shape]))
  const theirs = Object.entries(reference.state_dict).filter(([name]) => !(name in reference.aliases) && !name.endsWith('.position_ids'))
  assert.is(theirs.length, 838)
  for (const [name, [shape]] of theirs) assert.equal(ours.get(name), shape, name)
  assert.is(ours.size, theirs.length)
})

const sizesOf = (tree: unknown): ReadonlyMap<string, Readonly<Record<string, number>>> => new Map(declarationsOf(tree).map(({ path, declaration: { sizes } }) => [path, sizes]))
const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1)

for (const config of [base, tiny]) {
  test(`${config.name}: the parts of each official tensor are leaves of the state with exactly its elements, and no leaf stands twice`, () => {
    const sizes = sizesOf(albefState(config))
    const seen = new Set<string>()
    for (const { name, shape, parts } of officialNames(config)) {
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
    const wanted = [...sizes.keys()].filter(path => /^(student|teacher|queues)\//.test(path))
    assert.equal([...seen].sort(), wanted.sort())
  })
}

test('weight decay applies to the official 155 tensors, and not to the other 264', () => {
  const decayed = decayedPaths(studentParams(base))
  const [decay, rest]: [string[], string[]] = [[], []]
  for (const { name, parts } of officialStudent(base)) {
    const own = parts.map(({ path }) => decayed.has(path.replace(/^student\//, '')))
    assert.ok(own.every(each => each === own[0]), `${name}: some parts decay`)
    ;(own[0] === true ? decay : rest).push(name)
  }
  assert.equal(decay.sort(), [...reference.decay].sort())
  assert.is(decay.length, 155)
  assert.is(rest.length, 264)
  assert.is(reference.no_decay_count, 264)
})

test.run()
