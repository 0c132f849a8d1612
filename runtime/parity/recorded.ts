import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import * as t from 'io-ts'
import { readTensors, type TensorFile } from '../checkpoints/safetensors.ts'
import type { HostTensor } from '../checkpoints/element-types.ts'

const Config = t.type({
  size: t.type({
    image: t.number, patch: t.number, vwidth: t.number, vdepth: t.number, vheads: t.number, thidden: t.number, tlayers: t.number, tfusion: t.number,
    theads: t.number, tinter: t.number, vocab: t.number, maxpos: t.number, embed: t.number, queue: t.number, batch: t.number, seq: t.number,
  }),
  momentum: t.number,
  mlp_ratio: t.number,
  special_ids: t.type({ pad: t.number, cls: t.number, mask: t.number }),
  optimizer: t.type({ lr: t.number, betas: t.tuple([t.number, t.number]), eps: t.number, weight_decay: t.number }),
})

const Losses = t.type({ float32: t.array(t.record(t.string, t.number)), float64: t.array(t.record(t.string, t.number)) })
const Noise = t.partial({ step0: t.record(t.string, t.tuple([t.number, t.number])), grads0: t.record(t.string, t.tuple([t.number, t.number])), state1: t.record(t.string, t.tuple([t.number, t.number])) })

/** A folder with a recorded pre-training run of the official code. */
export interface RecordedRun {
  readonly config: t.TypeOf<typeof Config>
  readonly losses: t.TypeOf<typeof Losses>
  readonly noise: t.TypeOf<typeof Noise>
  readonly inputs: ReadonlyMap<string, HostTensor>
  readonly state0: ReadonlyMap<string, HostTensor>
  readonly step0: ReadonlyMap<string, HostTensor>
  readonly grads0: ReadonlyMap<string, HostTensor>
  readonly state1: ReadonlyMap<string, HostTensor>
}

const readJson = <A>(file: string, type: t.Type<A>): A => {
  const decoded = type.decode(JSON.parse(readFileSync(file, 'utf8')))
  if (E.isRight(decoded)) return decoded.right
  const [first] = decoded.left
  throw new Error(`${file}: field '${first?.context.map(({ key }) => key).filter(key => key !== '').join('.') ?? '?'}' is ${JSON.stringify(first?.value)}`)
}

const readFile = async (file: string): Promise<TensorFile['tensors']> => {
  const read = await readTensors(file)()
  if (E.isLeft(read)) throw new Error(read.left)
  return read.right.tensors
}

const optional = <A>(file: string, type: t.Type<A>, otherwise: A): A => (existsSync(file) ? readJson(file, type) : otherwise)

/** Reads a folder of the recorded layout; what is missing or malformed is named in the error. */
export const readRecorded = async (folder: string): Promise<RecordedRun> => {
  const at = (name: string): string => join(folder, name)
  for (const name of ['config.json', 'losses.json', 'inputs.safetensors', 'state0.safetensors', 'step0.safetensors', 'grads0.safetensors', 'state1.safetensors']) {
    if (!existsSync(at(name))) throw new Error(`${folder}: there is no ${name}`)
  }
  return {
    config: readJson(at('config.json'), Config),
    losses: readJson(at('losses.json'), Losses),
    noise: optional(at('noise.json'), Noise, {}),
    inputs: await readFile(at('inputs.safetensors')),
    state0: await readFile(at('state0.safetensors')),
    step0: await readFile(at('step0.safetensors')),
    grads0: await readFile(at('grads0.safetensors')),
    state1: await readFile(at('state1.safetensors')),
  }
}
