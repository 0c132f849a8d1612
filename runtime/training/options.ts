import * as E from 'fp-ts/Either'

/** What the command line says of a run. */
export interface TrainOptions {
  readonly file: string
  readonly config: string
  readonly minutes: number
  readonly steps: number | undefined
  readonly seed: number
  readonly data: string | undefined
  readonly out: string
  readonly resume: string | undefined
  readonly set: readonly string[]
  readonly evaluate: boolean
}

/** The largest i32: steps and seed are numbers of the compiled program. */
const largest = 2 ** 31 - 1

const isWhole = (value: number, least: number): boolean => Number.isInteger(value) && value >= least && value <= largest

const whole = (name: string, value: number, least: number): string | undefined => (isWhole(value, least) ? undefined : `--${name} ${value}: wanted a whole number from ${least} to ${largest}`)

/** What a run that goes on has already; leaving it unsaid that a new value is not used would mislead. */
const given = ({ steps, data, set }: TrainOptions): string | undefined => (steps !== undefined ? 'steps' : data !== undefined ? 'data' : set.length > 0 ? 'set' : undefined)

/** Options that a run can be made with. Left: one sentence that names the one that is wrong. */
export const checkOptions = (options: TrainOptions): E.Either<string, TrainOptions> => {
  const { minutes, steps, seed, resume } = options
  const own = resume === undefined ? undefined : given(options)
  const wrong =
    own !== undefined ? `${resume}: a run goes on with its own --${own}; leave it out`
    : !(minutes > 0 && Number.isFinite(minutes)) ? `--minutes ${minutes}: wanted a number above zero`
    : (steps === undefined ? undefined : whole('steps', steps, 1)) ?? whole('seed', seed, 0)
  return wrong === undefined ? E.right(options) : E.left(wrong)
}
