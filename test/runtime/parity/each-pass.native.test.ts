import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { passNames } from '../../../compiler/language/index.ts'
import { checkParity } from '../../../runtime/parity/check.ts'
import { eachPassText } from '../../../runtime/parity/each-pass.ts'
import { passes, reportText } from '../../../runtime/parity/report.ts'

const pathOf = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const found = await checkParity(pathOf('test/golden/tiny/pretrain'), pathOf('models/albef/parity.ts'), undefined, { without: passNames })()
if (E.isLeft(found)) throw new Error(found.left)
const report = found.right

test('with everything switched off the official steps are replayed all the same', () => {
  assert.ok(report.groups.length === 5 && passes(report), reportText(report))
})

test('the table has a line a trial, with the worst ratio of each group and what is out', () => {
  const worse = { ...report, groups: report.groups.map((group, i) => (i !== 1 || group.worst === undefined ? group : { ...group, worst: { ...group.worst, ratio: 123.4 }, out: [group.worst, group.worst] })) }
  const [head = '', first = '', second = '', ...rest] = eachPassText([{ without: [], report }, { without: ['narrow'], report: worse }]).split('\n')
  assert.match(head, /^worst ratio .*  intermediates of step 0  gradients of step 0  state after one step  losses of every step  norms after five steps$/)
  assert.match(first, /^every pass( +0\.\d\d){5}  ok$/)
  assert.match(second, /^without narrow +0\.\d\d +123( +0\.\d\d){3}  2 out$/)
  assert.equal(rest, [''])
})

test.run()
