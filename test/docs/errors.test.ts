// Every number that the sources use has a page, every page a number in the sources, and what a page shows is what the checker prints.
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { writeTensors } from '../../runtime/checkpoints/safetensors.ts'
import { axleCheck, writeFiles } from '../runtime/check/fixtures.ts'
import { inTemporaryFolder } from '../runtime/checkpoints/temporary.ts'
import { importLine } from './imports.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = `${root}docs/errors/`
const names = readdirSync(folder).map(name => name.replace(/\.md$/, '')).sort()

const used = new Set(['compiler', 'runtime'].flatMap(top => readdirSync(`${root}${top}`, { recursive: true, encoding: 'utf8' })
  .filter(name => /\.(ts|mjs)$/.test(name))
  .flatMap(name => readFileSync(`${root}${top}/${name}`, 'utf8').match(/\bAX\d{3}\b/g) ?? [])))

/** Blocks between fences of a kind. */
const blocksOf = (text: string, kind: string): readonly string[] => [...text.matchAll(new RegExp(`^\`\`\`${kind}\\n([^]*?)\\n\`\`\`$`, 'gm'))].map(([, block = '']) => block)

/** What is run where a page names no command: on all these pages at once, and on one file that is not there. */
const usual = 'npx axle check . AX070.ts'

const pages = names.map(name => {
  const text = readFileSync(`${folder}${name}.md`, 'utf8')
  const [command = usual] = blocksOf(text, 'sh')
  return { name, text, command, sources: blocksOf(text, 'ts'), checkpoints: blocksOf(text, 'json'), printed: blocksOf(text, 'text') }
})

/** The file that a snippet is, by its first line; the import of the language stands in its place. */
const fileOf = (snippet: string): readonly [string, string] => {
  const [first = '', ...rest] = snippet.split('\n')
  const name = /^\/\/ (\S+\.ts)$/.exec(first)?.[1]
  if (name === undefined) throw new Error(`a snippet's first line names no file: ${first}`)
  const body = rest.join('\n').replaceAll("'../../models/", `'${root}models/`)
  const line = importLine(`${root}compiler/language/index.ts`, body, true)
  return [name, `${line.includes('{  }') ? first : line}\n${body}\n`]
}

/** The checkpoints of a page, as shapes by name by file. */
const writeCheckpoints = async (at: string, json: string): Promise<void> => {
  const files: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = JSON.parse(json)
  for (const [name, shapes] of Object.entries(files)) {
    const tensors = new Map(Object.entries(shapes).map(([tensor, shape]) => [tensor, { dtype: 'f32', shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) } as const]))
    assert.ok(E.isRight(await writeTensors(`${at}/${name}`, { metadata: {}, tensors })()))
  }
}

test('numbers and pages are the same', () => assert.equal(names, [...used].sort()))

test('every page has its number, what it means, and what to do', () => {
  for (const { name, text } of pages) {
    assert.match(text, new RegExp(`^# ${name}: .+\\n\\n\\S`))
    assert.match(text.trimEnd().split('\n\n').at(-1) ?? '', /^[A-Z`][^]+\.$|^[A-Z`][^]+`\.?$/, name)
  }
})

test('every page shows what the checker prints', () => {
  for (const { name, sources, command, printed } of pages) assert.ok(printed.length > 0 && (sources.length > 0 || command.includes(name)), name)
})

/** Whether a block is what is printed, where `…` stands for the rest of a line. */
const shows = (block: string, printed: string): boolean => {
  const wanted = block.split('\n')
  const lines = printed.split('\n')
  return wanted.length === lines.length && wanted.every((each, i) => {
    const [start = '', end] = each.split('…')
    const line = lines[i] ?? ''
    return end === undefined ? line === each : line.startsWith(start) && line.endsWith(end)
  })
}

/** What a command prints about the files of the pages that it stands on, finding by finding, without the lines that name pages. */
const printedBy = async (command: string, shown: typeof pages): Promise<readonly string[]> => {
  let printed: readonly string[] = []
  await inTemporaryFolder(async temporary => {
    const files = shown.flatMap(({ sources }) => sources.map(fileOf))
    for (const [name, text] of files) assert.ok(files.every(([other, same]) => other !== name || same === text), `two pages have another ${name}`)
    writeFiles(temporary, Object.fromEntries(files))
    for (const { checkpoints: [json] } of shown) if (json !== undefined) await writeCheckpoints(temporary, json)
    const { out } = await axleCheck(temporary, command.split(' ').slice(3))
    printed = out.replaceAll(`${relative(realpathSync(temporary), root)}/`, '../../').replaceAll(root, '../../').split('\n\n').map(block => block.replace(/\n +[^\n]*docs\/errors\/AX\d+\.md$/, ''))
  })
  return printed
}

test('what the pages show is what the checker prints', async () => {
  const commands = [...new Set(pages.map(page => page.command))].map(command => ({ command, shown: pages.filter(page => page.command === command) }))
  for (const { shown, blocks } of await Promise.all(commands.map(async ({ command, shown }) => ({ shown, blocks: await printedBy(command, shown) })))) {
    for (const { name, printed } of shown) {
      const own = blocks.filter(block => block.split(' ')[1] === name)
      for (const block of printed) assert.ok(own.some(each => shows(block, each)), `${name}\n${block}\n\nbut it prints\n${own.join('\n\n')}`)
    }
  }
})

test.run()
