// The folder of one run: config.json, metrics.jsonl, checkpoints `step-000123.safetensors`, and the pointer files `latest` and
// `good`, each of which holds the name of a checkpoint. Nothing here overwrites or removes what it did not write itself.
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pipe } from 'fp-ts/function'
import * as E from 'fp-ts/Either'
import * as TE from 'fp-ts/TaskEither'
import { writeTextAtomically } from '../checkpoints/atomic.ts'
import { readHeader, writeLazyTensors, type LazyTensor } from '../checkpoints/safetensors.ts'
import { describeError } from '../data/errors.ts'

/** A run's folder and the files in it. `name` is the folder's own name. */
export type RunFolder = { readonly path: string, readonly name: string, readonly config: string, readonly metrics: string }

const runAt = (path: string): RunFolder =>
  ({ path, name: basename(resolve(path)), config: join(path, 'config.json'), metrics: join(path, 'metrics.jsonl') })

const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** The name of a run: its configuration and local time, such as "emoji-2026-01-31-18-05-09"; from the second of that name on "-2" and so on. */
export const runName = (config: string, at: Date, counter = 1): string => {
  const time = [at.getMonth() + 1, at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join('-')
  const safe = config.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+|-+$/g, '') || 'run'
  return `${safe}-${at.getFullYear()}-${time}${counter > 1 ? `-${counter}` : ''}`
}

const isTaken = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EEXIST'

// mkdir of an existing folder fails, so two runs that start at once cannot get the same one.
const makeFolder = async (root: string, config: string, at: Date, counter = 1): Promise<string> => {
  const path = join(root, runName(config, at, counter))
  try {
    await mkdir(path)
    return path
  } catch (error) {
    if (!isTaken(error)) throw error
    return makeFolder(root, config, at, counter + 1)
  }
}

/** Makes a new folder under `root` for a run of the configuration called `configName` and writes `config` into it as JSON. */
export const createRun = (root: string, configName: string, config: unknown, at: Date): TE.TaskEither<string, RunFolder> => pipe(
  TE.tryCatch(async () => {
    await mkdir(root, { recursive: true })
    return runAt(await makeFolder(root, configName, at))
  }, error => `${root}: no folder for a run can be made: ${describeError(error)}`),
  TE.chainFirst(run => writeTextAtomically(run.config, `${JSON.stringify(config, undefined, 2)}\n`)),
)

/** The folder of an existing run, or why it is none. */
export const openRun = (path: string): TE.TaskEither<string, RunFolder> => pipe(
  TE.tryCatch(() => stat(join(path, 'config.json')), () => `${path}: not the folder of a run: it has no config.json`),
  TE.map(() => runAt(path)),
)

const CHECKPOINT = /^step-(\d{6,})\.safetensors$/
const UNFINISHED = /^step-\d{6,}\.safetensors\.tmp$/

/** The file name of the checkpoint after `step` steps: "step-000123.safetensors". */
export const checkpointName = (step: number): string => `step-${String(step).padStart(6, '0')}.safetensors`

const stepOf = (name: string): number => Number(CHECKPOINT.exec(name)?.[1] ?? NaN)

/**
 * Which files may go once `latest` is complete: checkpoints of steps before it, except the newest `keep - 1` of them and `good`.
 * Checkpoints of later steps stay: they belong to an attempt that was not resumed.
 */
export const superseded = (names: readonly string[], latest: string, good: string | undefined, keep: number): readonly string[] => {
  const before = names.filter(name => stepOf(name) < stepOf(latest)).sort((a, b) => stepOf(b) - stepOf(a))
  return before.slice(Math.max(0, keep - 1)).filter(name => name !== good)
}

const readPointer = async (run: string, pointer: 'latest' | 'good'): Promise<string | undefined> => {
  const text = await readFile(join(run, pointer), 'utf8').catch(() => undefined)
  const name = text?.trim()
  return name !== undefined && CHECKPOINT.test(name) ? name : undefined
}

// A file is ours if its own metadata says so: a user may have put another run's checkpoint here.
const removeIfOurs = async (run: RunFolder, name: string): Promise<void> => {
  const path = join(run.path, name)
  const header = await readHeader(path)()
  if (E.isRight(header) && header.right.metadata['run'] === run.name) await rm(path)
}

const prune = (run: RunFolder, latest: string, keep: number): TE.TaskEither<string, void> => TE.tryCatch(async () => {
  const names = await readdir(run.path)
  for (const name of superseded(names, latest, await readPointer(run.path, 'good'), keep)) await removeIfOurs(run, name)
  for (const name of names.filter(found => UNFINISHED.test(found))) await rm(join(run.path, name))
}, error => `${run.path}: old checkpoints cannot be removed: ${describeError(error)}`)

/** What a checkpoint holds. `good` says whether the losses were finite; the last good checkpoint is always kept. */
export type Checkpoint = {
  readonly step: number
  readonly good: boolean
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: ReadonlyMap<string, LazyTensor>
}

/**
 * Writes a checkpoint, lets `latest` (and `good`) point at it, then removes this run's superseded checkpoints so that the last
 * `keep` and the last good one remain. Metadata gains `run`, `step` and `good`. A crash at any point leaves `latest` at a
 * complete file. The result is the checkpoint's path.
 */
export const saveCheckpoint = (run: RunFolder, checkpoint: Checkpoint, keep = 2): TE.TaskEither<string, string> => {
  const name = checkpointName(checkpoint.step)
  const path = join(run.path, name)
  const metadata = { ...checkpoint.metadata, run: run.name, step: String(checkpoint.step), good: String(checkpoint.good) }
  return pipe(
    writeLazyTensors(path, metadata, checkpoint.tensors),
    TE.chain(() => checkpoint.good ? writeTextAtomically(join(run.path, 'good'), `${name}\n`) : TE.right(undefined)),
    TE.chain(() => writeTextAtomically(join(run.path, 'latest'), `${name}\n`)),
    TE.chain(() => prune(run, name, keep)),
    TE.map(() => path),
  )
}

const pointed = (run: string, pointer: 'latest' | 'good'): TE.TaskEither<string, string> => pipe(
  TE.fromTask<string | undefined, string>(() => readPointer(run, pointer)),
  TE.chain(name => name === undefined
    ? TE.left(`${run}: has no ${pointer === 'good' ? 'checkpoint with finite losses' : 'checkpoint'} yet`)
    : TE.right(join(run, name))),
)

/** The checkpoint that `path` means: the file itself, or for the folder of a run the one its pointer `latest` (or `good`) names. */
export const findCheckpoint = (path: string, pointer: 'latest' | 'good' = 'latest'): TE.TaskEither<string, string> => pipe(
  TE.tryCatch(() => stat(path), () => `${path}: there is no such checkpoint or run`),
  TE.chain(found => found.isDirectory() ? pointed(path, pointer) : TE.right(path)),
)

/** The newest run under `root` that has a checkpoint, for resuming "the last one". */
export const newestRun = (root: string): TE.TaskEither<string, RunFolder> => pipe(
  TE.tryCatch(async () => {
    const ages: { readonly path: string, readonly saved: number }[] = []
    for (const name of await readdir(root)) {
      const pointer = await stat(join(root, name, 'latest')).catch(() => undefined)
      if (pointer !== undefined) ages.push({ path: join(root, name), saved: pointer.mtimeMs })
    }
    return ages.sort((a, b) => b.saved - a.saved)[0]?.path
  }, error => `${root}: cannot be read: ${describeError(error)}`),
  TE.chain(path => path === undefined ? TE.left(`${root}: no run has a checkpoint yet`) : openRun(path)),
)
