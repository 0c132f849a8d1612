import { fork, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { seenAt, together, type SeenSizes, type SizesIndex } from './sizes.ts'

/** Sizes seen while tracing the tasks of a project, kept on the disk and traced anew, by processes of their own, when a file is saved. */
export interface SizesStore {
  /** What an expression had at the last trace; undefined where no trace came by. Starts a trace when a file has changed since. */
  readonly seen: (file: string, text: string, start: number, end: number) => SeenSizes | undefined
  /** Looks whether a file has changed, and traces if so. */
  readonly refresh: () => void
  /** Whether a trace is under way. */
  readonly busy: () => boolean
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

/** How often the files behind an index are looked at, and how often a task that cannot be loaded is tried again unchanged: never. */
const pause = 300

interface Kept {
  readonly task: string
  readonly out: string
  index: SizesIndex | undefined
  /** The files of the last trace as they were when it began; of a first one only the task itself. */
  stamps: ReadonlyMap<string, string>
  indexStamp: string
}

/** `plugin` is the folder of the plugin's sources, `root` that of the project. */
export const sizesStore = (plugin: string, root: string, tasks: () => readonly string[], log: (line: string) => void): SizesStore => {
  const kept = new Map<string, Kept>()
  const tsx = pathToFileURL(createRequire(join(plugin, 'entry.cjs')).resolve('tsx')).href
  const waiting: Kept[] = []
  let child: ChildProcess | undefined
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

  const changed = ({ task, stamps }: Kept): boolean => stamps.size === 0 || !stamps.has(task) || [...stamps].some(([file, stamp]) => stampOf(file) !== stamp)

  const next = (): void => {
    const each = waiting.shift()
    if (each === undefined || child !== undefined || closed) return
    const files = each.index?.inputs.map(({ file }) => file) ?? []
    each.stamps = new Map([each.task, ...files].map(file => [file, stampOf(file)]))
    const started = fork(join(plugin, 'tracer.ts'), [each.task, root, each.out], { cwd: root, execArgv: ['--import', tsx], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    child = started
    started.stderr?.on('data', (data: Buffer) => log(String(data).trim()))
    started.on('exit', () => {
      child = undefined
      const { index } = current(each)
      // Files that the trace met for the first time count as they were then.
      for (const { file, mtime, size } of index?.inputs ?? []) if (!each.stamps.has(file)) each.stamps = new Map([...each.stamps, [file, `${mtime} ${size}`]])
      next()
    })
  }

  const refresh = (): void => {
    const now = Date.now()
    if (closed || now - looked < pause) return
    looked = now
    for (const each of tasks().map(keep)) if (!waiting.includes(each) && changed(each)) waiting.push(each)
    next()
  }

  return {
    refresh,
    seen: (file, text, start, end) => {
      refresh()
      const found = tasks().map(keep).flatMap(({ index }) => {
        const seen = index?.files[file]
        const sizes = seen === undefined ? undefined : seenAt(seen, text, start, end)
        return sizes === undefined ? [] : [sizes]
      })
      return found.length === 0 ? undefined : together(found)
    },
    busy: () => child !== undefined || waiting.length > 0,
    close: () => {
      closed = true
      child?.kill()
    },
  }
}
