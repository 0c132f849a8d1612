// The process that reads model files and traces their programs. It is asked by messages and answers by messages; what a model
// prints goes to the standard error, and a model that ends the process or never ends costs this process alone.
import { register } from 'node:module'
import { pathToFileURL } from 'node:url'
import { failureOf } from './failure.ts'
import { isRequest, type FileReport, type Reply, type Request } from './messages.ts'
import { programsOf } from './programs.ts'
import { reportOf } from './trace.ts'

const root = new URL('../../../', import.meta.url).href
register(new URL('./fresh.mjs', import.meta.url), { data: { stays: [`${root}compiler/`, `${root}runtime/`] } })

const say = (reply: Reply): void => void process.send?.(reply)

const load = async (file: string, version: number): Promise<object> => {
  const module: unknown = await import(`${pathToFileURL(file).href}?axle=${version}`)
  return typeof module === 'object' && module !== null ? module : {}
}

const fileReport = async (file: string, request: Request): Promise<FileReport> => {
  try {
    const { programs, wrong } = programsOf(await load(file, request.version))
    const configs = programs.flatMap(({ config }) => config ?? [])
    const wanted = programs.filter(({ config }) => request.config === undefined || config === undefined || config === request.config)
    return { file, wrong, configs, programs: wanted.map(program => reportOf(program, file, request)) }
  } catch (error) {
    return { file, wrong: [], configs: [], programs: [], failure: failureOf(error, file, 'reading it') }
  }
}

const answer = async (request: Request): Promise<void> => {
  for (const file of request.files) {
    say({ kind: 'begin', file })
    say({ kind: 'file', report: await fileReport(file, request) })
  }
  say({ kind: 'done', version: request.version })
}

let last: Promise<void> = Promise.resolve()
process.on('message', (message: unknown) => {
  if (isRequest(message)) last = last.then(() => answer(message))
})
process.on('disconnect', () => process.exit(0))
say({ kind: 'ready' })

