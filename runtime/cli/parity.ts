import { fileURLToPath } from 'node:url'
import { command, option, optional, positional, string } from 'cmd-ts'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { findDevices } from '../devices/devices.ts'
import { checkParity } from '../parity/check.ts'
import { passes, reportText } from '../parity/report.ts'
import type { Report } from '../parity/judge.ts'

const defaultModel = fileURLToPath(new URL('../../models/albef/parity.ts', import.meta.url))

const refuse = (sentence: string): void => {
  process.stderr.write(`${sentence}\n`)
  process.exitCode = 2
}

const print = (report: Report): void => {
  process.stdout.write(reportText(report))
  process.exitCode = passes(report) ? 0 : 1
}

/** `axle parity DIR`. Exit codes: 0 all within tolerance, 1 something is out, 2 the folder or the model cannot be used. */
export const parityCommand = command({
  name: 'parity',
  description: 'Replays a recorded training run of the official code through the compiled step and compares everything in it.',
  args: {
    folder: positional({ type: string, displayName: 'DIR', description: 'a folder with config.json, losses.json, and inputs, state0, step0, grads0, state1 as .safetensors' }),
    model: option({ type: string, long: 'model', description: 'a model file that exports `parity`; ALBEF without it', defaultValue: () => defaultModel }),
    devices: option({ type: optional(string), long: 'devices', description: 'number of devices to replay a training run on: 2 (graphics processors if there are any), cpu:2 or gpu:2' }),
  },
  handler: async ({ folder, model, devices }) => pipe(findDevices(devices), TE.chain(found => checkParity(folder, model, found)), TE.match(refuse, print))(),
})
