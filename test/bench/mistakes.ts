// `npm run bench -- mistakes [--torch PYTHON] [--jax PYTHON] [--write]`: the same slips in PyTorch, JAX and Axle, as a table: what each system says, and
// when. A system whose Python is not named, or lacks the packages, is left out. `--write` puts the table into docs/compared.md.
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import * as E from 'fp-ts/Either'
import { openChecker } from '../mutants/run.ts'
import { saidTo, slips, type Said } from './peers/mistakes.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The document whose table this is. */
export const compared = here('../../docs/compared.md')

export interface Column {
  readonly system: string
  readonly said: readonly Said[]
}

/** The lines of JSON that a peer prints: the system's name and version, then one a slip. */
const columnFrom = (lines: readonly string[]): Column => {
  const [first, ...rest] = lines.map((line): unknown => JSON.parse(line))
  const text = (from: unknown, key: string): string | undefined => {
    const value: unknown = typeof from === 'object' && from !== null ? Reflect.get(from, key) : undefined
    return typeof value === 'string' ? value : undefined
  }
  const said = rest.map((each): Said => {
    const [result, switched, when] = [text(each, 'result'), text(each, 'with'), text(each, 'when')]
    return {
      slip: text(each, 'slip') ?? '', says: text(each, 'says') ?? '', when: when === 'first call' || when === 'when it runs' ? when : 'never',
      ...(result === undefined ? {} : { result }), ...(switched === undefined ? {} : { with: switched }),
    }
  })
  return { system: text(first, 'system') ?? '', said }
}

const runPeer = (python: string, script: string): Promise<E.Either<string, Column>> => new Promise(resolve => {
  execFile(python, [here(`peers/${script}`)], { env: { ...process.env, JAX_PLATFORMS: 'cpu', CUDA_VISIBLE_DEVICES: '' } }, (error, out, err) => {
    resolve(error === null ? E.right(columnFrom(out.split('\n').filter(line => line.startsWith('{')))) : E.left(`${script}: ${err.trim().split('\n').at(-1) ?? error.message}`))
  })
})

const ownColumn = async (): Promise<Column> => {
  const checker = await openChecker(1, ['tiny'])
  try {
    const said: Said[] = []
    for (const slip of slips) said.push(await saidTo(checker, slip))
    return { system: 'Axle', said }
  } finally {
    checker.close()
  }
}

const quoted = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``
const when: Readonly<Record<Said['when'], string>> = { types: '**types**', sizes: '**sizes**', lints: '**lints**', 'first call': 'first call', 'when it runs': 'when the line runs', never: '' }

/** A cell of the table. */
export const cellOf = (said: Said | undefined): string => {
  if (said === undefined) return '–'
  if (said.when !== 'never') return `${when[said.when]}: ${quoted(said.says)}`
  const split = said.with?.indexOf(': ') ?? -1
  const switched = said.with === undefined ? '' : `; with ${quoted(said.with.slice(0, split))}: ${quoted(said.with.slice(split + 2))}`
  return `${said.says === '' ? 'nothing' : `only a warning, ${quoted(said.says)}`}${said.result === undefined ? '' : ` (${said.result})`}${switched}`
}

/** One row a slip, one column a system. */
export const tableOf = (columns: readonly Column[]): string => [
  `| | ${columns.map(({ system }) => system).join(' | ')} |`,
  `|---|${columns.map(() => '---|').join('')}`,
  ...slips.map(({ name }) => `| ${name} | ${columns.map(({ said }) => cellOf(said.find(({ slip }) => slip === name))).join(' | ')} |`),
].join('\n')

interface Options {
  readonly torch?: string | undefined
  readonly jax?: string | undefined
  readonly write?: boolean | undefined
}

const text = { type: 'string' } as const
const optionsOf = (args: readonly string[]): E.Either<string, Options> =>
  E.tryCatch(() => parseArgs({ args: [...args], options: { torch: text, jax: text, write: { type: 'boolean' } } }).values, error => (error instanceof Error ? error.message : String(error)))

/** Runs all systems and gives the table. Left: one sentence. */
export const benchMistakes = async (args: readonly string[], say: (text: string) => void): Promise<E.Either<string, string>> => {
  const options = optionsOf(args)
  if (E.isLeft(options)) return options
  const { torch, jax, write = false } = options.right
  if (write && (torch === undefined || jax === undefined)) return E.left('--write wants both --torch and --jax')
  const peers: Column[] = []
  for (const [name, python] of [['torch', torch], ['jax', jax]] as const) {
    say(`${name} ${python === undefined ? `is left out: no --${name} PYTHON` : `with ${python}`}`)
    const column = python === undefined ? undefined : await runPeer(python, `mistakes_${name}.py`)
    if (column !== undefined && E.isLeft(column)) return column
    if (column !== undefined) peers.push(column.right)
  }
  say(`axle, on ${slips.length} slips`)
  const table = tableOf([...peers, await ownColumn()])
  if (write) writeFileSync(compared, readFileSync(compared, 'utf8').replace(/^\| \| [^]*?\|(?=\n\n|\n$)/m, () => table))
  return E.right(table)
}
