// The tour of the language cannot rot: its snippets are type-checked and run, its outputs and its error messages are compared.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as language from '../../compiler/language/index.ts'
import { diagnose } from '../types/diagnostics.ts'
import { importLine } from './imports.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const lines = readFileSync(`${root}docs/language.md`, 'utf8').split('\n')

interface Block {
  /** What stands behind the three marks. */
  readonly kind: string
  readonly first: number
  readonly text: readonly string[]
}

const blocks = lines.reduce<{ readonly done: readonly Block[]; readonly open?: Block }>(({ done, open }, line, i) => {
  if (open === undefined) return line.startsWith('```') ? { done, open: { kind: line.slice(3), first: i + 1, text: [] } } : { done }
  return line === '```' ? { done: [...done, open] } : { done, open: { ...open, text: [...open.text, line] } }
}, { done: [] }).done

const ofKind = (kind: string): readonly Block[] => blocks.filter(block => block.kind === kind)

// The correct snippets are one module, each on the lines it has in the document; a later one may use what an earlier one declares.
const correct = ofKind('ts')
const tour = ((): string => {
  const module = lines.map(() => '')
  for (const { first, text } of correct) text.forEach((line, i) => { module[first + i] = line })
  module[0] = importLine('../compiler/language/index.ts', module.join('\n'))
  return module.join('\n')
})()
const wrong = [...ofKind('ts rejected'), ...ofKind('ts fails')].map(block => {
  const name = /^\/\/ (\S+\.ts)$/.exec(block.text[0] ?? '')?.[1]
  if (name === undefined) throw new Error(`docs/language.md:${block.first + 1}: the snippet's first line names no file`)
  const message = blocks[blocks.indexOf(block) + 1]
  if (message?.kind !== 'text') throw new Error(`docs/language.md:${block.first + 1}: no message follows`)
  const body = block.text.slice(1).join('\n')
  return { name, kind: block.kind, body, message: message.text.join('\n') }
})
const placed = (name: string): string => `${root}docs/${name}`
const texts = new Map([[placed('language.ts'), tour], ...wrong.map(({ name, body }): [string, string] => [placed(name), `${importLine('../compiler/language/index.ts', body)}\n${body}`])])
const diagnosticsOf = diagnose([], texts)
const printed = (name: string): string => diagnosticsOf(placed(name)).map(({ line, column, code, text }) => `${name}(${line},${column}): error TS${code}: ${text}`).join('\n')

/** A module with absolute imports in a folder of its own, imported. */
const importing = async <R>(name: string, text: string, use: (load: () => Promise<unknown>, folder: string) => Promise<R>): Promise<R> => {
  const folder = mkdtempSync(join(tmpdir(), 'axle-docs-'))
  try {
    const file = join(folder, name)
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(file, text.replace(/from '\.\.\/([^']+)'/g, (_all, path) => `from '${pathToFileURL(`${root}${path}`).href}'`))
    return await use(() => import(pathToFileURL(file).href), folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Unions in one order: the order in which tsc prints them depends on what else it has read. */
const sorted = (text: string): string => text.replace(/"[^"]*"(?: \| "[^"]*")+/g, union => union.split(' | ').sort().join(' | '))

test('there are snippets of every kind', () => {
  assert.ok(correct.length >= 15 && ofKind('ts rejected').length > 0 && ofKind('ts fails').length > 0)
  assert.equal([...new Set(blocks.map(({ kind }) => kind))].sort(), ['text', 'ts', 'ts fails', 'ts rejected'])
})

test('the snippets compile', () => {
  assert.is(printed('language.ts'), '')
})

test('the snippets run and print what stands beside them', async () => {
  const wanted = correct.flatMap(({ text }) => text.flatMap(line => /^console\.log\(.*\) \/\/ (.*)$/.exec(line)?.[1] ?? []))
  const found: string[] = []
  const log = console.log
  console.log = (...values) => { found.push(values.map(value => (typeof value === 'string' ? value : inspect(value))).join(' ')) }
  try {
    await importing('language.ts', tour, load => load())
  } finally {
    console.log = log
  }
  assert.ok(wanted.length > 3)
  assert.equal(found, wanted)
})

for (const { name, kind, body, message } of wrong) {
  if (kind === 'ts rejected') test(`tsc prints the message of ${name}`, () => assert.is(sorted(printed(name)), sorted(message)))
  else {
    test(`${name} compiles, and tracing it gives the message`, async () => {
      assert.is(printed(name), '')
      const error = await importing(name, texts.get(placed(name)) ?? '', async (load, folder) => {
        try {
          await load()
        } catch (thrown) {
          if (thrown instanceof language.AxleError) return thrown.message.replaceAll(`${relative(process.cwd(), folder)}/`, '')
          throw thrown
        }
        throw new Error(`${body} traces without a mistake`)
      })
      assert.is(error, message)
    })
  }
}

test.run()
