import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { writeTextAtomically } from '../checkpoints/atomic.ts'
import type { Output } from '../training/progress.ts'
import { readMetrics, withoutRepeated } from '../training/metrics.ts'
import { need, Refusal } from '../training/refusal.ts'
import { newestRun } from '../training/run-folder.ts'
import { exitCode, trainRun } from '../training/train.ts'
import { cellFile, marksOf, readCell, type Cell } from './cell.ts'
import { suiteTable } from './table.ts'

/** A task: its model file, and what it starts from where that is another task of the same seed. */
export interface Entry {
  readonly name: string
  readonly file: string
  readonly after?: string
  /** What of the configuration is another then. */
  readonly set?: readonly string[]
}

export interface SuiteOptions {
  readonly entries: readonly Entry[]
  /** A run or checkpoint of pre-training. */
  readonly from: string
  readonly seeds: number
  readonly steps: number
  /** No training is begun that would not be finished within so many minutes. */
  readonly minutes: number
  readonly out: string
}

const output: Output = process.stderr
const say = (line: string): void => void output.write(`${line}\n`)

const folderOf = ({ out, steps }: SuiteOptions): string => join(out, `${steps}-steps`)
const runsOf = (options: SuiteOptions, task: string, seed: number): string => join(folderOf(options), 'runs', `${task}-seed-${seed}`)

/** What a task starts from: the run of the task before it, where that is among those asked for; else pre-training. */
const startOf = async (options: SuiteOptions, { after, set = [] }: Entry, seed: number): Promise<{ readonly from: string; readonly set: readonly string[] }> => {
  const run = after !== undefined && options.entries.some(({ name }) => name === after) ? await newestRun(runsOf(options, after, seed))() : undefined
  return run !== undefined && E.isRight(run) ? { from: run.right.path, set } : { from: options.from, set: [] }
}

const madeCell = async (options: SuiteOptions, entry: Entry, seed: number): Promise<E.Either<number, Cell>> => {
  const out = runsOf(options, entry.name, seed)
  await rm(out, { recursive: true, force: true })
  const start = await startOf(options, entry, seed)
  const code = await trainRun({ file: entry.file, config: 'emoji', minutes: undefined, steps: options.steps, seed, data: undefined, out, resume: undefined, devices: undefined, evaluate: true, ...start })
  if (code !== exitCode.done) return E.left(code)
  const run = need(await newestRun(out)())
  const cell: Cell = { task: entry.name, seed, steps: options.steps, run: run.path, parts: [...need(marksOf(run.path))] }
  need(await writeTextAtomically(cellFile(folderOf(options), entry.name, seed), `${JSON.stringify(cell, undefined, 2)}\n`)())
  return E.right(cell)
}

/** Seconds that the steps of a run took. */
const trainedSeconds = (run: string): number => withoutRepeated(need(readMetrics(join(run, 'metrics.jsonl')))).reduce((sum, { seconds }) => sum + (typeof seconds === 'number' ? seconds : 0), 0)

const checked = ({ seeds, steps, minutes, entries }: SuiteOptions): void => {
  if (entries.length === 0) throw new Refusal('--only: no task is asked for')
  if (!(minutes > 0)) throw new Refusal(`--minutes ${minutes}: wanted a number above zero`)
  for (const [name, value] of [['seeds', seeds], ['steps', steps]] as const) if (!Number.isInteger(value) || value < 1) throw new Refusal(`--${name} ${value}: wanted a whole number from 1 on`)
}

/** Trains and measures every task with every seed that is not finished yet, as far as the time goes, and writes the table after each. Returns the exit code; throws a Refusal for bad input. */
export const runSuite = async (options: SuiteOptions): Promise<number> => {
  checked(options)
  const [folder, start] = [folderOf(options), performance.now()]
  await mkdir(folder, { recursive: true })
  const wanted = Array.from({ length: options.seeds }, (_, i) => i + 1).flatMap(seed => options.entries.map(entry => ({ entry, seed })))
  const cells: Cell[] = wanted.flatMap(({ entry, seed }) => need(readCell(folder, entry.name, seed)) ?? [])
  const missing = wanted.filter(({ entry, seed }) => !cells.some(cell => cell.task === entry.name && cell.seed === seed))
  const inOrder = (): readonly Cell[] => options.entries.flatMap(({ name }) => cells.filter(({ task }) => task === name))
  const write = async (): Promise<void> => void need(await writeTextAtomically(join(folder, 'table.md'), `${suiteTable(inOrder())}\n`)())
  let longest = 0
  for (const [i, { entry, seed }] of missing.entries()) {
    const before = performance.now()
    if ((before - start) / 1000 + longest > 60 * options.minutes) {
      say(`${missing.length - i} of ${wanted.length} trainings are left: the next would not be finished within ${options.minutes} minutes; the same command goes on`)
      break
    }
    const made = await madeCell(options, entry, seed)
    if (E.isLeft(made)) return made.left
    cells.push(made.right)
    longest = Math.max(longest, (performance.now() - before) / 1000)
    say(`${entry.name}, seed ${seed}: ${Math.round(trainedSeconds(made.right.run))} s of steps; ${cells.length} of ${wanted.length} trainings`)
    await write()
  }
  await write()
  process.stdout.write(`${suiteTable(inOrder())}\n`)
  say(`table: ${join(folder, 'table.md')}; ${(await readdir(folder)).filter(name => name.endsWith('.json')).length} trainings are kept`)
  return exitCode.done
}
