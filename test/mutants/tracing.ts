import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Finding } from '../../compiler/check/finding.ts'
import { isTraced, type Request, type Traced } from './messages.ts'

const child = fileURLToPath(new URL('child.ts', import.meta.url))

interface Worker {
  readonly process: ChildProcess
  /** The folder that its findings lie in. */
  readonly folder: Promise<string>
}

/** Processes that trace mutants of one task. */
export interface Tracing {
  /** Waits for a process that has nothing to do. Places in the answer are named from the root. */
  readonly trace: (request: Request) => Promise<Traced>
  readonly close: () => void
}

const start = (module: string, from: string): Worker => {
  const process = spawn(globalThis.process.execPath, ['--max-semi-space-size=64', '--import', import.meta.resolve('tsx'), child, module, from], { stdio: ['ignore', 2, 2, 'ipc'] })
  const folder = new Promise<string>((resolve, reject) => {
    process.once('message', (message: unknown) => (typeof message === 'object' && message !== null && 'folder' in message ? resolve(String(message.folder)) : reject(new Error('the process that traces says nothing'))))
    process.once('exit', () => reject(new Error('the process that traces mutants cannot be started')))
  })
  folder.catch(() => undefined)
  return { process, folder }
}

const ended = (file: string): Traced => ({ findings: [{ kind: 'failure', code: 'AX074', span: { file, line: 1, column: 1 }, sentence: 'tracing it ended the whole process', related: [] }] })

/** Places below a folder as paths from it. */
export const within = (folder: string, findings: readonly Finding[]): readonly Finding[] => {
  const short = (file: string): string => (file.startsWith(folder) ? file.slice(folder.length) : file)
  return findings.map(({ span, related, ...rest }) => ({ ...rest, span: { ...span, file: short(span.file) }, related: related.map(each => ({ ...each, span: { ...each.span, file: short(each.span.file) } })) }))
}

const ask = ({ process }: Worker, request: Request): Promise<Traced | undefined> => new Promise(resolve => {
  const finish = (traced: Traced | undefined): void => {
    process.off('message', hear)
    process.off('exit', lost)
    resolve(traced)
  }
  const hear = (message: unknown): void => {
    if (isTraced(message)) finish(message)
  }
  const lost = (): void => finish(undefined)
  process.on('message', hear)
  process.on('exit', lost)
  process.send(request)
})

/** Modules are read anew for every mutant and stay: a process is given up after so many. */
const mutantsOfOne = 60

export const openTracing = (module: string, from: string, count: number): Tracing => {
  const all = new Set<Worker>()
  const idle: { worker: Worker; served: number }[] = []
  const waiting: (() => void)[] = []
  const hire = () => {
    const worker = start(module, from)
    all.add(worker)
    return { worker, served: 0 }
  }
  for (let i = 0; i < count; i++) idle.push(hire())
  const dismiss = (worker: Worker): void => {
    worker.process.disconnect()
    all.delete(worker)
  }
  return {
    trace: async request => {
      while (idle.length === 0) await new Promise<void>(resolve => waiting.push(resolve))
      const one = idle.shift() ?? hire()
      const folder = await one.worker.folder
      const traced = await ask(one.worker, request)
      const spent = one.served + 1 >= mutantsOfOne
      if (traced === undefined) all.delete(one.worker)
      else if (spent) dismiss(one.worker)
      idle.push(traced === undefined || spent ? hire() : { worker: one.worker, served: one.served + 1 })
      waiting.shift()?.()
      return traced === undefined ? ended(request.file) : { ...traced, findings: within(folder, traced.findings) }
    },
    close: () => all.forEach(({ process }) => process.disconnect()),
  }
}
