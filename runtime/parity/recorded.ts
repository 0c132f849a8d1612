import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sequenceS } from 'fp-ts/Apply'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import * as t from 'io-ts'
import type { HostTensor } from '../checkpoints/element-types.ts'
import { readTensors } from '../checkpoints/safetensors.ts'
import { describeError } from '../data/errors.ts'
import { parseJson } from '../data/json.ts'
import { checkInputs } from './inputs.ts'

export const optional = <A>(type: t.Type<A>) => t.union([type, t.undefined])

export const Size = t.type({
  image: t.number, patch: t.number, vwidth: t.number, vdepth: t.number, vheads: t.number, thidden: t.number, tlayers: t.number, tfusion: t.number,
  theads: t.number, tinter: t.number, vocab: t.number, maxpos: t.number, embed: t.number, queue: t.number, batch: t.number, seq: t.number,
  /** Processes that each had such a batch; none is one. */
  ranks: optional(t.number),
})

export const Config = t.type({
  size: Size,
  momentum: t.number,
  mlp_ratio: t.number,
  special_ids: t.type({ pad: t.number, cls: t.number, mask: t.number }),
  optimizer: t.type({ lr: t.number, betas: t.tuple([t.number, t.number]), eps: t.number, weight_decay: t.number }),
  dropout: optional(t.number),
  bert_config: optional(t.type({ hidden_dropout_prob: optional(t.number), attention_probs_dropout_prob: optional(t.number) })),
})

const LossesOfStep = t.type({ loss_mlm: t.number, loss_ita: t.number, loss_itm: t.number, total: t.number })
const Losses = t.type({ float32: t.array(LossesOfStep), float64: optional(t.array(LossesOfStep)) })
const NoiseOf = t.record(t.string, t.tuple([t.number, t.number]))
const Noise = t.type({ step0: optional(NoiseOf), grads0: optional(NoiseOf), state1: optional(NoiseOf) })
export const Checksums = t.record(t.string, t.type({ l2: t.number }))

export type RecordedConfig = t.TypeOf<typeof Config>
export type LossName = keyof t.TypeOf<typeof LossesOfStep>

/** A folder with a recorded pre-training run of the official code. */
export interface RecordedRun {
  readonly folder: string
  readonly config: RecordedConfig
  readonly losses: t.TypeOf<typeof Losses>
  readonly noise: t.TypeOf<typeof Noise>
  /** Norms of the state after so many steps, if they were recorded. */
  readonly checksums: t.TypeOf<typeof Checksums> | undefined
  readonly checkedAfter: number
  readonly inputs: ReadonlyMap<string, HostTensor>
  readonly state0: ReadonlyMap<string, HostTensor>
  readonly step0: ReadonlyMap<string, HostTensor>
  readonly grads0: ReadonlyMap<string, HostTensor>
  readonly state1: ReadonlyMap<string, HostTensor>
}

// Members of a union stand in an error's path as numbers that no file knows.
const fieldOf = (context: t.Context): string => context.filter((_, i) => i > 0 && !(context[i - 1]?.type instanceof t.UnionType)).map(({ key }) => key).join('.')

const describe = (file: string, [first]: t.Errors): string => {
  const wanted = first?.context.at(-1)?.type.name ?? 'something else'
  const field = fieldOf(first?.context ?? [])
  return first?.value === undefined ? `${file}: there is no '${field}' (wanted: ${wanted})` : `${file}: '${field}' is ${JSON.stringify(first.value)?.slice(0, 60)}, wanted: ${wanted}`
}

export const readJson = <A>(file: string, type: t.Type<A>): E.Either<string, A> => pipe(
  E.tryCatch(() => readFileSync(file, 'utf8'), error => `${file}: cannot be read: ${describeError(error)}`),
  E.chain(text => pipe(parseJson(text), E.mapLeft(sentence => `${file}: ${sentence}`))),
  E.chain(value => pipe(type.decode(value), E.mapLeft(errors => describe(file, errors)))),
)

const exists = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false

const checkFolder = (folder: string): E.Either<string, string> => {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found === undefined) return E.left(`${folder}: there is no such folder`)
  return found.isDirectory() ? E.right(folder) : E.left(`${folder}: is a file, wanted a folder`)
}

/** The parity of two programs is a matter of arithmetic only where nothing is drawn while they run. */
const checkDropout = (folder: string, { dropout, bert_config: bert }: RecordedConfig): string | undefined => {
  const fields = { dropout, 'bert_config.hidden_dropout_prob': bert?.hidden_dropout_prob, 'bert_config.attention_probs_dropout_prob': bert?.attention_probs_dropout_prob }
  const [active] = Object.entries(fields).filter(([, value]) => value !== undefined && value !== 0)
  return active === undefined ? undefined : `${join(folder, 'config.json')}: '${active[0]}' is ${active[1]}: only a run without dropout (0) can be replayed`
}

/** A run that can be replayed. Left: one sentence. */
export const checked = (run: RecordedRun): E.Either<string, RecordedRun> => {
  const { folder, config, losses } = run
  const fault = checkDropout(folder, config) ?? checkInputs(join(folder, 'inputs.safetensors'), run.inputs, { ...config.size, pad: config.special_ids.pad, steps: losses.float32.length })
  return fault === undefined ? E.right(run) : E.left(fault)
}

const read = (folder: string): TE.TaskEither<string, RecordedRun> => {
  const at = (name: string): string => join(folder, name)
  const json = <A>(name: string, type: t.Type<A>) => TE.fromEither(readJson(at(name), type))
  const jsonIfThere = <A, B>(name: string, type: t.Type<A>, otherwise: B): TE.TaskEither<string, A | B> => (exists(at(name)) ? json(name, type) : TE.right(otherwise))
  const tensors = (name: string) => pipe(readTensors(at(name)), TE.map(file => file.tensors))
  return sequenceS(TE.ApplySeq)({
    folder: TE.right(folder),
    config: json('config.json', Config),
    losses: json('losses.json', Losses),
    noise: jsonIfThere('noise.json', Noise, { step0: undefined, grads0: undefined, state1: undefined }),
    checksums: jsonIfThere('state5_checksums.json', Checksums, undefined),
    checkedAfter: TE.right(5),
    inputs: tensors('inputs.safetensors'),
    state0: tensors('state0.safetensors'),
    step0: tensors('step0.safetensors'),
    grads0: tensors('grads0.safetensors'),
    state1: tensors('state1.safetensors'),
  })
}

/** Reads a folder of the recorded layout. Left: one sentence with the file and what is missing or wrong in it. */
export const readRecorded = (folder: string): TE.TaskEither<string, RecordedRun> => pipe(TE.fromEither(checkFolder(folder)), TE.chain(read), TE.chainEitherK(checked))
