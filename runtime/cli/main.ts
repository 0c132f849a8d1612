import { binary, runSafely, subcommands } from 'cmd-ts'
import { compileCommand } from './compile.ts'
import { parityCommand } from './parity.ts'
import { trainCommand } from './train.ts'

/** The `axle` command. Exit codes: 0 done, 1 a check failed or a run broke off, 2 bad input, 130 stopped by Ctrl-C. */
const axle = subcommands({
  name: 'axle',
  description: 'Compiles, trains and checks models written in the Axle language.',
  cmds: { train: trainCommand, compile: compileCommand, parity: parityCommand },
})

const BAD_INPUT = 2

const result = await runSafely(binary(axle), process.argv)
if (result._tag === 'error') {
  const { message, into, exitCode } = result.error.config
  process[into].write(`${message}\n`)
  process.exitCode = exitCode === 0 ? 0 : BAD_INPUT
}
