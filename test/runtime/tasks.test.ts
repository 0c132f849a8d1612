import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Changes } from '../../compiler/language/index.ts'
import { loadJob } from '../../runtime/tasks.ts'
import { inTemporaryFolder } from './checkpoints/temporary.ts'

const models = relative(process.cwd(), fileURLToPath(new URL('../../models/albef/', import.meta.url)))
const file = join(models, 'pretrain.ts')

/** Why a job cannot be had; always one line. */
const refusalOf = async (from: string, config: string, changes?: Changes): Promise<string> => {
  const loaded = await loadJob(from, config, changes)()
  if (E.isRight(loaded)) throw new Error(`${from}, ${config}: it was not refused`)
  assert.not.match(loaded.left, '\n')
  return loaded.left
}

test('a configuration of a model file, with single values replaced', async () => {
  const loaded = await loadJob(file, 'tiny', { queue: 32, 'vision.layers': 1, 'text.pool': 'mean' })()
  if (E.isLeft(loaded)) throw new Error(loaded.left)
  const { name, config, data } = loaded.right
  assert.is(name, 'tiny')
  assert.is(data.batch, 4)
  const { queue, vision, text } = JSON.parse(JSON.stringify(config))
  assert.equal([queue, vision.layers, vision.hidden, text.pool], [32, 1, 48, 'mean'])
})

test('a file that is not there', async () => {
  assert.is(await refusalOf('models/nowhere.ts', 'tiny'), 'models/nowhere.ts: there is no such file')
})

test('a file without a task', async () => {
  const other = join(models, 'config.ts')
  assert.is(await refusalOf(other, 'tiny'), `${other}: it exports no \`task\``)
})

test('tasks that are none, and files that cannot be run, are named', () => inTemporaryFolder(async folder => {
  const sources = { number: 'export const task = 5', bare: 'export const task = { name: "x" }', none: 'export const task = { configs: null }' }
  for (const [name, source] of Object.entries(sources)) {
    const path = join(folder, `${name}.mjs`)
    writeFileSync(path, source)
    assert.is(await refusalOf(path, 'tiny'), `${path}: it exports no \`task\``)
  }
  const throwing = join(folder, 'throwing.mjs')
  writeFileSync(throwing, 'throw new Error("no such layer")')
  assert.is(await refusalOf(throwing, 'tiny'), `${throwing}: no such layer`)
  const broken = join(folder, 'broken.ts')
  writeFileSync(broken, 'export const task = {\n')
  assert.ok((await refusalOf(broken, 'tiny')).startsWith(`${broken}: `))
}))

for (const name of ['huge', '', 'toString', 'constructor']) {
  test(`'${name}' is no configuration; those there are are named`, async () => {
    assert.is(await refusalOf(file, name), `${file}: there is no configuration '${name}'; there is base, emoji, tiny`)
  })
}

const placed = (code: string, sentence: string): RegExp => new RegExp(`^models/albef/[a-z-]+\\.ts:\\d+:\\d+ ${code} ${sentence.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`)

const changed: readonly (readonly [changes: Changes, code: string, sentence: string])[] = [
  [{ 'vision.layer': 6 }, 'AX032', "the configuration has no 'vision.layer'; there is image, patch, hidden, layers, heads, inner, stem"],
  [{ sight: 6 }, 'AX032', "the configuration has no 'sight'; there is name, vision, text, embed, queue, batch, groups, anchors, masking, negatives, losses, distilled, momentum, temperature, distillation, optimizer, schedule, headStart"],
  [{ 'batch.size': 6 }, 'AX032', "the configuration has no 'batch.size'"],
  [{ 'vision.layers': 'six' }, 'AX032', `the configuration's 'vision.layers' is 2, which "six" cannot replace`],
  [{ name: 5 }, 'AX032', `the configuration's 'name' is "tiny", which 5 cannot replace`],
  [{ queue: 18 }, 'AX023', "'queue' 18 is not a multiple of 'batch' 4"],
  [{ batch: 3 }, 'AX023', "'queue' 16 is not a multiple of 'batch' 3"],
  [{ 'vision.heads': 5 }, 'AX023', "'hidden' 48 is not a multiple of 'head' 5"],
  [{ 'text.heads': 7 }, 'AX023', "'hidden' 48 is not a multiple of 'head' 7"],
  [{ 'vision.image': 30 }, 'AX023', "'image' 30 is not a multiple of 'patch' 8"],
  [{ 'vision.heads': 0 }, 'AX023', "'hidden' 48 is not a multiple of 'head' 0"],
]

for (const [changes, code, sentence] of changed) {
  const said = Object.entries(changes).map(([path, value]) => `${path}=${value}`).join(' ')
  test(`${said}: ${code}, on one line with its place`, async () => {
    const refusal = await refusalOf(file, 'tiny', changes)
    assert.match(refusal.slice(refusal.indexOf('models/albef/')), placed(code, sentence))
  })
}

test.run()
