import { fork, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { seenAt, type SeenSizes, type SizesIndex } from './sizes.ts'

/** Sizes seen while tracing the tasks of a project, kept on the disk and traced anew, by processes of their own, when a file is saved. */
export interface SizesStore {
  /** What an expression had at the last trace of the first task that its file is part of; undefined where none came by. Starts a trace when a file has changed since. */
  readonly seen: (file: string, text: string, start: number, end: number) => SeenSizes | undefined
  /** Looks whether a file behind sizes that were shown has changed, and traces if so. */
  readonly refresh: () => void
  readonly close: () => void
}

const isIndex = (value: unknown): value is SizesIndex => typeof value === 'object' && value !== null && 'version' in value && value.version === 1 && 'files' in value && 'inputs' in value

const read = (file: string): SizesIndex | undefined => {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return isIndex(value) ? value : undefined
  } catch {
    return undefined
  }
}

const stampOf = (file: string): string => {
  try {
    const { mtimeMs, size } = statSync(file)
    return `${mtimeMs} ${size}`
  } catch {
    return 'gone'
  }
}

/** Milliseconds between two looks at the files behind the sizes. */
const pause = 300

interface Kept {
  readonly task: string
  readonly out: string
  index: SizesIndex | undefined
  /** The files of the last trace as they were when it began; empty before the first. */
  stamps: ReadonlyMap<string, string>
  indexStamp: string
}

/** `plugin` is the folder of the plugin's sources, `root` that of the project. */
export const sizesStore = (plugin: string, root: string, tasks: () => readonly string[], log: (line: string) => void): SizesStore => {
  const kept = new Map<string, Kept>()
  const tsx = pathToFileURL(createRequire(join(plugin, 'entry.cjs')).resolve('tsx')).href
  const waiting: Kept[] = []
  /** Tasks that somebody has asked for: only these are traced again. */
  const used = new Set<Kept>()
  let running: { readonly child: ChildProcess; readonly kept: Kept } | undefined
  let looked = 0
  let closed = false

  const current = (each: Kept): Kept => {
    const stamp = stampOf(each.out)
    if (stamp === each.indexStamp) return each
    each.indexStamp = stamp
    each.index = read(each.out) ?? each.index
    return each
  }

  const keep = (task: string): Kept => {
    const before = kept.get(task)
    if (before !== undefined) return current(before)
    const out = join(root, 'node_modules', '.cache', 'axle', `sizes-${createHash('sha256').update(task).digest('hex').slice(0, 12)}.json`)
    const index = read(out)
    const made: Kept = { task, out, index, indexStamp: stampOf(out), stamps: new Map(index?.inputs.map(({ file, mtime, size }) => [file, `${mtime} ${size}`])) }
    kept.set(task, made)
    return made
  }

  const changed = ({ stamps }: Kept): boolean => [...stamps].some(([file, stamp]) => stampOf(file) !== stamp)

  const next = (): void => {
    if (running !== undefined || closed) return
    const each = waiting.shift()
    if (each === undefined) return
    const files = each.index?.inputs.map(({ file }) => file) ?? []
    each.stamps = new Map([each.task, ...files].map(file => [file, stampOf(file)]))
    const child = fork(join(plugin, 'tracer.ts'), [each.task, root, each.out], { cwd: root, execArgv: ['--import', tsx], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    running = { child, kept: each }
    child.stderr?.on('data', (data: Buffer) => log(String(data).trim()))
    child.on('exit', () => {
      running = undefined
      const { index } = current(each)
      // Files that the trace met for the first time count as they were then.
      for (const { file, mtime, size } of index?.inputs ?? []) if (!each.stamps.has(file)) each.stamps = new Map([...each.stamps, [file, `${mtime} ${size}`]])
      next()
    })
  }

  const trace = (each: Kept): void => {
    if (!waiting.includes(each) && running?.kept !== each) waiting.push(each)
    next()
  }

  const refresh = (): void => {
    const now = Date.now()
    if (closed || now - looked < pause) return
    looked = now
    for (const each of used) if (changed(each)) trace(each)
  }

  /** The first task whose trace came by a file; tasks that were never traced are, one after the other, until there is one. */
  const coveringTask = (file: string): Kept | undefined => {
    const all = tasks()
    for (const each of [...all.filter(task => task === file), ...all.filter(task => task !== file)].map(keep)) {
      if (each.index?.inputs.some(input => input.file === file) === true) return each
      if (running?.kept !== each && each.stamps.size > 0 && !changed(each)) continue
      trace(each)
      return undefined
    }
    return undefined
  }

  return {
    refresh,
    seen: (file, text, start, end) => {
      const covering = coveringTask(file)
      if (covering === undefined) return undefined
      used.add(covering)
      refresh()
      const seen = covering.index?.files[file]
      return seen === undefined ? undefined : seenAt(seen, text, start, end)
    },
    close: () => {
      closed = true
      running?.child.kill()
    },
  }
}
