import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isReply, type FileReport, type Reply, type Request } from './messages.ts'

const child = fileURLToPath(new URL('./child.ts', import.meta.url))

/** A process that traces. It stays for the next request, so that what is compiled once stays compiled. */
export interface Tracer {
  /** Reads the files anew and traces their programs. A file whose tracing ends the process is a failure of that file alone. */
  readonly trace: (request: Omit<Request, 'version'>) => Promise<readonly FileReport[]>
  readonly close: () => void
}

const start = (): ChildProcess =>
  // The child's standard output is our standard error: ours belongs to the findings.
  spawn(process.execPath, ['--import', import.meta.resolve('tsx'), child], { stdio: ['ignore', 2, 2, 'ipc'] })

const ended = (file: string, code: number | null, signal: NodeJS.Signals | null): FileReport => ({
  file, programs: [], wrong: [], configs: [],
  failure: { kind: 'failure', code: 'AX074', span: { file, line: 1, column: 1 }, sentence: `the process that traced it ended ${signal === null ? `with exit code ${code ?? '?'}` : `by ${signal}`}`, related: [] },
})

/** One request to one process; where that ends early, what is known until then and the file it was at. */
const ask = (worker: ChildProcess, request: Request): Promise<{ readonly reports: readonly FileReport[]; readonly alive: boolean }> =>
  new Promise(resolve => {
    const reports: FileReport[] = []
    let at: string | undefined
    const finish = (alive: boolean): void => {
      worker.off('message', hear)
      worker.off('close', lost)
      resolve({ reports, alive })
    }
    const hear = (message: unknown): void => {
      if (!isReply(message)) return
      const reply: Reply = message
      if (reply.kind === 'begin') at = reply.file
      else if (reply.kind === 'file') {
        at = undefined
        reports.push(reply.report)
      } else if (reply.kind === 'done' && reply.version === request.version) finish(true)
    }
    const lost = (code: number | null, signal: NodeJS.Signals | null): void => {
      const file = at ?? request.files[reports.length]
      if (file !== undefined) reports.push(ended(file, code, signal))
      finish(false)
    }
    worker.on('message', hear)
    worker.on('close', lost)
    worker.send(request)
  })

/** Starts the process at once: it gets ready while the caller does something else. */
export const openTracer = (): Tracer => {
  let running = start()
  let version = 0
  return {
    trace: async request => {
      const done: FileReport[] = []
      for (let left = request.files; left.length > 0; left = request.files.slice(done.length)) {
        version++
        const { reports, alive } = await ask(running, { ...request, files: left, version })
        done.push(...reports)
        if (!alive) running = start()
      }
      return done
    },
    close: () => running.kill(),
  }
}
