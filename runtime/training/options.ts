import * as E from 'fp-ts/Either'

/** What the command line says of a run. */
export interface TrainOptions {
  readonly file: string
  readonly config: string | undefined
  readonly minutes: number | undefined
  readonly steps: number | undefined
  readonly seed: number | undefined
  readonly data: string | undefined
  /** Files that a run on data of one's own is measured on at its end, and the answer list or boxes that go with them. */
  readonly test?: readonly string[]
  readonly answers?: string | undefined
  readonly proposals?: string | undefined
  readonly references?: string | undefined
  readonly out: string
  readonly resume: string | undefined
  /** A run or checkpoint of another task whose weights a new run starts from. */
  readonly from: string | undefined
  readonly set: readonly string[]
  /** In what products of matrices are computed; f32 without it. */
  readonly precision?: string | undefined
  /** Where it runs: `4`, `cpu:4` or `gpu:4`. No part of the run: another may go on with it elsewhere. */
  readonly devices: string | undefined
  /** Passes of the compiler that are switched off: `narrow,hoist`. No part of the run either: it computes the same. */
  readonly without?: string | undefined
  readonly evaluate: boolean
}

/** The same, with what was not said. */
export interface CheckedOptions extends TrainOptions {
  readonly config: string
  readonly minutes: number
  readonly seed: number
}

const unsaid = { config: 'emoji', minutes: 10, seed: 1 } as const

/** The largest i32: steps and seed are numbers of the compiled program. */
const largest = 2 ** 31 - 1

const isWhole = (value: number, least: number): boolean => Number.isInteger(value) && value >= least && value <= largest

const whole = (name: string, value: number, least: number): string | undefined => (isWhole(value, least) ? undefined : `--${name} ${value}: wanted a whole number from ${least} to ${largest}`)

/** What a run that goes on has already; leaving it unsaid that a new value is not used would mislead. */
const given = ({ set, test, ...options }: TrainOptions): string | undefined =>
  (['config', 'minutes', 'steps', 'seed', 'data', 'from', 'answers', 'proposals', 'references', 'precision'] as const).find(name => options[name] !== undefined) ?? (set.length > 0 ? 'set' : test !== undefined && test.length > 0 ? 'test' : undefined)

/** Options that a run can be made with: `emoji`, ten minutes and seed 1 where nothing is said. Left: one sentence that names the one that is wrong. */
export const checkOptions = (options: TrainOptions): E.Either<string, CheckedOptions> => {
  const checked = { ...options, config: options.config ?? unsaid.config, minutes: options.minutes ?? unsaid.minutes, seed: options.seed ?? unsaid.seed }
  const { minutes, steps, seed, resume } = checked
  const own = resume === undefined ? undefined : given(options)
  const wrong =
    own !== undefined ? `${resume}: a run goes on with its own --${own}; leave it out`
    : !(minutes > 0 && Number.isFinite(minutes)) ? `--minutes ${minutes}: wanted a number above zero`
    : (steps === undefined ? undefined : whole('steps', steps, 1)) ?? whole('seed', seed, 0)
  return wrong === undefined ? E.right(checked) : E.left(wrong)
}
