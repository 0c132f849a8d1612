// Hover inside a real tsserver over ALBEF's text encoder: axes from the types, sizes from traces of its configurations.
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { base, emoji } from '../../../../models/albef/config.ts'
import { diagnosticsOf, hoverAt, pointOf, root, tsserver } from './tsserver.ts'

const file = `${root}models/albef/text.ts`
const text = readFileSync(file, 'utf8')
/** The project's settings; the plugin is given to the whole server, since such a project loads none of its own. */
const { plugins: _plugins, ...options } = JSON.parse(readFileSync(`${root}tsconfig.json`, 'utf8')).compilerOptions

test('hover over expressions of models/albef/text.ts', async () => {
  const server = tsserver('--globalPlugins', 'axle-typescript-plugin')
  // A project of the model alone: the whole repository would take long to load.
  await server.ask('openExternalProject', { projectFileName: `${root}albef`, rootFiles: [{ fileName: `${root}models/albef/pretrain.ts` }], options })
  server.tell('open', { file })
  assert.equal((await diagnosticsOf(server, file)).map(each => each.text), [])
  const hidden = (axis: string): readonly string[] => [[emoji, 'emoji'] as const, [base, 'base'] as const].map(([{ text: { tokens, hidden: size } }, name]) => `${axis} ${tokens}, hidden ${size} (${name})`)
  const shown = async (piece: string, into: number): Promise<string> => (await hoverAt(server, file, pointOf(text, piece, into))).split('\n').at(-1) ?? ''
  const complete = async (): Promise<string> => {
    for (const began = Date.now(); ;) {
      const hover = await shown('found = gather', 1)
      if (/\(tiny\)/.test(hover) || Date.now() - began > 240_000) return hover
      await new Promise(resolve => setTimeout(resolve, 500))
    }
  }
  assert.is((await shown('found = gather', 1)).slice(0, 24), "Tensor<'token' 'hidden'>")
  const found = await complete()
  assert.ok(found.startsWith("Tensor<'token' 'hidden'>  "), found)
  for (const sizes of hidden('token')) assert.ok(found.includes(sizes), found)
  // A call by its name, a parameter of a function, a property of a tree.
  const added = await shown('add(add(words', 1)
  for (const sizes of hidden('token')) assert.ok(added.includes(sizes), added)
  const mask = await shown("(mask: Tensor<'token'>", 1)
  assert.ok(mask.startsWith("Tensor<'token'>  ") && mask.includes(`token ${emoji.text.tokens} (emoji)`) && mask.includes(`token ${base.text.tokens} (base)`), mask)
  const words = await shown('p.word,', 3)
  assert.ok(words.startsWith("Tensor<'word' 'hidden'>  ") && words.includes(`word ${base.text.words}, hidden ${base.text.hidden} (base)`), words)
  await server.close()
})

test.run()
