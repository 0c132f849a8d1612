import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { benchAgainst } from './against.ts'
import { comparedConfig } from './agreement.ts'
import { programOf, jobOf, type StepOptions } from './job.ts'

const options = (config: string, batch?: number): StepOptions => ({ config, changes: {}, program: undefined, batch, steps: 1, seed: 1, xla: false, without: [] })
const silent = (): void => undefined

test('the paper\'s model at another batch is one group, all of it anchors', async () => {
  const config = await comparedConfig(options('base', 4))
  assert.ok(E.isRight(config))
  if (E.isRight(config)) assert.equal([config.right.batch, config.right.groups, config.right.anchors], [4, 1, 4])
})

test('what the peers cannot compute is refused before anything is installed', async () => {
  assert.equal(await comparedConfig(options('emoji', 16)), E.left("The peers run the step of the paper, and 'emoji' has a stem before its patches: use base or tiny."))
  assert.equal(await comparedConfig(options('base')), E.left("The peers run one group, all of it anchors, and 'base' has 8 of 64 with 64 anchors: name a smaller batch, such as --batch 4."))
  assert.equal(await benchAgainst(options('tiny'), 'theano', [], silent), E.left('--against theano: there is torch and jax.'))
  assert.equal(await benchAgainst(options('tiny'), 'jax', ['eager'], silent), E.left('--variants eager: of jax there is jit.'))
})

test('a program that is not trained is refused by the names of those that are', async () => {
  const job = await jobOf(options('emoji'))
  assert.ok(E.isRight(job))
  if (E.isRight(job)) {
    assert.equal(programOf(job.right, undefined), E.right('step'))
    assert.equal(programOf(job.right, 'pictures'), E.left("There is no training program 'pictures'; there is contrast, step."))
  }
})

test.run()
