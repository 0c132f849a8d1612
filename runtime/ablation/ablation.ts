import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { writeTextAtomically } from '../checkpoints/atomic.ts'
import { loadPairs } from '../data/dataset.ts'
import { bothWays } from '../evaluation/report.ts'
import { evaluateRetrieval } from '../evaluation/retrieval.ts'
import { builtEmoji } from '../training/built-sets.ts'
import { openTokenizer } from '../training/data.ts'
import { openedRun, trainedModel } from '../training/evaluate.ts'
import { formatDuration } from '../training/format.ts'
import { readMetrics, withoutRepeated, type MetricsLine } from '../training/metrics.ts'
import { writeLossPlot } from '../training/plot.ts'
import type { Output } from '../training/progress.ts'
import { need, Refusal } from '../training/refusal.ts'
import { newestRun, type RunFolder } from '../training/run-folder.ts'
import { exitCode, trainRun } from '../training/train.ts'
import { cellFile, nameOf, readCell, type Cell, type Marks, type Setting } from './cell.ts'
import { writeData, type AblationData } from './data.ts'
import { writeAblationPlot } from './plot.ts'
import { noises, pretrainings } from './rows.ts'
import { ablationTable } from './table.ts'

export interface AblationOptions {
  /** The model file with the configurations of all rows. */
  readonly file: string
  readonly seeds: number
  /** No cell is begun that would not be finished within so many minutes. */
  readonly minutes: number
  /** Concepts of the set, and steps of pre-training and of fine-tuning. */
  readonly concepts: number
  readonly steps: number
  readonly tuningSteps: number
  readonly out: string
}

/** Side of the emoji set's pictures, which are made smaller for the model. */
const PICTURES = 64

const output: Output = process.stderr
const say = (line: string): void => void output.write(`${line}\n`)

/** The folder says all that cells depend on, so that cells of different settings never meet. */
export const folderOf = ({ out, concepts, steps, tuningSteps }: Pick<AblationOptions, 'out' | 'concepts' | 'steps' | 'tuningSteps'>): string => join(out, `${concepts}-concepts-${steps}-and-${tuningSteps}-steps`)

/** A training from its beginning, in a folder of its own; its run, or the exit code where it did not end. */
const trained = async (file: string, out: string, run: { readonly config: string; readonly steps: number; readonly seed: number; readonly data: string; readonly from: string | undefined }): Promise<E.Either<number, RunFolder>> => {
  await rm(out, { recursive: true, force: true })
  const code = await trainRun({ file, ...run, minutes: undefined, out, resume: undefined, set: [], devices: undefined, evaluate: false })
  return code === exitCode.done ? E.right(need(await newestRun(out)())) : E.left(code)
}

/** Retrieval of a run's model on the test pictures: `all` ranks the whole gallery by the matching head, otherwise only the best by similarity. */
const marksOf = async ({ path }: RunFolder, { test }: AblationData, all: boolean): Promise<Marks> => {
  const opened = await openedRun(path)
  const { job } = opened
  if (job.retrieval === undefined) throw new Refusal(`'${job.name}' has no programs for retrieval`)
  const tokenizer = need(await openTokenizer())
  const pairs = need(await loadPairs(test, { size: job.data.picture, tokenizer, maxTokens: job.data.tokens })())
  const session = await trainedModel(opened)
  const { reranked } = evaluateRetrieval({ session, programs: { ...job.retrieval, candidates: all ? pairs.pictures : job.retrieval.candidates }, pairs, tokenizer, tokens: job.data.tokens })
  session.close()
  return bothWays(reranked.recalls)
}

const lastLosses = (lines: readonly MetricsLine[]): Readonly<Record<string, number>> => {
  const last = lines.slice(-Math.max(1, Math.round(lines.length / 10)))
  const names = Object.keys(last[0] ?? {}).filter(name => /^loss|Accuracy$/.test(name))
  return Object.fromEntries(names.map(name => [name, last.reduce((sum, line) => sum + Number(line[name]), 0) / last.length]))
}

