import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import * as E from 'fp-ts/Either'
import type * as TE from 'fp-ts/TaskEither'
import { AxleError, type Definition } from '../../compiler/language/index.ts'
import type { ForeignTensor } from '../checkpoints/official.ts'
import { describeError } from '../data/errors.ts'
import type { RecordedConfig } from './recorded.ts'

/** What a model's parity module makes of a recorded configuration. */
export interface ParityTask {
  /** The step, and two evaluations of the same inputs: `intermediates` under the recorded names, and `gradients`. */
  readonly definition: Definition<unknown, unknown, unknown>
  /** Array of `inputs.safetensors` for each input of a step; the rate is added. */
  readonly inputs: Readonly<Record<string, string>>
  /** The order in which recorded intermediates lay out their axes. */
  readonly order: readonly string[]
  /** Recorded names of the state, and of the gradients. */
  readonly names: readonly ForeignTensor[]
  readonly gradientNames: readonly ForeignTensor[]
}

/** The settings of a recorded run that the model depends on: what its parity module's `parity` is given. */
const settingsOf = ({ size, momentum, mlp_ratio: mlpRatio, special_ids: special, optimizer }: RecordedConfig) => ({
  size, momentum, mlpRatio, special,
  optimizer: { decay: optimizer.weight_decay, beta1: optimizer.betas[0], beta2: optimizer.betas[1], epsilon: optimizer.eps },
})

type ParityOf = (settings: ReturnType<typeof settingsOf>) => unknown

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> => typeof x === 'object' && x !== null
const isParityModule = (x: unknown): x is { readonly parity: ParityOf } => isRecord(x) && typeof x['parity'] === 'function'

const isTask = (x: unknown): x is ParityTask =>
  isRecord(x) && isRecord(x['definition']) && typeof x['definition']['step'] === 'function' && isRecord(x['inputs']) && [x['order'], x['names'], x['gradientNames']].every(Array.isArray)

/** The parity task of a model file for a recorded run. Left: one sentence (no such file, no task in it, sizes that do not fit together). */
export const loadParityTask = (file: string, config: RecordedConfig): TE.TaskEither<string, ParityTask> => async () => {
  const path = resolve(file)
  if (!existsSync(path)) return E.left(`${file}: there is no such file`)
  try {
    const module: unknown = await import(pathToFileURL(path).href)
    if (!isParityModule(module)) return E.left(`${file}: it exports no function \`parity\``)
    const task = module.parity(settingsOf(config))
    return isTask(task) ? E.right(task) : E.left(`${file}: its \`parity\` returns no definition with inputs, order, names and gradientNames`)
  } catch (error) {
    return E.left(error instanceof AxleError ? error.message : `${file}: ${describeError(error)}`)
  }
}
