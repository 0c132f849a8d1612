// Every number that the sources use has a page, every page a number in the sources, and what a page shows is what the checker prints.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { axleCheck, writeFiles } from '../runtime/check/fixtures.ts'
import { inTemporaryFolder } from '../runtime/checkpoints/temporary.ts'
import { importLine } from './imports.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = `${root}docs/errors/`
const names = readdirSync(folder).map(name => name.replace(/\.md$/, '')).sort()

const used = new Set(['compiler', 'runtime'].flatMap(top => readdirSync(`${root}${top}`, { recursive: true, encoding: 'utf8' })
  .filter(name => /\.(ts|mjs)$/.test(name))
  .flatMap(name => readFileSync(`${root}${top}/${name}`, 'utf8').match(/\bAX\d{3}\b/g) ?? [])))

const pages = names.map(name => {
  const text = readFileSync(`${folder}${name}.md`, 'utf8')
  const block = (kind: string): string | undefined => text.match(new RegExp(`\`\`\`${kind}\\n([^]*?)\\n\`\`\``))?.[1]
  return { name, text, snippet: block('ts')?.replace(/^\/\/.*\n/, ''), printed: block('text') }
})

test('numbers and pages are the same', () => assert.equal(names, [...used].sort()))

test('every page has its number, what it means, and what to do', () => {
  for (const { name, text } of pages) {
    assert.match(text, new RegExp(`^# ${name}: .+\\n\\n\\S`))
    assert.match(text.trimEnd().split('\n\n').at(-1) ?? '', /^[A-Z`][^]+\.$|^[A-Z`][^]+`\.?$/, name)
  }
})

test('what stands under a snippet is what the checker prints about it', async () => {
  await inTemporaryFolder(async temporary => {
    const shown = pages.flatMap(({ name, snippet, printed }) => (snippet === undefined || printed === undefined ? [] : [{ name, snippet, printed }]))
    assert.ok(shown.length > 30)
    const language = `${root}compiler/language/index.ts`
    writeFiles(temporary, Object.fromEntries(shown.map(({ name, snippet }) => [`${name}.ts`, `${importLine(language, snippet, true)}\n${snippet}\n`])))
    const { out } = await axleCheck(temporary, ['.'])
    const blocks = out.replaceAll(root, '../../').split('\n\n').map(block => block.replace(/\n +[^\n]*docs\/errors\/AX\d+\.md$/, ''))
    for (const { name, printed } of shown) assert.is(blocks.find(block => block.startsWith(`${name}.ts:`) && block.split(' ')[1] === name), printed, name)
  })
})

test.run()
