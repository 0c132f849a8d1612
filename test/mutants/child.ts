// A process that traces mutants, one after the other, in a copy of the models of its own: `child.ts MODULE FOLDER`, where
// the folder is the one that has the originals.
import { register } from 'node:module'
import { pathToFileURL } from 'node:url'
import { lintFindings } from '../../compiler/check/lints/index.ts'
import { checkSizes, mistakeFinding } from '../../compiler/check/sizes/index.ts'
import { programsOf } from '../../runtime/check/trace/programs.ts'
import { canonical, canonicalOptimized } from './canonical.ts'
import { isRequest, type Request, type Traced } from './messages.ts'
import { shapesOf } from './shapes.ts'
import { openWorkshop, root } from './workshop.ts'

const [module = '', from = root] = process.argv.slice(2)
register(new URL('../../runtime/check/trace/fresh.mjs', import.meta.url), { data: { stays: ['compiler', 'runtime', 'test'].map(name => pathToFileURL(`${root}${name}/`).href) } })

const workshop = openWorkshop(from)
const { folder } = workshop
process.on('exit', workshop.close)
// Sentences name files from where the process stands.
process.chdir(folder)
let version = 0

const attempt = <R>(body: () => R): R | undefined => {
  try {
    return body()
  } catch {
    return undefined
  }
}

const traced = async ({ file, text, config, optimize }: Request): Promise<Traced> => {
  workshop.change(file, text)
  try {
    const loaded: unknown = await import(`${pathToFileURL(folder + module).href}?axle=${++version}`)
    const exported = programsOf(typeof loaded === 'object' && loaded !== null ? loaded : {}).programs.find(each => each.config === config)
    if (exported === undefined) throw new Error(`${module} has no configuration '${config}'`)
    const { findings, traced: program, complete } = checkSizes(exported.definition(), config)
    if (!complete) return { findings }
    const optimized = optimize ? attempt(() => canonicalOptimized(program)) : undefined
    return { findings: [...findings, ...lintFindings(program)], program: { canonical: canonical(program), sizeless: canonical(program, 'sizeless'), ...(optimized === undefined ? {} : { optimized }), shapes: shapesOf(program, folder) } }
  } catch (error) {
    return { findings: [mistakeFinding(error, `making '${config}'`, config)] }
  }
}

process.on('message', async (message: unknown) => {
  if (isRequest(message)) process.send?.(await traced(message))
})
process.on('disconnect', () => process.exit(0))
process.send?.({ folder })
