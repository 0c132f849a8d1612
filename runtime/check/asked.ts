import * as E from 'fp-ts/Either'
import { resolve } from 'node:path'
import { parsePrecision } from '../compile/precision.ts'
import { askedDevices } from './machine.ts'
import type { Asked } from './trace/messages.ts'
import { unpackRevision } from './revision.ts'
import { readCheckpoint } from './weights/read.ts'

/** What the command line says. */
export interface CheckArguments {
  readonly names: readonly string[]
  readonly cwd: string
  readonly config: string | undefined
  readonly json: boolean
  readonly cost: boolean
  readonly mesh: string | undefined
  readonly machine: string | undefined
  /** In what products of matrices are computed, for costs. */
  readonly precision?: string | undefined
  readonly fit: string | undefined
  readonly weights: string | undefined
  readonly diff: string | undefined
  readonly watch: boolean
}

const budget = async (text: string): Promise<E.Either<string, number>> => {
  const { bytesFrom } = await import('../../compiler/check/cost/index.ts')
  const bytes = bytesFrom(text)
  return bytes === undefined ? E.left(`--fit ${text}: wanted an amount of memory, such as 24GiB`) : E.right(bytes)
}

/** What is asked of every program, with files and revisions read. Left: one sentence about the option that cannot be done. */
export const askedFor = async ({ cwd, config, cost, mesh, machine, precision: wanted, fit, weights, diff }: CheckArguments): Promise<E.Either<string, Asked>> => {
  const precision = parsePrecision(wanted)
  if (E.isLeft(precision)) return precision
  const devices = askedDevices({ cost, mesh, machine: machine === undefined ? undefined : resolve(cwd, machine), precision: precision.right })
  if (E.isLeft(devices)) return devices
  const bytes = fit === undefined ? undefined : await budget(fit)
  if (bytes !== undefined && E.isLeft(bytes)) return bytes
  const tensors = weights === undefined ? undefined : await readCheckpoint(resolve(cwd, weights))()
  if (tensors !== undefined && E.isLeft(tensors)) return tensors
  const before = diff === undefined ? undefined : await unpackRevision(cwd, diff)()
  if (before !== undefined && E.isLeft(before)) return before
  return E.right({
    ...(config === undefined ? {} : { config }),
    ...(cost ? { cost, precision: precision.right } : {}),
    ...(devices.right === undefined ? {} : { devices: devices.right }),
    ...(bytes === undefined ? {} : { fit: bytes.right }),
    ...(weights === undefined || tensors === undefined ? {} : { weights: { file: resolve(cwd, weights), tensors: tensors.right } }),
    ...(before === undefined ? {} : { before: { root: before.right.root, copy: before.right.copy, revision: before.right.revision } }),
  })
}
