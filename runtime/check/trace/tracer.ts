import { spawn, type ChildProcess } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Finding } from '../../../compiler/check/finding.ts'
import { isReply, type Asked, type FileReport, type Request } from './messages.ts'

const child = fileURLToPath(new URL('./child.ts', import.meta.url))

/** Processes that trace. They stay for the next request, so that what is compiled once stays compiled. */
export interface Tracer {
  /** Reads the files anew and traces their programs. A file whose tracing ends its process is a failure of that file alone. */
  readonly trace: (files: readonly string[], asked: Asked) => Promise<readonly FileReport[]>
  /** Ends the processes and starts new ones, which read everything anew. */
  readonly restart: () => void
  readonly close: () => void
}

/** The tracing process itself cannot be had. */
export class TracerError extends Error {}

interface Worker {
  readonly process: ChildProcess
  readonly ready: Promise<boolean>
}

/** Traces are many small objects that live long: with more room for the young ones from the start there is less to collect. */
const room = ['--min-semi-space-size=64', '--max-semi-space-size=64']

/** The child's standard output is our standard error: ours belongs to the findings. */
const start = (): Worker => {
  const process = spawn(globalThis.process.execPath, [...room, '--import', import.meta.resolve('tsx'), child], { stdio: ['ignore', 2, 2, 'ipc'] })
  const ready = new Promise<boolean>(resolve => {
    process.once('message', () => resolve(true))
    process.once('error', () => resolve(false))
    process.once('exit', () => resolve(false))
  })
  return { process, ready }
}

const ended = (file: string, code: number | null, signal: NodeJS.Signals | null): FileReport => {
  const sentence = `tracing it ended the whole process, ${signal === null ? `with exit code ${code ?? '?'}` : `by ${signal}`}`
  const failure: Finding = { kind: 'failure', code: 'AX074', span: { file, line: 1, column: 1 }, sentence, related: [] }
  return { file, programs: [], wrong: [], configs: [], failure }
}

/** Asks one process about one file. */
const ask = ({ process }: Worker, request: Request): Promise<{ readonly report: FileReport; readonly ended: boolean }> =>
  new Promise(resolve => {
    const finish = (report: FileReport, gone: boolean): void => {
      process.off('message', hear)
      process.off('exit', lost)
      resolve({ report, ended: gone })
    }
    const hear = (message: unknown): void => {
      if (isReply(message) && message.kind === 'file') finish(message.report, false)
    }
    const lost = (code: number | null, signal: NodeJS.Signals | null): void => finish(ended(request.file, code, signal), true)
    process.on('message', hear)
    process.on('exit', lost)
    process.send(request)
  })

/** A process that can be asked: another one, where this one has ended since. */
const alive = (worker: Worker | undefined): Worker => (worker !== undefined && worker.process.exitCode === null && worker.process.signalCode === null ? worker : start())

/** Starts the processes at once: they get ready while the caller does something else. Each takes the next file when it is done with one. */
export const openTracer = (count = Math.min(2, availableParallelism())): Tracer => {
  const workers = Array.from({ length: count }, start)
  let version = 0
  const serve = async (i: number, queue: string[], asked: Asked, done: Map<string, FileReport>): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const worker = alive(workers[i])
      workers[i] = worker
      if (!(await worker.ready)) throw new TracerError('the process that traces models cannot be started')
      const { report, ended: gone } = await ask(worker, { ...asked, version, file })
      done.set(file, report)
      if (gone) workers[i] = start()
    }
  }
  return {
    trace: async (files, asked) => {
      version++
      const done = new Map<string, FileReport>()
      const queue = [...files]
      await Promise.all(workers.map((_worker, i) => serve(i, queue, asked, done)))
      return files.flatMap(file => done.get(file) ?? [])
    },
    restart: () => workers.forEach(({ process }, i) => {
      process.kill()
      workers[i] = start()
    }),
    close: () => workers.forEach(({ process }) => process.kill()),
  }
}
