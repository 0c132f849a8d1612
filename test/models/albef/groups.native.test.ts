// A recorded run of two official processes, as two groups of one batch: on one device, and with a group on each of two.
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkParity } from '../../../runtime/parity/check.ts'
import { readRanks } from '../../../runtime/parity/ranks.ts'
import { passes, reportText } from '../../../runtime/parity/report.ts'

const pathOf = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const [folder, model] = [pathOf('test/golden/tiny/pretrain_dp2'), pathOf('models/albef/parity.ts')]

test('the folder is read as one run of two groups, from where the other folder ends', async () => {
  const read = await readRanks(folder)()
  if (E.isLeft(read)) throw new Error(read.left)
  const { config, inputs, losses, state0, step0 } = read.right
  assert.is(config.size.ranks, 2)
  assert.equal(inputs.get('image')?.shape, [2, 8, 3, 32, 32])
  assert.equal([...(state0.get('queue_ptr')?.data ?? [])], [8])
  assert.is(losses.float32.length, 2)
  assert.equal(step0.get('loss_itm')?.shape, [2])
})

for (const devices of [undefined, { kind: 'cpu', count: 2 } as const]) {
  test(`two steps of two processes are replayed ${devices === undefined ? 'on one device' : 'on a mesh of two'}: losses of each, averaged gradients, the state`, async () => {
    const report = await checkParity(folder, model, devices)()
    if (E.isLeft(report)) throw new Error(report.left)
    assert.ok(passes(report.right), reportText(report.right))
    assert.equal(report.right.groups.map(({ group, compared }) => [group, compared]), [
      ['intermediates of step 0', 3],
      ['gradients of step 0', 131],
      ['state after one step', 262],
      ['losses of every step', 8],
      ['norms after two steps', 246],
    ])
    assert.equal(report.right.skipped, [])
  })
}
test.run()
