// `npm run bench -- step --config base --batch 4 [--steps 5] [--seed 1] [--program contrast] [--set text.dropout=0] [--without share,narrow] [--xla]`, the same
// with `--against torch` (or jax) `[--variants eager,sdpa]`, `npm run bench -- sweep [--budget 150] [--anew]`, or `npm run bench -- check`: one JSON line
// on standard output.
// `npm run bench -- passes --config base --batch 4 [--run]`: what each pass saves, by switching it off; a table in Markdown.
// `npm run bench -- mistakes --torch PYTHON --jax PYTHON [--write]`: a table in Markdown.
import * as E from 'fp-ts/Either'
import { benchAgainst } from './against.ts'
import { benchCheck } from './check.ts'
import { benchMistakes } from './mistakes.ts'
import { benchPasses } from './passes.ts'
import { readOptions } from './options.ts'
import { benchStep } from './step.ts'
import { benchSweep } from './sweep.ts'

const BAD_INPUT = 2

const say = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

type Bench = (args: readonly string[]) => Promise<E.Either<string, unknown>>

const benches: Readonly<Record<string, Bench>> = {
  step: async args => {
    const asked = readOptions(args)
    if (E.isLeft(asked)) return asked
    const { step, against, variants } = asked.right
    return against === undefined ? benchStep(step, say) : benchAgainst(step, against, variants, say)
  },
  sweep: args => benchSweep(args, say),
  check: async args => (args.length === 0 ? benchCheck(say) : E.left(`check takes no options, and was given ${args.join(' ')}.`)),
  passes: args => benchPasses(args, say),
  mistakes: args => benchMistakes(args, say),
}

const [name = '', ...args] = process.argv.slice(2)
const bench = benches[name]
const result = bench === undefined ? E.left(`There is no bench '${name}'; there is ${Object.keys(benches).join(', ')}.`) : await bench(args)
if (E.isLeft(result)) say(result.left)
else process.stdout.write(`${typeof result.right === 'string' ? result.right : JSON.stringify(result.right)}\n`)
process.exit(E.isLeft(result) ? BAD_INPUT : 0)
