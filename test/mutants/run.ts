import { readFileSync } from 'node:fs'
import { ts } from 'ts-morph'
import { settle, wholeExpressions, type ReadSource } from '../../compiler/check/lints/index.ts'
import { inOrder, merged } from '../../compiler/check/report.ts'
import { readSource } from '../../runtime/check/check.ts'
import { mutantsOf } from './kinds/index.ts'
import { judge, type Judged } from './judge.ts'
import { sourceIn } from './look.ts'
import type { Traced } from './messages.ts'
import { applied, kinds, type Kind, type Mutant } from './mutant.ts'
import { openTracing } from './tracing.ts'
import { openTypes } from './types.ts'
import { openWorkshop } from './workshop.ts'

/** The task whose programs are traced, and the files that slips are put into. */
export const task = 'models/albef/pretrain.ts'
export const mutated: readonly string[] = [
  ...['step', 'contrast', 'matching', 'masking', 'text', 'vision', 'parameters', 'config', 'retrieval'].map(name => `models/albef/${name}.ts`),
  ...['attention', 'feed-forward', 'layer-norm', 'linear', 'dropout'].map(name => `models/layers/${name}.ts`),
  ...['adamw', 'ema'].map(name => `models/transforms/${name}.ts`),
]

/** Everything that the kinds find in the files of a folder. */
const allMutants = (folder: string, program: ts.Program): readonly Mutant[] => mutated.flatMap(file => mutantsOf(sourceIn(folder, program, file)))

/** The next of a sequence of whole numbers below 2³² (a linear congruence: for drawing samples, and the same everywhere). */
const following = (state: number): number => (Math.imul(state, 1664525) + 1013904223) >>> 0

const shuffled = <X>(all: readonly X[], seed: number): readonly X[] => {
  const mixed = [...all]
  let state = following(seed >>> 0)
  for (let i = mixed.length - 1; i > 0; i--) {
    state = following(state)
    const j = Math.floor((state / 2 ** 32) * (i + 1))
    const [a, b] = [mixed[i], mixed[j]]
    if (a !== undefined && b !== undefined) [mixed[i], mixed[j]] = [b, a]
  }
  return mixed
}

/** At most `limit` of each kind, drawn with a seed; the same seed, the same sample. */
export const sampleOf = (all: readonly Mutant[], limit: number, seed: number, only?: Kind): readonly Mutant[] =>
  kinds.filter(kind => only === undefined || kind === only).flatMap(kind => shuffled(all.filter(each => each.kind === kind), seed).slice(0, limit))

/** As `axle check` goes on with what a trace found: explained lints are left out, and points become the expressions that stand there. */
const finished = (traced: Traced, read: ReadSource): Traced => ({ ...traced, findings: inOrder(wholeExpressions(ts, settle(merged(traced.findings), { judged: [], read }), read)) })

/** A checker of mutants that stays open from one to the next. */
export interface Checker {
  /** Every mutant that there is. */
  readonly mutants: readonly Mutant[]
  /** The text of an original. */
  readonly textOf: (file: string) => string
  readonly check: (mutant: Mutant) => Promise<Judged>
  readonly close: () => void
}

/**
 * Configurations are those of the task: the first is traced always, the others one after the other while nothing is found. Copies the originals, so that
 * nothing changes under its feet; they must have no finding themselves, else nothing could be said about mutants.
 */
export const openChecker = async (jobs: number, configs: readonly [string, ...string[]] = ['tiny', 'emoji', 'base']): Promise<Checker> => {
  const copy = openWorkshop()
  const { folder } = copy
  const tracing = openTracing(task, folder, jobs)
  const types = openTypes(task, folder)
  const textOf = (file: string): string => readFileSync(folder + file, 'utf8')
  const read: ReadSource = file => readSource(folder + file)
  const originals = new Map<string, Promise<Traced>>()
  const original = (config: string): Promise<Traced> => {
    const known = originals.get(config) ?? tracing.trace({ file: task, text: textOf(task), config, optimize: true }).then(traced => finished(traced, read))
    originals.set(config, known)
    return known
  }
  const check = async (mutant: Mutant): Promise<Judged> => {
    const before = textOf(mutant.file)
    const text = applied(before, mutant)
    const said = types.check(mutant.file, text, before)
    const readMutant: ReadSource = file => (file === mutant.file ? text : read(file))
    // What makes no difference in one configuration, or no mistake, may in another.
    const judgedIn = async ([config, ...rest]: readonly string[], first: readonly Traced[], traced: readonly Traced[]): Promise<Judged> => {
      if (config === undefined) return judge(mutant, before, first, traced, said)
      const now = finished(await tracing.trace({ file: mutant.file, text, config, optimize: said.length === 0 }), readMutant)
      const [olds, news] = [[...first, await original(config)], [...traced, now]]
      return said.length > 0 || now.findings.length > 0 ? judge(mutant, before, olds, news, said) : judgedIn(rest, olds, news)
    }
    return judgedIn(configs, [], [])
  }
  const close = (): void => {
    tracing.close()
    copy.close()
  }
  const [wrong] = [...types.check(task, textOf(task), textOf(task)), ...(await Promise.all(configs.map(original))).flatMap(({ findings }) => findings)]
  if (wrong === undefined) return { mutants: allMutants(folder, types.program), textOf, check, close }
  close()
  throw new Error(`the original itself has a finding: ${wrong.span.file}:${wrong.span.line} ${wrong.code} ${wrong.sentence}`)
}
