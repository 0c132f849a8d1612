import { fileURLToPath } from 'node:url'
import { array, command, multioption, number, option, restPositionals, string } from 'cmd-ts'
import * as E from 'fp-ts/Either'
import { BackendError } from '../backends/backend.ts'
import { findDevices, parseDevices, type Devices } from '../devices/devices.ts'
import { agrees, verdictOn, type Verdict } from '../devices/judge.ts'
import { reportText } from '../devices/report.ts'
import { readyOn, reference, trial, type Ready } from '../devices/trial.ts'
import { shaken } from '../parity/replay.ts'
import { loadJob } from '../tasks.ts'
import { parseChanges } from '../training/run-config.ts'

const defaultModel = fileURLToPath(new URL('../../models/albef/pretrain.ts', import.meta.url))

interface Arguments {
  readonly meshes: readonly string[]
  readonly model: string
  readonly config: string
  readonly steps: number
  readonly seed: number
  readonly set: readonly string[]
}

const say = (line: string): void => void process.stderr.write(`${line}\n`)

const isWhole = (value: number, least: number): boolean => Number.isInteger(value) && value >= least && value < 2 ** 31

/** The meshes asked for, all of which must be there before anything runs; one device is the reference and no mesh. */
const meshesOf = async (texts: readonly string[]): Promise<E.Either<string, readonly Devices[]>> => {
  const found: Devices[] = []
  for (const text of texts.length === 0 ? ['2', '4'] : texts) {
    const wanted = parseDevices(text)
    const devices = E.isLeft(wanted) ? wanted : await findDevices(text)()
    if (E.isLeft(devices)) return devices
    if (devices.right !== undefined) found.push(devices.right)
  }
  return E.right(found)
}

/** Trains on one device and on each mesh, and prints how they compare. The exit code, or one sentence. */
const compareDevices = async ({ meshes, model, config, steps, seed, set }: Arguments): Promise<E.Either<string, number>> => {
  if (!isWhole(steps, 1)) return E.left(`--steps ${steps}: wanted a whole number from 1 on`)
  if (!isWhole(seed, 0)) return E.left(`--seed ${seed}: wanted a whole number from 0 on`)
  const changes = parseChanges(set)
  if (E.isLeft(changes)) return changes
  const devices = await meshesOf(meshes)
  if (E.isLeft(devices)) return devices
  const job = await loadJob(model, config, changes.right)()
  if (E.isLeft(job)) return job
  const options = { steps, seed }
  // All are compiled before the first of them trains: what does not fit is said at once.
  const one = readyOn(job.right)
  if (E.isLeft(one)) return one
  const several: Ready[] = []
  for (const each of devices.right) {
    const ready = readyOn(job.right, each)
    if (E.isLeft(ready)) return ready
    several.push(ready.right)
  }
  const wanted = await reference(one.right, options, shaken)()
  if (E.isLeft(wanted)) return wanted
  const verdicts: Verdict[] = []
  for (const each of several) {
    const found = await trial(each, options)()
    if (E.isLeft(found)) return found
    verdicts.push(verdictOn(wanted.right, found.right))
  }
  process.stdout.write(reportText(wanted.right, verdicts))
  return E.right(verdicts.every(agrees) ? 0 : 1)
}

/** A failure of the backend is one line, not a stack trace. */
const guarded = async (given: Arguments): Promise<E.Either<string, number>> => {
  try {
    return await compareDevices(given)
  } catch (error) {
    if (error instanceof BackendError) return E.left(error.message)
    throw error
  }
}

/** `axle devices 1 2 4`. Exit codes: 0 all within tolerance, 1 something is out, 2 bad input or no such devices. */
export const devicesCommand = command({
  name: 'devices',
  description: 'Trains a few steps on one device and on each mesh of several, and compares losses and state.',
  args: {
    meshes: restPositionals({ type: string, displayName: 'DEVICES', description: 'numbers of devices: 2, cpu:4, gpu:8; 2 and 4 without any' }),
    model: option({ type: string, long: 'model', description: 'a model file that exports `task`; ALBEF without it', defaultValue: () => defaultModel }),
    config: option({ type: string, long: 'config', description: 'name of the configuration', defaultValue: () => 'tiny', defaultValueIsSerializable: true }),
    steps: option({ type: number, long: 'steps', description: 'steps of each training', defaultValue: () => 10, defaultValueIsSerializable: true }),
    seed: option({ type: number, long: 'seed', description: 'of the first state and of the random batches', defaultValue: () => 1, defaultValueIsSerializable: true }),
    set: multioption({ type: array(string), long: 'set', description: 'replaces a value of the configuration: --set batch=8' }),
  },
  handler: async given => {
    const result = await guarded(given)
    if (E.isLeft(result)) say(result.left)
    process.exitCode = E.isLeft(result) ? 2 : result.right
  },
})
