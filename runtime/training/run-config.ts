import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as t from 'io-ts'
import type { Changes } from '../../compiler/language/index.ts'
import { describeError } from '../data/errors.ts'
import { parseJson } from '../data/json.ts'
import type { RunFolder } from './run-folder.ts'

const RunConfig = t.intersection([
  t.type({
    file: t.string,
    config: t.string,
    changes: t.record(t.string, t.union([t.string, t.number, t.boolean])),
    seed: t.number,
    steps: t.number,
    data: t.union([t.string, t.null]),
  }),
  t.partial({ test: t.array(t.string), answers: t.string, proposals: t.string, references: t.string, precision: t.keyof({ f32: null, bf16: null }) }),
])

/** What makes a run what it is: with it and a checkpoint, the run goes on exactly. */
export type RunConfig = t.TypeOf<typeof RunConfig>

/** The same with whole paths: a run goes on from any folder, not only from the one it was begun in. */
export const anchored = (config: RunConfig, folder = process.cwd()): RunConfig => {
  const { data, test, answers, proposals, references } = config
  const whole = (path: string): string => resolve(folder, path)
  return {
    ...config,
    file: whole(config.file),
    data: data === null ? null : whole(data),
    ...(test === undefined ? {} : { test: test.map(whole) }),
    ...(answers === undefined ? {} : { answers: whole(answers) }),
    ...(proposals === undefined ? {} : { proposals: whole(proposals) }),
    ...(references === undefined ? {} : { references: whole(references) }),
  }
}

/** The field that is wrong. What io-ts adds for a union or an intersection, the number of each of its members, is no part of the path. */
const describe = (value: unknown, errors: t.Errors): string => {
  const wrong = errors[0]
  if (wrong === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) return `expected an object, found ${JSON.stringify(value)}`
  const path = wrong.context.filter(({ key }, i) => key !== '' && !(wrong.context[i - 1]?.type instanceof t.UnionType || wrong.context[i - 1]?.type instanceof t.IntersectionType)).map(({ key }) => key)
  return `field '${path.join('.')}' is ${wrong.value === undefined ? 'missing' : JSON.stringify(wrong.value)}`
}

/** Reads a run's `config.json`. Left: one sentence with file and field. */
export const readRunConfig = (run: RunFolder): E.Either<string, RunConfig> =>
  pipe(
    E.tryCatch(() => readFileSync(run.config, 'utf8'), describeError),
    E.chain(parseJson),
    E.chain(value => pipe(RunConfig.decode(value), E.mapLeft(errors => describe(value, errors)))),
    E.mapLeft(reason => `${run.config}: ${reason}`),
  )

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
