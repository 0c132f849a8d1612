import { readFile } from 'node:fs/promises'
import * as E from 'fp-ts/Either'
import * as T from 'fp-ts/Task'
import type { Precision } from '../../compiler/language/index.ts'
import { listDevices } from '../backends/tensorflow-c.ts'
import type { Devices } from './devices.ts'

/** Whether a processor multiplies matrices of bf16 in units made for it, by what Linux says of it in /proc/cpuinfo. */
export const hasMatrixUnits = (cpuinfo: string): boolean => /^flags\s*:.*\bamx_bf16\b/m.test(cpuinfo)

/** What to say where products in bf16 would take longer than in f32; undefined where they gain. */
export const slowerInBf16 = (devices: Devices | undefined, matrixUnits: boolean, gpus: boolean): string | undefined => {
  if (matrixUnits || devices?.kind === 'gpu' || (devices === undefined && gpus)) return undefined
  const where = devices === undefined && !gpus ? 'there is no graphics processor here, and this processor' : 'this processor'
  return `--precision bf16: ${where} has no matrix units for bf16 (amx_bf16): a step will take longer than in f32, and is less exact; go on to see what the numbers are like, or leave --precision out`
}

const seesGpus = async (): Promise<boolean> => {
  const names = await listDevices()()
  return E.isRight(names) && names.right.some(name => name.includes('/device:GPU:'))
}

/** A warning for the devices that a step will run on; it looks for graphics processors only where they would matter. */
export const precisionWarning = (precision: Precision, devices: Devices | undefined): T.Task<string | undefined> => async () => {
  if (precision === 'f32') return undefined
  const matrixUnits = hasMatrixUnits(await readFile('/proc/cpuinfo', 'utf8').catch(() => ''))
  return slowerInBf16(devices, matrixUnits, !matrixUnits && devices === undefined && (await seesGpus()))
}
