import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as t from 'io-ts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rm } from 'node:fs/promises'
import { cacheFolder } from '../../../runtime/cli/setup/cache.mjs'
import { pixelFolder } from '../../../runtime/data/pixel-cache.ts'
import { axle, writePairs, type Ended } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'axle-task-'))
const pictures = join(folder, 'pictures')
const pairs = await writePairs(pictures)

/** Statements about the coloured shapes: half of them true of their picture, half of another's. */
const statements = readdirSync(pictures)
  .filter(name => name.includes('-'))
  .flatMap((name, index) => {
    const [colour = '', shape = ''] = name.replace('.png', '').split('-')
    return [{ image: name, sentence: `the ${shape} is ${colour}`, label: 'entailment' }, { image: name, sentence: `the ${shape} is ${index % 2 === 0 ? 'pink' : 'brown'}`, label: 'contradiction' }]
  })
const [data, held] = ['train.json', 'held.json'].map(name => join(pictures, name))
writeFileSync(data ?? '', JSON.stringify(statements.slice(0, 36)))
writeFileSync(held ?? '', JSON.stringify(statements.slice(36)))

test.after(async () => {
  rmSync(folder, { recursive: true, force: true })
  for (const file of [data, held, pairs]) await rm(pixelFolder(cacheFolder(), file ?? '', 32), { recursive: true, force: true })
})

const changes = ['vision.layers=1', 'text.layers=1', 'text.fusionLayers=1', 'text.words=30522', 'text.special.cls=101', 'text.special.mask=103']
const said = ({ code, lines }: Ended): string => `exit code ${code}:\n${lines.join('\n')}`

const Results = t.type({ task: t.string, parts: t.array(t.type({ name: t.string, examples: t.number, accuracy: t.number, confusion: t.array(t.array(t.number)), floors: t.type({ majority: t.number, 'text only': t.number }) })) })

const resultsOf = (file: string): t.TypeOf<typeof Results> => {
  const read = Results.decode(JSON.parse(readFileSync(file, 'utf8')))
  if (read._tag === 'Left') throw new Error(`${file}: ${JSON.stringify(read.left.map(({ context }) => context.map(({ key }) => key).join('.')))}`)
  return read.right
}

test('a task is trained on named files and measured with its floors; eval gives the same figures', async () => {
  const out = join(folder, 'out')
  const ended = await axle(['train', 'models/albef/entailment.ts', '--config', 'tiny', '--steps', '4', '--data', data ?? '', '--test', held ?? '', '--out', out, ...changes.flatMap(change => ['--set', change])])
  assert.is(ended.code, 0, said(ended))
  const run = join(out, readdirSync(out)[0] ?? '')
  const first = resultsOf(join(run, 'results.json'))
  assert.is(first.task, 'entailment-tiny')
  const [part] = first.parts
  assert.equal([part?.name, part?.examples], ['held', statements.length - 36])
  assert.is(part?.confusion.flat().reduce((sum, count) => sum + count, 0), part?.examples)
  assert.ok(readFileSync(join(run, 'results.txt'), 'utf8').includes('above the best floor'))
  assert.ok(readFileSync(join(run, 'report.html'), 'utf8').includes('data:image/png;base64,'))
  rmSync(join(run, 'results.json'))
  const again = await axle(['eval', run])
  assert.is(again.code, 0, said(again))
  assert.equal(resultsOf(join(run, 'results.json')), first)
  const other = await axle(['eval', run, '--data', data ?? ''])
  assert.is(other.code, 0, said(other))
  assert.is(resultsOf(join(run, 'results-train.json')).parts[0]?.examples, 36)
})

test('what cannot be measured, mapped or searched is one line and exit code 2', async () => {
  const out = join(folder, 'out')
  const run = join(out, readdirSync(out)[0] ?? '')
  assert.ok(existsSync(run))
  const none = join(folder, 'none')
  assert.equal(await axle(['eval', none]), { code: 2, lines: [`${none}: not the folder of a run: it has no config.json`] })
  assert.equal(await axle(['gradcam', run, '--image', join(pictures, 'red-ball.png'), '--text', 'red']), { code: 2, lines: [`${run}: 'entailment-tiny' has no programs for maps: runs of pre-training, retrieval and grounding have`] })
  assert.equal(await axle(['search', run, '--images', pictures, '--text', 'red']), { code: 2, lines: [`${run}: 'entailment-tiny' has no programs for retrieval: runs of pre-training, retrieval and grounding have`] })
})

test.run()
