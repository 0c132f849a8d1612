import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { array, command, multioption, number, option, optional, positional, string } from 'cmd-ts'
import * as E from 'fp-ts/Either'
import { parseWithout, withoutDescription } from '../compile/without.ts'
import { describeError } from '../data/errors.ts'
import { findDevices } from '../devices/devices.ts'
import { chromeTrace } from '../profile/chrome.ts'
import { profile } from '../profile/profile.ts'
import { profileText } from '../profile/report.ts'
import { loadJobAt } from '../tasks.ts'
import { parseChanges } from '../training/run-config.ts'

interface Arguments {
  readonly file: string
  readonly config: string
  readonly batch: number | undefined
  readonly steps: number
  readonly seed: number
  readonly program: string | undefined
  readonly devices: string | undefined
  readonly without: string | undefined
  readonly out: string | undefined
  readonly set: readonly string[]
}

const isWhole = (value: number, least: number): boolean => Number.isInteger(value) && value >= least && value < 2 ** 31

const write = async (path: string, text: string): Promise<E.Either<string, void>> => {
  try {
    await mkdir(dirname(path), { recursive: true })
    return E.right(await writeFile(path, text))
  } catch (error) {
    return E.left(`${path}: cannot be written: ${describeError(error)}`)
  }
}

/** Profiles, writes the trace and returns the tables. Left: one sentence. */
export const profiled = async (given: Arguments): Promise<E.Either<string, string>> => {
  const { file, config, batch, steps, seed, set } = given
  if (!isWhole(steps, 1)) return E.left(`--steps ${steps}: wanted a whole number from 1 on`)
  if (batch !== undefined && !isWhole(batch, 1)) return E.left(`--batch ${batch}: wanted a whole number from 1 on`)
  if (!isWhole(seed, 0)) return E.left(`--seed ${seed}: wanted a whole number from 0 on`)
  const changes = parseChanges(set)
  if (E.isLeft(changes)) return changes
  const without = parseWithout(given.without)
  if (E.isLeft(without)) return without
  const job = await loadJobAt(file, config, changes.right, batch)()
  if (E.isLeft(job)) return job
  const devices = await findDevices(given.devices)()
  if (E.isLeft(devices)) return devices
  const found = await profile(job.right, { program: given.program, steps, seed, devices: devices.right, without: without.right })()
  if (E.isLeft(found)) return found
  const title = `${basename(file, extname(file))}-${config}`
  const path = given.out ?? join('out', 'profile', `${title}.json`)
  const written = await write(path, chromeTrace(title, found.right.steps))
  return E.isLeft(written) ? written : E.right(`${profileText(found.right)}\n${path}: the trace, for ui.perfetto.dev or chrome://tracing\n`)
}

/** `axle profile models/albef/pretrain.ts --config base --batch 4`. Exit codes: 0 done, 2 bad input or it could not run. */
export const profileCommand = command({
  name: 'profile',
  description: 'Runs steps on random data and says which lines and scopes their time goes to; writes a Chrome trace.',
  args: {
    file: positional({ type: string, displayName: 'FILE', description: 'a model file that exports `task`' }),
    config: option({ type: string, long: 'config', description: 'name of the configuration', defaultValue: () => 'emoji', defaultValueIsSerializable: true }),
    batch: option({ type: optional(number), long: 'batch', description: 'examples a step, instead of the configuration\'s' }),
    steps: option({ type: number, long: 'steps', description: 'steps that are traced, after as many that are not', defaultValue: () => 3, defaultValueIsSerializable: true }),
    seed: option({ type: number, long: 'seed', description: 'of the first state and of the random batch', defaultValue: () => 1, defaultValueIsSerializable: true }),
    program: option({ type: optional(string), long: 'program', description: 'the training program; the last phase\'s without it' }),
    devices: option({ type: optional(string), long: 'devices', description: 'number of devices that run a step together: 2, cpu:2 or gpu:2' }),
    without: option({ type: optional(string), long: 'without', description: withoutDescription }),
    out: option({ type: optional(string), long: 'out', description: 'the trace\'s file; out/profile/FILE-CONFIG.json without it' }),
    set: multioption({ type: array(string), long: 'set', description: 'replaces a value of the configuration: --set vision.layers=6' }),
  },
  handler: async given => {
    const result = await profiled(given)
    if (E.isLeft(result)) process.stderr.write(`${result.left}\n`)
    else process.stdout.write(result.right)
    process.exitCode = E.isLeft(result) ? 2 : 0
  },
})
