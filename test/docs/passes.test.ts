// The document of the passes cannot rot: it has a section for each, and the lines it shows are those that `axle print --pass` prints today, line numbers aside.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { passNames, trace } from '../../compiler/language/index.ts'
import { differenceText } from '../../runtime/print/difference.ts'
import { loadJob } from '../../runtime/tasks.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const sections = readFileSync(`${root}docs/passes.md`, 'utf8').split(/^## /m).slice(1).map(text => {
  const [name = '', ...rest] = text.split('\n')
  const shown = [...rest.join('\n').matchAll(/```diff\n([^]*?)\n```/g)].flatMap(([, block = '']) => block.split('\n'))
  return { name, text: rest.join('\n'), shown }
})

/** Without the numbers of lines and of values. */
const lasting = (line: string): string => line.replace(/(%[\w-]+):\d+\.([a-zA-Z]+'?)\d*/g, '$1.$2')

const plain = (text: string): string => text
const paint = { gone: plain, made: plain, resized: plain, head: plain }

test('every pass has a section and a row of the table', () => {
  const saved = sections.find(({ name }) => name === 'What they save')?.text ?? ''
  for (const name of passNames) {
    assert.ok(sections.some(each => each.name === name), `docs/passes.md has no section '${name}'`)
    assert.match(saved, `| without \`${name}\` |`)
  }
})

test('what a section shows is what its pass does to ALBEF', async () => {
  const job = await loadJob(`${root}models/albef/pretrain.ts`, 'tiny')()
  if (E.isLeft(job)) throw new Error(job.left)
  const printed = new Map<string, ReadonlySet<string>>()
  const wanted = new Set(sections.filter(({ shown }) => shown.length > 0).map(({ name }) => name))
  trace(job.right.definition, {
    look: (pass, before, after) => {
      if (before.name === 'step' && wanted.has(pass)) printed.set(pass, new Set(differenceText({ pass, before, after }, [], { paint }).split('\n').map(lasting)))
    },
  })
  assert.equal([...printed.keys()].sort(), [...wanted].sort())
  for (const { name, shown } of sections) for (const line of shown) assert.ok(printed.get(name)?.has(lasting(line)), `docs/passes.md shows of '${name}' what it does not do any more: ${line}`)
})

test.run()
