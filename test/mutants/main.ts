// `npm run mutants -- [--only KIND] [--at FILE:LINE[:COLUMN]] [--limit N] [--seed N] [--jobs N] [--all]`: slips put into the models, and what the checker
// says to each. `--at` takes all at one place, and shows everything that is said.
// The table is on standard output, progress on standard error. Exit codes: 0 goals reached, 1 missed, 2 bad input or the check could not run.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import * as E from 'fp-ts/Either'
import type { Judged } from './judge.ts'
import { kinds, mutantText, type Kind, type Mutant } from './mutant.ts'
import { spanText } from './place.ts'
import { goalText, goalsOf, listsOf, tableOf } from './report.ts'
import { openChecker, sampleOf } from './run.ts'

interface Options {
  readonly only: Kind | undefined
  readonly at: string | undefined
  readonly limit: number
  readonly seed: number
  readonly jobs: number
}

const whole = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined)

const readOptions = (args: readonly string[]): E.Either<string, Options> => {
  try {
    const text = { type: 'string' } as const
    const { values } = parseArgs({ args: [...args], options: { only: text, at: text, limit: text, seed: text, jobs: text, all: { type: 'boolean' } } })
    const only = values.only === undefined ? undefined : kinds.find(kind => kind === values.only)
    if (values.only !== undefined && only === undefined) return E.left(`--only ${values.only}: there is no such kind; there is ${kinds.join(', ')}`)
    const numbers = { limit: values.limit ?? '16', seed: values.seed ?? '1', jobs: values.jobs ?? String(Math.max(1, availableParallelism() - 1)) }
    const [limit, seed, jobs] = [whole(numbers.limit), whole(numbers.seed), whole(numbers.jobs)]
    if (limit === undefined || limit === 0 || seed === undefined || jobs === undefined || jobs === 0) return E.left('--limit and --jobs want a whole number from 1 on, --seed one from 0 on')
    return E.right({ only, at: values.at, limit: values.all === true || values.at !== undefined ? Number.POSITIVE_INFINITY : limit, seed, jobs })
  } catch (error) {
    return E.left(error instanceof Error ? error.message : String(error))
  }
}

const said = ({ fate }: Judged): string => (fate.kind === 'caught' ? `${fate.part}, ${fate.nearness}: ${fate.finding.code} ${fate.finding.sentence.slice(0, 140)}` : fate.kind)

const isAt = (at: string | undefined) => ({ file, line, column }: Mutant): boolean => at === undefined || at === `${file}:${line}` || at === `${file}:${line}:${column}`

/** `3:20 left`, from how long it took so far. */
const left = (done: number, all: number, since: number): string => {
  const seconds = Math.round((((performance.now() - since) / done) * (all - done)) / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} left`
}

const everything = ({ fate }: Judged): string => (fate.kind === 'caught' ? fate.findings.map(each => `    ${spanText(each.span)} ${each.code} ${each.sentence}\n${each.related.map(({ span, sentence }) => `      ${spanText(span)} ${sentence}\n`).join('')}`).join('') : '')

const run = async ({ only, at, limit, seed, jobs }: Options): Promise<number> => {
  const start = performance.now()
  const checker = await openChecker(jobs)
  const all = checker.mutants
  const chosen = sampleOf(all, limit, seed, only).filter(isAt(at))
  process.stderr.write(`${chosen.length} of ${all.length} mutants, seed ${seed}\n`)
  const judged: Judged[] = []
  const begun = performance.now()
  let done = 0
  const queue = chosen.map((mutant, i) => ({ mutant, i }))
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const result = await checker.check(next.mutant)
      judged[next.i] = result
      done += 1
      process.stderr.write(`${done}/${chosen.length}, ${left(done, chosen.length, begun)}: ${next.mutant.kind}: ${mutantText(next.mutant)}: ${said(result)}\n${at === undefined ? '' : everything(result)}`)
    }
  }
  try {
    await Promise.all(Array.from({ length: jobs + 1 }, work))
  } finally {
    checker.close()
  }
  const goals = goalsOf(judged)
  process.stdout.write(`${chosen.length} of ${all.length} mutants, seed ${seed}\n\n${tableOf(judged)}\n${goalText(goals)}${listsOf(judged)}`)
  process.stderr.write(`${((performance.now() - start) / 1000).toFixed(0)} s\n`)
  return goals.reached ? 0 : 1
}

const options = readOptions(process.argv.slice(2))
if (E.isLeft(options)) {
  process.stderr.write(`${options.left}\n`)
  process.exitCode = 2
} else {
  try {
    process.exitCode = await run(options.right)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 2
  }
}
