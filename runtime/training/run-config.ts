import { readFileSync } from 'node:fs'
import * as E from 'fp-ts/Either'
import * as t from 'io-ts'
import type { Changes } from '../../compiler/language/index.ts'
import type { RunFolder } from './run-folder.ts'

const RunConfig = t.type({
  file: t.string,
  config: t.string,
  changes: t.record(t.string, t.union([t.string, t.number, t.boolean])),
  seed: t.number,
  steps: t.number,
  data: t.union([t.string, t.null]),
})

/** What makes a run what it is: with it and a checkpoint, the run goes on exactly. */
export type RunConfig = t.TypeOf<typeof RunConfig>

/** Reads a run's `config.json`. Left: one sentence with file and field. */
export const readRunConfig = (run: RunFolder): E.Either<string, RunConfig & { readonly data: string | null }> => {
  try {
    const decoded = RunConfig.decode(JSON.parse(readFileSync(run.config, 'utf8')))
    if (E.isRight(decoded)) return decoded
    const [first] = decoded.left
    return E.left(`${run.config}: field '${first?.context.map(({ key }) => key).filter(key => key !== '').join('.') ?? '?'}' is ${JSON.stringify(first?.value)}`)
  } catch (error) {
    return E.left(`${run.config}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const parseValue = (text: string): string | number | boolean => (text === 'true' ? true : text === 'false' ? false : text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text)

/** `vision.layers=6` as a change of a configuration. */
export const parseChanges = (given: readonly string[]): E.Either<string, Changes> => {
  const changes: Record<string, string | number | boolean> = {}
  for (const each of given) {
    const at = each.indexOf('=')
    if (at < 1) return E.left(`--set ${each}: wanted PATH=VALUE, such as vision.layers=6`)
    changes[each.slice(0, at)] = parseValue(each.slice(at + 1))
  }
  return E.right(changes)
}
