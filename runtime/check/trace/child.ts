// The process that reads model files and traces their programs. It is asked by messages and answers by messages; what a model
// prints goes to the standard error, and a model that ends the process or never ends costs this process alone.
import { register } from 'node:module'
import { pathToFileURL } from 'node:url'
import { mistakeFinding } from '../../../compiler/check/sizes/index.ts'
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

process.on('message', async (message: unknown) => {
  if (isRequest(message)) say({ kind: 'file', report: await fileReport(message) })
})
process.on('disconnect', () => process.exit(0))
say({ kind: 'ready' })