/** Trains and measures one cell; its checkpoints are removed, its cell and its curves stay. */
const madeCell = async (options: AblationOptions, setting: Setting, data: AblationData): Promise<E.Either<number, Cell>> => {
  const { file, steps, tuningSteps } = options
  const [folder, start] = [folderOf(options), performance.now()]
  const runs = join(folder, 'runs', nameOf(setting))
  const { seed, pretraining } = setting
  say(`${nameOf(setting)}: pre-training`)
  const before = await trained(file, join(runs, 'pretraining'), { config: pretraining, steps, seed, data: data.train, from: undefined })
  if (E.isLeft(before)) return before
  const lines = withoutRepeated(need(readMetrics(before.right.metrics)))
  need(await writeLossPlot(lines, join(folder, `${nameOf(setting)}.png`), { title: nameOf(setting) })())
  const first = await marksOf(before.right, data, true)
  const after: Record<string, Marks> = {}
  for (const tuning of pretrainings.find(({ name }) => name === pretraining)?.tunings ?? []) {
    say(`${nameOf(setting)}: ${tuning}`)
    const run = await trained(file, join(runs, tuning), { config: tuning, steps: tuningSteps, seed, data: data.train, from: before.right.path })
    if (E.isLeft(run)) return run
    after[tuning] = await marksOf(run.right, data, false)
  }
  const cell: Cell = { ...setting, seconds: (performance.now() - start) / 1000, losses: { ...lastLosses(lines) }, before: first, after }
  need(await writeTextAtomically(cellFile(folder, setting), `${JSON.stringify(cell, undefined, 2)}\n`)())
  await rm(runs, { recursive: true, force: true })
  return E.right(cell)
}

/** Table and plot of the cells that there are. */
const write = async (options: AblationOptions, cells: readonly Cell[]): Promise<void> => {
  const folder = folderOf(options)
  need(await writeTextAtomically(join(folder, 'table.md'), `${ablationTable(cells)}\n`)())
  need(await writeAblationPlot(cells, join(folder, 'ablation.png'))())
}

/** Refuses what cannot be a setting. */
const checked = ({ seeds, minutes, concepts, steps, tuningSteps }: AblationOptions): void => {
  if (!(minutes > 0)) throw new Refusal(`--minutes ${minutes}: wanted a number above zero`)
  for (const [name, value, least] of [['seeds', seeds, 1], ['concepts', concepts, 65], ['steps', steps, 10], ['tuning-steps', tuningSteps, 10]] as const)
    if (!Number.isInteger(value) || value < least) throw new Refusal(`--${name} ${value}: wanted a whole number from ${least} on`)
}

/** Makes all cells that are not there yet, seed by seed, as far as the time goes, and writes the table after each. Returns the exit code; throws a Refusal for bad input. */
export const runAblation = async (options: AblationOptions): Promise<number> => {
  checked(options)
  const [folder, start] = [folderOf(options), performance.now()]
  await mkdir(folder, { recursive: true })
  const emoji = need(await builtEmoji(PICTURES, output)())
  const cells: Cell[] = []
  const settings = Array.from({ length: options.seeds }, (_, i) => i + 1).flatMap(seed => noises.flatMap(noise => pretrainings.map(({ name }): Setting => ({ pretraining: name, noise, seed }))))
  for (const setting of settings) cells.push(...[need(readCell(folder, setting))].filter(cell => cell !== undefined))
  const missing = settings.filter(setting => !cells.some(cell => nameOf(cell) === nameOf(setting)))
  let longest = 0
  for (const setting of missing) {
    const spent = (performance.now() - start) / 1000
    if (spent + longest > 60 * options.minutes) {
      say(`${missing.length - missing.indexOf(setting)} of ${settings.length} cells are left: the next would not be finished within ${options.minutes} minutes; the same command goes on`)
      break
    }
    const data = need(await writeData(folder, emoji, options.concepts, setting.noise)())
    const made = await madeCell(options, setting, data)
    if (E.isLeft(made)) return made.left
    cells.push(made.right)
    longest = Math.max(longest, made.right.seconds)
    say(`${nameOf(setting)}: ${formatDuration(made.right.seconds)}; ${cells.length} of ${settings.length} cells`)
    await write(options, cells)
  }
  await write(options, cells)
  process.stdout.write(`${ablationTable(cells)}\n`)
  say(`table and plot: ${(await readdir(folder)).filter(name => /^(table\.md|ablation\.png)$/.test(name)).map(name => join(folder, name)).join(', ')}`)
  return exitCode.done
}
