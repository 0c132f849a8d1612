import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import manifest from '../../package.json' with { type: 'json' }
import { writeAtomically, writeBytes } from '../checkpoints/atomic.ts'
import { describeError } from '../data/errors.ts'

/** Why nothing was compiled: one sentence, and the exit code that it means (2: the input is at fault). */
export interface Refusal {
  readonly exitCode: 1 | 2
  readonly sentence: string
}

export const refusal = (exitCode: Refusal['exitCode']) => (sentence: string): Refusal => ({ exitCode, sentence })

/** Files by relative path. */
export type Files = Readonly<Record<string, Uint8Array | string>>

export const markerName = 'axle.json'

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, child]) => [key, sorted(child)]))
}

/** SHA-256 of a configuration as JSON, whatever the order of its keys. */
export const configHash = (config: unknown): string => createHash('sha256').update(JSON.stringify(sorted(config)) ?? 'undefined').digest('hex')

/** The file that says that a folder was written here, by which version and from which configuration. */
export const markerText = (title: string, config: unknown): string =>
  `${JSON.stringify({ axle: manifest.version, title, configHash: configHash(config) }, undefined, 2)}\n`

const hasCode = (error: unknown, ...codes: readonly string[]): boolean => error instanceof Error && 'code' in error && codes.some(code => code === error.code)

const isMarker = (text: string): boolean => {
  try {
    const marker: unknown = JSON.parse(text)
    return typeof marker === 'object' && marker !== null && 'axle' in marker && 'configHash' in marker
  } catch {
    return false
  }
}

const isOurs = async (folder: string): Promise<boolean> => {
  try {
    return isMarker(await readFile(join(folder, markerName), 'utf8'))
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EISDIR')) return false
    throw error
  }
}

const judge = async (folder: string): Promise<string | undefined> => {
  try {
    const entries = await readdir(folder)
    if (entries.length === 0 || (await isOurs(folder))) return undefined
    return `${folder}: holds files that \`axle compile\` did not write (there is no ${markerName} of its own); name another folder with --out`
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    return `${folder}: ${hasCode(error, 'ENOTDIR') ? 'is not a folder' : describeError(error)}; name another folder with --out`
  }
}

/** Right if the folder is missing, empty, or was written by this command; whatever else lies there is never touched. */
export const checkFolder = (folder: string): TE.TaskEither<Refusal, void> => async () => {
  const sentence = await judge(folder)
  return sentence === undefined ? { _tag: 'Right', right: undefined } : { _tag: 'Left', left: refusal(2)(sentence) }
}

const makeFolder = (folder: string): TE.TaskEither<string, void> =>
  TE.tryCatch(async () => void (await mkdir(folder, { recursive: true })), error => `${folder}: cannot be made: ${describeError(error)}`)

const writeFile = (folder: string) => ([path, content]: readonly [string, Uint8Array | string]): TE.TaskEither<string, void> => pipe(
  makeFolder(dirname(join(folder, path))),
  TE.chain(() => writeAtomically(join(folder, path), handle => writeBytes(handle, typeof content === 'string' ? Buffer.from(content) : content))),
)

/** Writes files in the order given, the marker first: from then on the folder is known as ours, even if the rest breaks off. */
export const writeFolder = (folder: string, marker: string, files: Files): TE.TaskEither<Refusal, void> => pipe(
  checkFolder(folder),
  TE.chain(() => pipe(
    [[markerName, marker] as const, ...Object.entries(files)],
    TE.traverseSeqArray(writeFile(folder)),
    TE.bimap(refusal(1), () => undefined),
  )),
)
