// A process of its own: traces every configuration of a task module whose expressions report what they see, and writes an index of sizes.
// Arguments: the task module, the folder of the project, the file to write. Exit codes: 0 written, 1 the module could not be loaded.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { ts } from 'ts-morph'
import { instrumented, recorder } from './instrument.ts'
import type { SeenFile, SizesIndex } from './sizes.ts'

const compiler = fileURLToPath(new URL('../../', import.meta.url))
const [task = '', root = '', out = ''] = process.argv.slice(2)

interface Seen {
  readonly file: string
  readonly span: string
  readonly sizes: Map<string, Set<string>>
}

interface Loaded {
  readonly definitions: readonly { readonly name: string; readonly trace: () => unknown }[]
  readonly sizesOf: (value: unknown) => string | undefined
}

const seen: Seen[] = []
const texts = new Map<string, string>()
const ours = (file: string): boolean => !file.startsWith(compiler) && !file.includes('/node_modules/')

/** What the bundle begins with: the task, and what is needed of the very copy of the compiler that the task uses. */
const entry = `
import * as module from ${JSON.stringify(task)}
import { traceAsWritten } from ${JSON.stringify(`${compiler}language/compile.ts`)}
import { isNode } from ${JSON.stringify(`${compiler}program/node.ts`)}
import { isLifted } from ${JSON.stringify(`${compiler}program/axes.ts`)}
export const sizesOf = value => isNode(value) && value.dtype !== 'key' ? Object.entries(value.axes).filter(([axis]) => !isLifted(axis)).map(([axis, size]) => axis + ' ' + size).join(', ') : undefined
const isTask = value => typeof value === 'object' && value !== null && typeof value.configs === 'object'
const isDefinition = value => typeof value === 'object' && value !== null && 'state' in value && 'batch' in value && typeof value.step === 'function'
export const definitions = Object.entries(module).flatMap(([name, value]) => isTask(value)
  ? Object.entries(value.configs).map(([config, make]) => ({ name: config, trace: () => traceAsWritten(make().definition) }))
  : isDefinition(value) ? [{ name, trace: () => traceAsWritten(value) }] : [])
`

const bundle = async (file: string): Promise<readonly string[]> => {
  const { metafile } = await build({
    stdin: { contents: entry, resolveDir: root, loader: 'ts' }, absWorkingDir: root, bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external', metafile: true, outfile: file, logLevel: 'silent',
    plugins: [{
      name: 'axle sizes',
      setup: ({ onLoad }) => onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (!ours(path)) return undefined
        const text = readFileSync(path, 'utf8')
        texts.set(path, text)
        return { loader: 'ts', contents: instrumented(ts, path, text, (start, end) => seen.push({ file: path, span: `${start}:${end}`, sizes: new Map() }) - 1) }
      }),
    }],
  })
  return Object.keys(metafile.inputs).filter(name => name !== '<stdin>').map(name => resolve(root, name))
}

const record = (config: string, sizesOf: Loaded['sizesOf']) => (id: number, value: unknown): unknown => {
  const sizes = sizesOf(value)
  const place = seen[id]
  if (sizes === undefined || place === undefined) return value
  const before = place.sizes.get(config)
  if (before === undefined) place.sizes.set(config, new Set([sizes]))
  else if (before.size < 8) before.add(sizes)
  return value
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''

const write = (inputs: readonly string[], failures: Readonly<Record<string, string>>): void => {
  const files = new Map<string, Record<string, Record<string, readonly string[]>>>()
  for (const { file, span, sizes } of seen) {
    if (sizes.size === 0) continue
    const spans = files.get(file) ?? {}
    spans[span] = Object.fromEntries([...sizes].map(([config, all]) => [config, [...all]]))
    files.set(file, spans)
  }
  const index: SizesIndex = {
    version: 1, failures,
    inputs: inputs.map(file => ({ file, mtime: statSync(file).mtimeMs, size: statSync(file).size })),
    files: Object.fromEntries([...files].map(([file, spans]): [string, SeenFile] => [file, { text: texts.get(file) ?? '', spans }])),
  }
  writeFileSync(`${out}.${process.pid}`, JSON.stringify(index))
  renameSync(`${out}.${process.pid}`, out)
}

const isLoaded = (value: object): value is Loaded => 'definitions' in value && 'sizesOf' in value

const main = async (): Promise<void> => {
  mkdirSync(dirname(out), { recursive: true })
  const file = join(dirname(out), `traced-${process.pid}.mjs`)
  try {
    const inputs = await bundle(file)
    Object.assign(globalThis, { [recorder]: (_id: number, value: unknown) => value })
    const loaded: object = await import(pathToFileURL(file).href)
    if (!isLoaded(loaded)) throw new Error('internal: the bundle has other exports')
    const failures: Record<string, string> = {}
    for (const { name, trace } of loaded.definitions) {
      Object.assign(globalThis, { [recorder]: record(name, loaded.sizesOf) })
      try {
        trace()
      } catch (error) {
        failures[name] = messageOf(error)
      }
      write(inputs, failures)
    }
  } catch (error) {
    // A module that cannot be loaded: the files so far say when to try again.
    if (!existsSync(out)) write([...texts.keys()], { [task]: messageOf(error) })
    throw error
  } finally {
    rmSync(file, { force: true })
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${relative(root, task)}: ${messageOf(error)}\n`)
  process.exitCode = 1
})
