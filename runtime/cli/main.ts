import { binary, runSafely, subcommands } from 'cmd-ts'

// Each brings much with it that the others do not need: only what is asked for is loaded, all of them for a list.
const commands = {
  train: async () => (await import('./train.ts')).trainCommand,
  eval: async () => (await import('./eval.ts')).evalCommand,
  gradcam: async () => (await import('./gradcam.ts')).gradcamCommand,
  search: async () => (await import('./search.ts')).searchCommand,
  compile: async () => (await import('./compile.ts')).compileCommand,
  print: async () => (await import('./print.ts')).printCommand,
  profile: async () => (await import('./profile.ts')).profileCommand,
  check: async () => (await import('./check.ts')).checkCommand,
  parity: async () => (await import('./parity.ts')).parityCommand,
  compare: async () => (await import('./compare.ts')).compareCommand,
  ablation: async () => (await import('./ablation.ts')).ablationCommand,
  tasks: async () => (await import('./tasks.ts')).tasksCommand,
  devices: async () => (await import('./devices.ts')).devicesCommand,
  floors: async () => (await import('./floors.ts')).floorsCommand,
}

const [asked = ''] = process.argv.slice(2)
const wanted = Object.entries(commands).filter(([name], _i, all) => name === asked || !all.some(([other]) => other === asked))

/** The `axle` command. Exit codes: 0 done, 1 a check failed or a run broke off, 2 bad input, 130 stopped by Ctrl-C. */
const axle = subcommands({
  name: 'axle',
  description: 'Compiles, trains and checks models written in the Axle language.',
  cmds: Object.fromEntries(await Promise.all(wanted.map(async ([name, load]) => [name, await load()] as const))),
})

const BAD_INPUT = 2

const result = await runSafely(binary(axle), process.argv)
if (result._tag === 'error') {
  const { message, into, exitCode } = result.error.config
  process[into].write(`${message}\n`)
  process.exitCode = exitCode === 0 ? 0 : BAD_INPUT
}
