// The process that reads model files and traces their programs. It is asked by messages and answers by messages; what a model
// prints goes to the standard error, and a model that ends the process or never ends costs this process alone.
import { register } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Finding } from '../../../compiler/check/finding.ts'
import { failureFinding, mistakeFinding } from '../../../compiler/check/sizes/index.ts'
import { isRequest, type FileReport, type ProgramReport, type Reply, type Request } from './messages.ts'
import { programsOf } from './programs.ts'
import { reportOf } from './trace.ts'

const root = new URL('../../../', import.meta.url).href
register(new URL('./fresh.mjs', import.meta.url), { data: { stays: [`${root}compiler/`, `${root}runtime/`] } })

const say = (reply: Reply): void => void process.send?.(reply)

const load = async (file: string, version: number): Promise<object> => {
  const module: unknown = await import(`${pathToFileURL(file).href}?axle=${version}`)
  return typeof module === 'object' && module !== null ? module : {}
}

const fileReport = async (request: Request): Promise<FileReport> => {
  const { file, version, config } = request
  try {
    const { programs, wrong } = programsOf(await load(file, version))
    const configs = programs.flatMap(each => each.config ?? [])
    const wanted = programs.filter(each => config === undefined || each.config === undefined || each.config === config)
    const reports: ProgramReport[] = []
    for (const program of wanted) reports.push(await reportOf(program, file, request))
    return { file, wrong, configs, programs: reports }
  } catch (error) {
    return { file, wrong: [], configs: [], programs: [], failure: mistakeFinding(error, 'reading it') }
  }
}

/** What was thrown where nobody waits for it: by a timer, or a promise without a reader. It is not the fault of the file that is read meanwhile. */
let left: Finding[] = []
const keep = (error: unknown): void => void left.push(failureFinding(error, 'what a file leaves running'))
process.on('uncaughtException', keep)
process.on('unhandledRejection', keep)

process.on('message', async (message: unknown) => {
  if (!isRequest(message)) return
  const report = await fileReport(message)
  // Promises that nobody waits for are heard of after the code that makes them.
  await new Promise(setImmediate)
  say({ kind: 'file', report: left.length === 0 ? report : { ...report, left } })
  left = []
})
process.on('disconnect', () => process.exit(0))
say({ kind: 'ready' })
