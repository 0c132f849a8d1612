// `npm run bench -- step --config base --batch 4 [--steps 5] [--seed 1] [--program contrast] [--xla] [--without narrow,hoist]`, or `npm run bench -- check`: one JSON line on standard output.
import { parseArgs } from 'node:util'
import * as E from 'fp-ts/Either'
import { benchCheck } from './check.ts'
import { parseWithout } from '../../runtime/compile/without.ts'
import { benchStep, type StepOptions } from './step.ts'

const BAD_INPUT = 2

const say = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

/** A whole number from 1 on, or undefined for anything else. */
const whole = (text: string | undefined): number | undefined => (text !== undefined && /^[1-9]\d*$/.test(text) ? Number(text) : undefined)

const readOptions = (args: readonly string[]): E.Either<string, StepOptions> => {
  try {
    const text = { type: 'string' } as const
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { config: text, batch: text, steps: text, seed: text, program: text, without: text, xla: { type: 'boolean' } } })
    const [bench, extra] = positionals
    if (bench !== 'step' || extra !== undefined) return E.left(`There is no bench '${positionals.join(' ')}'; there is 'step' and 'check'.`)
    const numbers = { batch: values.batch, steps: values.steps, seed: values.seed }
    for (const [name, given] of Object.entries(numbers)) if (given !== undefined && whole(given) === undefined) return E.left(`--${name} ${given}: wanted a whole number from 1 on.`)
    const without = parseWithout(values.without)
    if (E.isLeft(without)) return without
    return E.right({ config: values.config ?? 'base', program: values.program, xla: values.xla ?? false, without: without.right, batch: whole(values.batch), steps: whole(values.steps) ?? 5, seed: whole(values.seed) ?? 1 })
  } catch (error) {
    return E.left(error instanceof Error ? error.message : String(error))
  }
}

const benchStepWith = async (args: readonly string[]) => {
  const options = readOptions(args)
  return E.isLeft(options) ? options : benchStep(options.right, say)
}

const args = process.argv.slice(2)
const result = args.length === 1 && args[0] === 'check' ? await benchCheck(say) : await benchStepWith(args)
if (E.isLeft(result)) say(result.left)
else process.stdout.write(`${JSON.stringify(result.right)}\n`)
process.exit(E.isLeft(result) ? BAD_INPUT : 0)
