// `npm run bench -- passes --config base --batch 4 [--run] [--steps 3] [--rounds 3]`: what each pass saves, by switching it off. Counts are exact and need no TensorFlow;
// with `--run` steps are timed too, each variant in a process of its own, in turns. A table in Markdown on standard output.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import * as E from 'fp-ts/Either'
import { attempt, trace, type Job } from '../../compiler/language/index.ts'
import { passNames } from '../../compiler/language/index.ts'
import { changeText, figureTexts, figuresOf, type Figures } from '../../runtime/print/summary.ts'
import { parseChanges } from '../../runtime/training/run-config.ts'
import { jobOf, programOf } from './job.ts'

type Say = (text: string) => void

/** A program without some passes: what it amounts to, and the seconds of its steps where they were timed. */
export interface Variant {
  readonly without: string | undefined
  readonly figures: Figures
  readonly seconds: number[]
}

const figuresWithout = (job: Job, program: string, without: string | undefined): E.Either<string, Figures> => {
  const traced = attempt(() => trace(job.definition, { without: without === undefined ? [] : [without] }))
  if (E.isLeft(traced)) return E.left(traced.left.message)
  const found = traced.right.programs.find(({ name }) => name === program)
  return found === undefined ? E.left(`There is no program '${program}'.`) : E.right(figuresOf(found, traced.right.state))
}

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

/** The least seconds of a step in a process of its own. */
const timed = (args: readonly string[]): Promise<E.Either<string, number>> =>
  new Promise(resolve => {
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main, 'step', ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => { text += chunk.toString() })
    child.on('error', error => resolve(E.left(error.message)))
    child.on('close', () => {
      const figures = /"minStepSeconds":([\d.]+)/.exec(text)?.[1]
      resolve(figures === undefined ? E.left(`bench step ${args.join(' ')} gave no figures.`) : E.right(Number(figures)))
    })
  })

const least = (seconds: readonly number[]): number => Math.min(...seconds)

export const tableText = (variants: readonly Variant[]): string => {
  const [whole] = variants
  if (whole === undefined) return ''
  const ran = whole.seconds.length > 0
  const cells = ({ without, figures, seconds }: Variant): readonly string[] => [
    without === undefined ? 'every pass' : `without \`${without}\``,
    ...figureTexts.map(([, of, text]) => `${text(figures[of])}${without === undefined || figures[of] === whole.figures[of] ? '' : ` (${changeText(whole.figures[of], figures[of])})`}`),
    ...(ran ? [`${least(seconds).toFixed(3)} s${without === undefined ? '' : ` (${changeText(least(whole.seconds), least(seconds))})`}`] : []),
  ]
  const rows = [['', ...figureTexts.map(([label]) => label), ...(ran ? ['least seconds of a step'] : [])], ...variants.map(cells)]
  return rows.flatMap((row, i) => [`| ${row.join(' | ')} |`, ...(i === 0 ? [`|${row.map((_, column) => (column === 0 ? '---|' : '---:|')).join('')}`] : [])]).join('\n')
}

const text = { type: 'string' } as const
const known = { config: text, batch: text, program: text, set: { type: 'string', multiple: true }, run: { type: 'boolean' }, steps: text, rounds: text } as const

const whole = (given: string | undefined, otherwise: number): number => (given === undefined ? otherwise : /^[1-9]\d*$/.test(given) ? Number(given) : Number.NaN)

/** Measures a program with every pass, and without each. Left: one sentence. */
export const benchPasses = async (args: readonly string[], say: Say): Promise<E.Either<string, string>> => {
  const parsed = E.tryCatch(() => parseArgs({ args: [...args], options: known }).values, error => (error instanceof Error ? error.message : String(error)))
  if (E.isLeft(parsed)) return parsed
  const { config = 'base', batch, program: wanted, set = [], run = false } = parsed.right
  const [steps, rounds, size] = [whole(parsed.right.steps, 3), whole(parsed.right.rounds, 3), whole(batch, 1)]
  for (const [name, value] of Object.entries({ steps, rounds, batch: size })) if (Number.isNaN(value)) return E.left(`--${name}: wanted a whole number from 1 on.`)
  const changes = parseChanges(set)
  if (E.isLeft(changes)) return changes
  const job = await jobOf({ config, batch: batch === undefined ? undefined : size, changes: changes.right })
  if (E.isLeft(job)) return job
  const program = programOf(job.right, wanted)
  if (E.isLeft(program)) return program
  const variants: Variant[] = []
  for (const without of [undefined, ...passNames]) {
    const figures = figuresWithout(job.right, program.right, without)
    if (E.isLeft(figures)) return figures
    say(`${without === undefined ? 'every pass' : `without ${without}`}: ${figures.right.nodes} nodes`)
    variants.push({ without, figures: figures.right, seconds: [] })
  }
  for (let round = 0; run && round < rounds; round++) {
    for (const { without, seconds } of variants) {
      const own = ['--config', config, '--program', program.right, '--steps', String(steps), ...(batch === undefined ? [] : ['--batch', batch]), ...set.flatMap(each => ['--set', each])]
      const found = await timed([...own, ...(without === undefined ? [] : ['--without', without])])
      if (E.isLeft(found)) return found
      say(`round ${round}, ${without === undefined ? 'every pass' : `without ${without}`}: ${found.right.toFixed(3)} s`)
      seconds.push(found.right)
    }
  }
  return E.right(tableText(variants))
}
