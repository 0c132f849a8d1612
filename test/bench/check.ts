// `npm run bench -- check`: seconds of a cold check of all of models/ in all configurations, and of a check again after one edit. It works on a
// copy of the sources, so that the edit is nobody else's.
import { spawn } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface CheckBench {
  readonly bench: 'check'
  readonly cores: number
  readonly files: number
  readonly programs: number
  readonly findings: number
  /** Seconds from starting the command to its end; `types` and `traces` run side by side, each from the start of the check. */
  readonly cold: { readonly command: number; readonly types: number; readonly traces: number }
  /** Seconds from an edit to the end of the check, in `--watch`: each time, and their median. */
  readonly again: readonly Again[]
}

interface Again {
  readonly file: string
  readonly edit: string
  readonly each: readonly number[]
  readonly median: number
}

interface Edit {
  readonly file: string
  readonly edit: string
  readonly line: (i: number) => string
}

/** Of a file that nearly all programs import, and of one that few do. A statement that runs concerns whoever imports its file: everything is traced again. */
const edits: readonly Edit[] = [
  { file: 'models/albef/text.ts', edit: 'a comment', line: i => `// edit ${i}` },
  { file: 'models/albef/text.ts', edit: 'a name that no other file says', line: i => `export const edit${i} = ${i}` },
  { file: 'models/albef/vqa.ts', edit: 'a statement', line: i => `void ${i}` },
  { file: 'models/albef/text.ts', edit: 'a statement', line: i => `void ${i}` },
]
const times = 5

const copied = ['compiler', 'runtime', 'models', 'examples', 'docs', 'package.json', 'tsconfig.json']

/** A command in the copy; `until` is called with everything printed so far, and ends it with a value. */
const command = <R>(folder: string, args: readonly string[], until: (text: string, ended: boolean) => R | undefined): Promise<R> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), join(folder, 'runtime', 'cli', 'main.ts'), 'check', ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NO_COLOR: '1' } })
    let text = ''
    const look = (ended: boolean): void => {
      const found = until(text, ended)
      if (found === undefined && ended) reject(new Error(`axle check ${args.join(' ')} ended early`))
      if (found === undefined) return
      child.kill('SIGINT')
      resolve(found)
    }
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      look(false)
    })
    child.on('error', reject)
    child.on('close', () => look(true))
  })

const since = (start: number): number => Math.round(performance.now() - start) / 1000

const cold = async (folder: string) => {
  const start = performance.now()
  const document = await command(folder, ['models', '--json'], (text, ended): unknown => (ended && text !== '' ? JSON.parse(text) : undefined))
  const seconds = since(start)
  if (typeof document !== 'object' || document === null || !('files' in document) || !('programs' in document) || !('findings' in document) || !('seconds' in document)) throw new Error('the check printed no document')
  const { files, programs, findings, seconds: inside } = document
  const count = (x: unknown): number => (Array.isArray(x) ? x.length : 0)
  const part = (name: string): number => (typeof inside === 'object' && inside !== null ? Math.round(1000 * Number(Reflect.get(inside, name))) / 1000 : Number.NaN)
  return { files: count(files), programs: count(programs), findings: count(findings), cold: { command: seconds, types: part('types'), traces: part('traces') } }
}

const medianOf = (each: readonly number[]): number => [...each].sort((a, b) => a - b)[each.length >> 1] ?? Number.NaN

/** All edits of one kind, then those of the next, in one watching process; the first of all is not counted: TypeScript is not warm before. */
const again = async (folder: string): Promise<readonly Again[]> => {
  const found: number[] = []
  const all = [...edits.slice(0, 1), ...edits.flatMap(edit => Array.from({ length: times }, () => edit))]
  let [start, seen] = [0, 0]
  await command(folder, ['models', '--watch'], text => {
    const checks = text.includes('watching for changes') ? text.split(/checked in [\d.]+ s[^\n]*\n/).length - 1 : 0
    if (checks === seen) return undefined
    seen = checks
    if (checks > 1) found.push(since(start))
    const next = all[found.length]
    if (next === undefined) return found
    start = performance.now()
    appendFileSync(join(folder, next.file), `${next.line(checks)}\n`)
    return undefined
  })
  return edits.map(({ file, edit }, i) => {
    const each = found.slice(1 + i * times, 1 + (i + 1) * times)
    return { file, edit, each, median: medianOf(each) }
  })
}

/** Both measurements, each in processes of its own. */
export const benchCheck = async (say: (text: string) => void): Promise<E.Either<string, CheckBench>> => {
  const folder = mkdtempSync(join(tmpdir(), 'axle-bench-'))
  try {
    for (const name of copied) if (existsSync(join(root, name))) cpSync(join(root, name), join(folder, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    say('a cold check of models/')
    const first = await cold(folder)
    say(`${first.cold.command} s; checks again after edits`)
    return E.right({ bench: 'check', cores: availableParallelism(), ...first, again: await again(folder) })
  } catch (error) {
    return E.left(error instanceof Error ? error.message : String(error))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
