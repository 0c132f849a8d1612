// `npm run bench -- step --config base --batch 4 [--steps 5] [--seed 1] [--program contrast] [--set text.dropout=0] [--without share,narrow] [--xla]`, the same
// with `--against torch` (or jax) `[--variants eager,sdpa]`, `npm run bench -- sweep [--budget 150] [--anew]`, or `npm run bench -- check`: one JSON line
// on standard output.
// `npm run bench -- passes --config base --batch 4 [--run]`: what each pass saves, by switching it off; a table in Markdown.
// `npm run bench -- mistakes --torch PYTHON --jax PYTHON [--write]`: a table in Markdown.
import * as E from 'fp-ts/Either'

const BAD_INPUT = 2

const say = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

type Bench = (args: readonly string[]) => Promise<E.Either<string, unknown>>

// Each is loaded when it is asked for: the memory of a step is measured in this process, and a checker is no part of it.
const benches: Readonly<Record<string, Bench>> = {
  step: async args => {
    const { readOptions } = await import('./options.ts')
    const asked = readOptions(args)
    if (E.isLeft(asked)) return asked
    const { step, against, variants } = asked.right
    return against === undefined ? (await import('./step.ts')).benchStep(step, say) : (await import('./against.ts')).benchAgainst(step, against, variants, say)
  },
  sweep: async args => (await import('./sweep.ts')).benchSweep(args, say),
  check: async args => (args.length === 0 ? (await import('./check.ts')).benchCheck(say) : E.left(`check takes no options, and was given ${args.join(' ')}.`)),
  passes: async args => (await import('./passes.ts')).benchPasses(args, say),
  mistakes: async args => (await import('./mistakes.ts')).benchMistakes(args, say),
}

const [name = '', ...args] = process.argv.slice(2)
const bench = benches[name]
const result = bench === undefined ? E.left(`There is no bench '${name}'; there is ${Object.keys(benches).join(', ')}.`) : await bench(args)
if (E.isLeft(result)) say(result.left)
else process.stdout.write(`${typeof result.right === 'string' ? result.right : JSON.stringify(result.right)}\n`)
process.exit(E.isLeft(result) ? BAD_INPUT : 0)
