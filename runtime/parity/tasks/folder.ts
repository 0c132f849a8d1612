import { existsSync, readdirSync } from 'node:fs'
import { join, normalize } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import * as t from 'io-ts'
import type { HostTensor } from '../../checkpoints/element-types.ts'
import { readTensors } from '../../checkpoints/safetensors.ts'
import { optional, readJson, Size } from '../recorded.ts'

export type Tensors = ReadonlyMap<string, HostTensor>

const NoiseOf = t.record(t.string, t.tuple([t.number, t.number]))

const Config = t.type({
  size: Size,
  special_ids: t.type({ pad: t.number, cls: t.number, mask: t.number }),
  alpha: optional(t.number),
  k_test: optional(t.number),
  note: optional(t.string),
  img2txt: optional(t.record(t.string, t.array(t.number))),
  metrics: optional(t.record(t.string, t.number)),
  noise_grads: optional(NoiseOf),
  noise: optional(NoiseOf),
})

/** The tasks whose recorded folders can be told, by an array that only theirs has: the first that fits. */
const kinds = [
  ['retrieval', 'inputs', 'idx'],
  ['vqa', 'inputs', 'answer_ids'],
  ['nlvr_ta', 'inputs', 'slot0_idx'],
  ['retrieval_eval', 'outputs', 'score_i2t'],
  ['gradcam', 'outputs', 'itm_logits'],
] as const

export type Kind = (typeof kinds)[number][0] | 've' | 'nlvr'

/** A folder with what the official code made of one batch of a task. */
export interface RecordedTask {
  readonly folder: string
  readonly kind: Kind
  readonly config: t.TypeOf<typeof Config>
  readonly inputs: Tensors
  readonly outputs: Tensors
  readonly state0: { readonly file: string; readonly tensors: Tensors }
  /** Every other file of tensors, by its name: gradients, a state afterwards. */
  readonly others: Readonly<Record<string, Tensors>>
}

/** Whether a folder is of one of these tasks, and not of a pre-training run. */
export const isRecordedTask = (folder: string): boolean => existsSync(join(folder, 'outputs.safetensors'))

const kindOf = (folder: string, found: { readonly inputs: Tensors; readonly outputs: Tensors }): E.Either<string, Kind> => {
  const told = kinds.find(([, file, name]) => found[file].has(name))
  if (told !== undefined) return E.right(told[0])
  const [pictures, labels] = [found.inputs.get('image')?.shape[0] ?? 0, found.inputs.get('targets')?.shape[0] ?? 0]
  if (labels > 0 && pictures === labels) return E.right('ve')
  if (labels > 0 && pictures === 2 * labels) return E.right('nlvr')
  return E.left(`${join(folder, 'inputs.safetensors')}: its tensors are those of no task that axle knows (retrieval, retrieval_eval, vqa, nlvr, nlvr_ta, ve, gradcam)`)
}

// An evaluation was recorded with the parameters of another folder, which its note names.
const stateFile = (folder: string, note: string | undefined): string => {
  const own = join(folder, 'state0.safetensors')
  const other = /\S*state0\.safetensors/.exec(note ?? '')?.[0]
  return existsSync(own) || other === undefined ? own : normalize(join(folder, other))
}

const tensorsOf = (file: string): TE.TaskEither<string, Tensors> => pipe(readTensors(file), TE.map(({ tensors }) => tensors))

const known = new Set(['inputs', 'outputs', 'state0'])

const readOthers = (folder: string): TE.TaskEither<string, Readonly<Record<string, Tensors>>> => {
  const names = readdirSync(folder).flatMap(name => (name.endsWith('.safetensors') ? [name.slice(0, -'.safetensors'.length)] : [])).filter(name => !known.has(name))
  return pipe(names, TE.traverseSeqArray(name => pipe(tensorsOf(join(folder, `${name}.safetensors`)), TE.map(tensors => [name, tensors] as const))), TE.map(Object.fromEntries))
}

/** Reads a folder of a task. Left: one sentence with the file and what is missing or wrong in it. */
export const readRecordedTask = (folder: string): TE.TaskEither<string, RecordedTask> => pipe(
  TE.Do,
  TE.bind('config', () => TE.fromEither(readJson(join(folder, 'config.json'), Config))),
  TE.bind('inputs', () => tensorsOf(join(folder, 'inputs.safetensors'))),
  TE.bind('outputs', () => tensorsOf(join(folder, 'outputs.safetensors'))),
  TE.bind('kind', found => TE.fromEither(kindOf(folder, found))),
  TE.bind('state0', ({ config }) => {
    const file = stateFile(folder, config.note)
    return pipe(tensorsOf(file), TE.map(tensors => ({ file, tensors })))
  }),
  TE.bind('others', () => readOthers(folder)),
  TE.map(found => ({ folder, ...found })),
)
