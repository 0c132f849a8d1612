import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'
import util from 'node:util'
import { loadKoffi } from './koffi.ts'

/** What ends the process. Errors come back to the caller, and oneDNN logs a mere detour as one. Whoever sets the variable to 0 sees everything. */
const LOG_LEVEL = '3'
const STANDARD_ERROR = 2
const M_TRIM_THRESHOLD = -1
const M_MMAP_THRESHOLD = -3

/** The three functions of glibc that are used; all return -1 (mallopt: 0) on failure. */
interface Libc {
  readonly mallopt: (option: number, value: number) => number
  readonly dup: (descriptor: number) => number
  readonly dup2: (from: number, to: number) => number
}

/** Undefined on other systems, with another C library, or without koffi: nothing here is needed for right results. */
const loadLibc = async (): Promise<Libc | undefined> => {
  if (process.platform !== 'linux') return undefined
  try {
    const libc = (await loadKoffi()).load('libc.so.6')
    return {
      mallopt: libc.func('int mallopt(int option, int value)'),
      dup: libc.func('int dup(int descriptor)'),
      dup2: libc.func('int dup2(int from, int to)'),
    }
  } catch {
    return undefined
  }
}

/** The TensorFlow package calls functions of `util` that Node 23 removed. */
const restoreUtil = (): void => {
  const removed = { isNullOrUndefined: (value: unknown) => value === null || value === undefined, isArray: Array.isArray }
  for (const [name, value] of Object.entries(removed)) {
    if (!(name in util)) Object.defineProperty(util, name, { value, configurable: true })
  }
}

/** Lets glibc keep big freed buffers instead of returning them to the kernel after every step. */
const keepFreedMemory = ({ mallopt }: Libc): void => {
  mallopt(M_MMAP_THRESHOLD, 2 ** 30)
  mallopt(M_TRIM_THRESHOLD, 2 ** 31 - 1)
}

/** TensorFlow's libraries greet on standard error while they are loaded, before they look at any log level. */
const withoutGreeting = async <A>({ dup, dup2 }: Libc, load: () => Promise<A>): Promise<A> => {
  const saved = dup(STANDARD_ERROR)
  if (saved < 0) return load()
  const nowhere = openSync(devNull, 'w')
  try {
    dup2(nowhere, STANDARD_ERROR)
    return await load()
  } finally {
    dup2(saved, STANDARD_ERROR)
    closeSync(saved)
    closeSync(nowhere)
  }
}

/** Loads TensorFlow by `load` in a process that is prepared for it: quiet, and with its memory settings. */
export const prepared = async <A>(load: () => Promise<A>): Promise<A> => {
  const wantsLog = process.env['TF_CPP_MIN_LOG_LEVEL'] !== undefined
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= LOG_LEVEL
  restoreUtil()
  const libc = await loadLibc()
  if (libc !== undefined) keepFreedMemory(libc)
  return libc === undefined || wantsLog ? load() : withoutGreeting(libc, load)
}
