// A model has what its losses need, and nothing that they would leave untrained.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { declarationsOf, trace } from '../../../compiler/language/index.ts'
import { task } from '../../../models/albef/ablation.ts'

const jobOf = (config: string) => {
  const job = task.configs[config]?.({})
  assert.ok(job)
  return job
}

const pathsOf = (config: string): readonly string[] => declarationsOf(jobOf(config).definition.state).map(({ path }) => path)

const ofContrast = (path: string): boolean => /(visionProjection|textProjection|temperature)/.test(path) || path.startsWith('queues/')

test('without the contrastive loss there are no projections, no temperature and no queues, and nothing else is missing', () => {
  const [bare, full] = [pathsOf('mlm-itm'), pathsOf('full')]
  assert.equal(bare.filter(ofContrast), [])
  // Weight and bias of two projections for student, teacher and both moments; temperature for three of these; the queues and their place.
  assert.is(full.filter(ofContrast).length, 4 * 4 + 3 + 3)
  assert.equal(bare, full.filter(path => !ofContrast(path)))
})

test('official names are those of what is there', () => {
  const { names } = jobOf('mlm-itm')
  const paths = new Set(pathsOf('mlm-itm'))
  assert.ok(names.length > 0)
  assert.equal(names.flatMap(({ parts }) => parts).map(({ path }) => path).filter(path => !paths.has(path)), [])
})

test('its step reports the losses that it has, and its retrieval programs give tokens without features', () => {
  const { definition, shown, maps } = jobOf('mlm-itm')
  const { programs } = trace(definition)
  const outputs = (name: string): readonly string[] => programs.find(each => each.name === name)?.outputs.map(each => each.name).sort() ?? []
  assert.equal(outputs('step'), ['alpha', 'loss', 'lossMatching', 'lossWords', 'matchingAccuracy', 'rate'])
  for (const name of ['pictures', 'captions']) assert.equal(outputs(name), ['tokens'])
  assert.equal(shown.map(({ name }) => name), ['lossMatching', 'lossWords', 'matchingAccuracy'])
  assert.is(maps, undefined)
})

test('a step asked for contrast alone of a model without it says so', () => {
  const changed = task.configs['mlm-itm']?.({ headStart: 0.5 })
  assert.ok(changed)
  assert.throws(() => trace(changed.definition), (error: Error) => error.message.includes("which is not among its 'losses'"))
})

test.run()
