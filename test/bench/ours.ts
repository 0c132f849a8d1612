// Our side of a comparison, as a process that is asked by lines: see side.ts. Its argument is the options of the step as JSON.
import { createInterface } from 'node:readline'
import * as E from 'fp-ts/Either'
import { loadBinding } from '../../runtime/backends/binding.ts'
import { agree } from './agreement.ts'
import type { StepOptions } from './job.ts'
import { peakResidentBytes } from './measure.ts'
import { matrixProductRate } from './product.ts'
import { openStep, type OpenStep } from './step.ts'

const isOptions = (x: unknown): x is StepOptions => typeof x === 'object' && x !== null && 'config' in x && 'changes' in x && 'without' in x

const orThrow = <A>(result: E.Either<string, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left)
  return result.right
}

const options: unknown = JSON.parse(process.argv[2] ?? 'null')
if (!isOptions(options)) throw new Error('ours.ts: its argument is the options of a step as JSON')

let opened: Promise<OpenStep> | undefined
const open = (): Promise<OpenStep> => (opened ??= openStep(options).then(orThrow))

const answers: Readonly<Record<string, (argument: string) => Promise<unknown>>> = {
  open: async () => {
    const { program, batch, parameters, nodes, startSeconds } = await open()
    return { program, batch, parameters, nodes, startSeconds }
  },
  step: async () => (await open()).take(),
  product: async () => ({ flopsPerSecond: orThrow(await matrixProductRate()) }),
  /** Memory with TensorFlow loaded, and nothing else. */
  library: async () => {
    orThrow(E.mapLeft(({ message }: Error) => message)(await loadBinding()))
    return { peakResidentBytes: peakResidentBytes() }
  },
  memory: async () => ({ peakResidentBytes: peakResidentBytes() }),
  arithmetic: async () => (await open()).arithmetic(),
  agree: async file => ({ losses: orThrow(await agree(options, file)) }),
}

for await (const line of createInterface({ input: process.stdin })) {
  const [name = '', ...rest] = line.split(' ')
  const answer = answers[name]
  if (answer === undefined) throw new Error(`ours.ts: there is no request '${name}'`)
  process.stdout.write(`${JSON.stringify(await answer(rest.join(' ')))}\n`)
}
process.exit(0)
