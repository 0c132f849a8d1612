import { command, flag, option, optional, restPositionals, string } from 'cmd-ts'
import { checkCommandLine } from '../check/command.ts'

/** `axle check models/albef/pretrain.ts --config base`. Exit codes: 0 clean, 1 findings, 2 something could not be checked. */
export const checkCommand = command({
  name: 'check',
  description: 'Finds every mistake in models that can be found before anything runs: types, sizes, and what only a compiler sees.',
  args: {
    names: restPositionals({ type: string, displayName: 'FILES', description: 'files and folders; models/ and examples/ without any' }),
    config: option({ type: optional(string), long: 'config', description: 'only this configuration of each task' }),
    json: flag({ long: 'json', description: 'one JSON document on standard output (docs/check.md)' }),
    cost: flag({ long: 'cost', description: 'also what each line and each scope costs' }),
    mesh: option({ type: optional(string), long: 'mesh', description: 'with --cost: on each of several devices, and how long a step takes: --mesh data=8' }),
    machine: option({ type: optional(string), long: 'machine', description: 'with --mesh: a JSON file that describes the devices (docs/devices.md); eight A100 without it' }),
    precision: option({ type: optional(string), long: 'precision', description: 'with --cost: products of matrices in bf16, where the machine is faster in it' }),
    fit: option({ type: optional(string), long: 'fit', description: 'the largest batch that fits into so much memory: --fit 24GiB' }),
    weights: option({ type: optional(string), long: 'weights', description: 'compares a .safetensors or .pth file with the parameters' }),
    diff: option({ type: optional(string), long: 'diff', description: 'what changed since a revision: parameters, shapes, cost' }),
    watch: flag({ long: 'watch', description: 'checks again after every change' }),
  },
  handler: async given => {
    process.exitCode = await checkCommandLine({ ...given, cwd: process.cwd() })
  },
})
