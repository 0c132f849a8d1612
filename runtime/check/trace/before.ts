import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Traced } from '../../../compiler/language/compile.ts'
import { AxleError, trace, type AnyDefinition } from '../../../compiler/language/index.ts'
import { describeError } from '../../data/errors.ts'
import type { ProgramReport, Request } from './messages.ts'
import { programsOf, type Exported } from './programs.ts'

const importFrom = async (file: string): Promise<object> => {
  const module: unknown = await import(pathToFileURL(file).href)
  return typeof module === 'object' && module !== null ? module : {}
}

const isTraced = (x: unknown): x is Traced => typeof x === 'object' && x !== null && 'state' in x && 'programs' in x && Array.isArray(x.state) && Array.isArray(x.programs)

/** Traces by the compiler of that time, where it has one of its own. */
const tracedThen = async (copy: string, definition: AnyDefinition): Promise<Traced> => {
  const index = join(copy, 'compiler', 'language', 'index.ts')
  const language = existsSync(index) ? await importFrom(index) : { trace }
  if (!('trace' in language) || typeof language.trace !== 'function') throw new Error('its compiler has no `trace`')
  const traced: unknown = Reflect.apply(language.trace, undefined, [definition])
  if (!isTraced(traced)) throw new Error('its compiler traces otherwise')
  return traced
}

/** What changed in a program since an earlier revision: parameters, shapes, cost; or why that cannot be said. */
export const changeSince = async ({ root, copy, revision }: NonNullable<Request['before']>, file: string, { name, config }: Exported, now: AnyDefinition): Promise<ProgramReport['change']> => {
  const then = join(copy, relative(root, file))
  const title = config === undefined ? `'${name}'` : `configuration '${config}' of '${name}'`
  if (!existsSync(then)) return { missing: `${revision} has no such file` }
  try {
    const { diffOf, diffText } = await import('../../../compiler/check/diff/index.ts')
    const earlier = programsOf(await importFrom(then)).programs.find(each => each.name === name && each.config === config)
    if (earlier === undefined) return { missing: `${revision} has no ${title}` }
    return { text: diffText(diffOf(await tracedThen(copy, earlier.definition()), trace(now))) }
  } catch (error) {
    return { failed: `${title} of ${revision} cannot be traced: ${error instanceof AxleError ? error.message : describeError(error)}` }
  }
}
