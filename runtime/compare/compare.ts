import { join } from 'node:path'
import { mkdir } from 'node:fs/promises'
import * as E from 'fp-ts/Either'
import type { Job } from '../../compiler/language/index.ts'
import { writeTextAtomically } from '../checkpoints/atomic.ts'
import { openedRun } from '../training/evaluate.ts'
import type { Output } from '../training/progress.ts'
import { need, Refusal } from '../training/refusal.ts'
import { findCheckpoint, newestRun } from '../training/run-folder.ts'
import { readTensors } from '../checkpoints/safetensors.ts'
import { exitCode, trainRun } from '../training/train.ts'
import { cellFile, readCell, type Cell } from './cell.ts'
import { loadJob } from '../tasks.ts'
import { measure, type Contender } from './measure.ts'
import { planOf, type Planned } from './plan.ts'
import { comparisonTable } from './table.ts'

export interface CompareOptions {
  readonly contenders: readonly Contender[]
  readonly config: string
  readonly minutes: number
  readonly seed: number
  /** Concepts of each gallery. */
  readonly gallery: number
  /** How far it goes; what is finished is kept, so that timing and measuring can wait for a quiet machine. */
  readonly until: 'plan' | 'train' | 'table'
  readonly out: string
}

const output: Output = process.stderr

/** A comparison's folder says all that its cells depend on, so that cells of different settings never meet. */
export const folderOf = ({ out, config, minutes, seed, gallery }: Omit<CompareOptions, 'contenders' | 'until'>): string => join(out, `${config}-${minutes}-minutes-seed-${seed}-gallery-${gallery}`)

/** Trains a model, or goes on with its unfinished run, and returns the run's folder; or the exit code of a training that did not end. */
const trained = async (options: CompareOptions, { name, file }: Contender, steps: number): Promise<E.Either<number, string>> => {
  const runs = join(folderOf(options), name)
  const unsaid = { minutes: undefined, data: undefined, from: undefined, set: [], devices: undefined, evaluate: false, file, out: runs }
  const before = await newestRun(runs)()
  const first = { config: options.config, steps, seed: options.seed, resume: undefined }
  if (E.isLeft(before)) {
    const code = await trainRun({ ...unsaid, ...first })
    return code === exitCode.done ? E.map(({ path }: { readonly path: string }) => path)(E.mapLeft(() => exitCode.brokeOff)(await newestRun(runs)())) : E.left(code)
  }
  const { path } = before.right
  const { config } = await openedRun(path)
  const { metadata } = need(await readTensors(need(await findCheckpoint(path)()))())
  if (Number(metadata['step']) >= config.steps) return E.right(path)
  const code = await trainRun({ ...unsaid, config: undefined, steps: undefined, seed: undefined, resume: path })
  return code === exitCode.done ? E.right(path) : E.left(code)
}

/** One cell: kept from before, or trained and measured now; none where it is only to be trained. */
const cellOf = async (options: CompareOptions, contender: Contender, planned: Planned): Promise<E.Either<number, Cell | undefined>> => {
  const folder = folderOf(options)
  const kept = need(readCell(folder, contender.name))
  if (kept !== undefined) return E.right(kept)
  output.write(`${contender.name}: ${contender.file}\n`)
  const run = await trained(options, contender, planned.steps)
  if (E.isLeft(run)) return run
  if (options.until === 'train') return E.right(undefined)
  const cell = await measure(contender, await openedRun(run.right), planned, options.gallery, output)
  need(await writeTextAtomically(cellFile(folder, contender.name), `${JSON.stringify(cell, undefined, 2)}\n`)())
  return E.right(cell)
}

/** The plan of all models, those of finished cells included. */
const planned = async (options: CompareOptions): Promise<readonly Planned[]> => {
  const jobs: (readonly [string, Job])[] = []
  for (const { name, file } of options.contenders) jobs.push([name, need(await loadJob(file, options.config)())])
  await mkdir(folderOf(options), { recursive: true })
  const plan = need(await planOf(folderOf(options), jobs, options.minutes)())
  for (const { model, secondsOfStep, steps } of plan) output.write(`${model}: ${Math.round(1000 * secondsOfStep)} ms a step, ${steps} steps for --minutes ${options.minutes}\n`)
  return plan
}

/** Trains and measures every model that is not finished yet, prints the table and writes it beside the cells. Returns the exit code; throws a Refusal for bad input. */
export const compareModels = async (options: CompareOptions): Promise<number> => {
  if (!(options.minutes > 0 && Number.isFinite(options.minutes))) throw new Refusal(`--minutes ${options.minutes}: wanted a number above zero`)
  if (!(Number.isInteger(options.gallery) && options.gallery >= 10)) throw new Refusal(`--gallery ${options.gallery}: wanted a whole number from 10 on`)
  const plan = await planned(options)
  if (options.until === 'plan') return exitCode.done
  const cells: Cell[] = []
  for (const contender of options.contenders) {
    const own = plan.find(({ model }) => model === contender.name)
    if (own === undefined) throw new Error(`${contender.name} is not planned`)
    const cell = await cellOf(options, contender, own)
    if (E.isLeft(cell)) return cell.left
    if (cell.right !== undefined) cells.push(cell.right)
  }
  if (options.until === 'train') return exitCode.done
  const [table, file] = [comparisonTable(cells), join(folderOf(options), 'table.txt')]
  need(await writeTextAtomically(file, `${table}\n`)())
  process.stdout.write(`${table}\n`)
  output.write(`table: ${file}\n`)
  return exitCode.done
}
