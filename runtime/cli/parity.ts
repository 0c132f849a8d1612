import { fileURLToPath } from 'node:url'
import { passNames } from '../../compiler/language/index.ts'
import { command, flag, option, optional, positional, string } from 'cmd-ts'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { parseWithout, withoutDescription } from '../compile/without.ts'
import { findDevices } from '../devices/devices.ts'
import { checkParity } from '../parity/check.ts'
import { checkEachPassOff, eachPassText } from '../parity/each-pass.ts'
import { passes, reportText } from '../parity/report.ts'

const defaultModel = fileURLToPath(new URL('../../models/albef/parity.ts', import.meta.url))

interface Arguments {
  readonly folder: string
  readonly model: string
  readonly devices: string | undefined
  readonly without: string | undefined
  readonly eachPassOff: boolean
}

interface Outcome {
  readonly text: string
  readonly passed: boolean
}

const eachPassOff = ({ folder, model, devices, without }: Arguments): TE.TaskEither<string, Outcome> =>
  without !== undefined
    ? TE.left('--each-pass-off switches each pass off by itself; leave --without out')
    : pipe(
        findDevices(devices),
        TE.chain(found => checkEachPassOff(folder, model, passNames, found)),
        TE.map(trials => ({ text: eachPassText(trials), passed: trials.every(({ report }) => passes(report)) })),
      )

const once = ({ folder, model, devices, without }: Arguments): TE.TaskEither<string, Outcome> => pipe(
  findDevices(devices),
  TE.bindTo('found'),
  TE.bind('off', () => TE.fromEither(parseWithout(without))),
  TE.chain(({ found, off }) => checkParity(folder, model, found, { without: off })),
  TE.map(report => ({ text: reportText(report), passed: passes(report) })),
)

const refuse = (sentence: string): void => {
  process.stderr.write(`${sentence}\n`)
  process.exitCode = 2
}

const print = ({ text, passed }: Outcome): void => {
  process.stdout.write(text)
  process.exitCode = passed ? 0 : 1
}

/** `axle parity DIR`. Exit codes: 0 all within tolerance, 1 something is out, 2 the folder or the model cannot be used. */
export const parityCommand = command({
  name: 'parity',
  description: 'Replays a recorded training run of the official code through the compiled step and compares everything in it.',
  args: {
    folder: positional({ type: string, displayName: 'DIR', description: 'a folder with config.json, losses.json, and inputs, state0, step0, grads0, state1 as .safetensors' }),
    model: option({ type: string, long: 'model', description: 'a model file that exports `parity`; ALBEF without it', defaultValue: () => defaultModel }),
    devices: option({ type: optional(string), long: 'devices', description: 'number of devices to replay a training run on: 2 (graphics processors if there are any), cpu:2 or gpu:2' }),
    without: option({ type: optional(string), long: 'without', description: withoutDescription }),
    eachPassOff: flag({ long: 'each-pass-off', description: 'replays with every pass, and with each one switched off: one table' }),
  },
  handler: async given => pipe((given.eachPassOff ? eachPassOff : once)(given), TE.match(refuse, print))(),
})
