// What both sides of a comparison compute on the same weights, inputs and choices, without dropout: the losses of a few steps, each of which also
// shows the gradients, the optimiser, the teacher and the queues of the one before.
import * as E from 'fp-ts/Either'
import { compile } from '../../compiler/language/index.ts'
import { tensorflowWith } from '../../compiler/targets/tensorflow/emit.ts'
import type { Albef } from '../../models/albef/config.ts'
import { officialStudent, type OfficialTensor } from '../../models/albef/official.ts'
import { twinOf } from '../../models/albef/parameters.ts'
import { parity } from '../../models/albef/parity.ts'
import type { HostArray, Session } from '../../runtime/backends/backend.ts'
import { tensorflow } from '../../runtime/backends/tensorflow.ts'
import type { HostTensor } from '../../runtime/checkpoints/element-types.ts'
import { toForeign } from '../../runtime/checkpoints/official.ts'
import { writeTensors } from '../../runtime/checkpoints/safetensors.ts'
import { fold, keyOf, threefry } from '../../runtime/data/random.ts'
import { readState } from '../../runtime/state.ts'
import { jobOf, type StepOptions } from './job.ts'

export const agreedSteps = 3

/** The losses of one step. */
export interface Losses {
  readonly lossWords: number
  readonly lossContrast: number
  readonly lossMatching: number
}

const isAlbef = (x: unknown): x is Albef => typeof x === 'object' && x !== null && 'vision' in x && 'text' in x && 'queue' in x

/** Why the peers cannot run a configuration: they are the paper's model. */
const notThePapers = ({ name, vision, text, groups, anchors, batch, masking, headStart }: Albef): string | undefined => {
  if (groups > 1 || anchors !== batch) return `The peers run one group, all of it anchors, and '${name}' has ${groups} of ${batch / groups} with ${anchors} anchors: name a smaller batch, such as --batch 4.`
  const own = vision.stem.length > 0 ? 'a stem before its patches' : text.pool !== 'first' || text.encoder !== 'trained' ? 'a frozen or pooled text encoder' : masking.kind !== 'bernoulli' ? 'a fixed number of masked words' : headStart > 0 ? 'a head start' : undefined
  return own === undefined ? undefined : `The peers run the step of the paper, and '${name}' has ${own}: use base or tiny.`
}

/** The configuration of a comparison, or why there can be none. */
export const comparedConfig = async (options: StepOptions): Promise<E.Either<string, Albef>> => {
  const job = await jobOf(options)
  if (E.isLeft(job)) return job
  const { config } = job.right
  if (!isAlbef(config)) return E.left('The configuration is not that of ALBEF.')
  const reason = notThePapers(config)
  return reason === undefined ? E.right(config) : E.left(reason)
}

const parityOf = ({ vision, text, embed, queue, batch, momentum, optimizer }: Albef) =>
  parity({
    size: {
      image: vision.image, patch: vision.patch, vwidth: vision.hidden, vdepth: vision.layers, vheads: vision.heads, thidden: text.hidden, tlayers: text.layers + text.fusionLayers, tfusion: text.layers,
      theads: text.heads, tinter: text.inner, vocab: text.words, maxpos: text.places, embed, queue, batch, seq: text.tokens,
    },
    momentum, mlpRatio: vision.inner / vision.hidden, special: text.special, optimizer,
  })

const rate = 1e-4

/** Inputs and choices of every step: a leading axis of steps, under the names of recorded runs. */
const inputsOf = ({ vision: { image }, text, batch, masking }: Albef, seed: number): Readonly<Record<string, HostTensor>> => {
  const draw = (stream: number) => {
    const key = fold(keyOf(seed), stream)
    return (i: number): number => threefry(key, i, 0)[0] / 2 ** 32
  }
  const [pixel, word, chosen] = [draw(0), draw(1), draw(2)]
  const { pad, cls, mask } = text.special
  const first = Math.max(pad, cls, mask) + 1
  const each = batch * text.tokens
  const isPad = (i: number): boolean => i % each >= each - Math.floor(text.tokens / 2)
  const ids = Int32Array.from({ length: agreedSteps * each }, (_, i) => (i % text.tokens === 0 ? cls : isPad(i) ? pad : first + Math.floor(word(i) * (text.words - first))))
  // The second word of the first caption is always masked, so that there is a loss whatever is drawn.
  const masked = ids.map((_, i) => Number(i % text.tokens !== 0 && !isPad(i) && (i % each === 1 || (masking.kind === 'bernoulli' && chosen(i) < masking.probability))))
  const i32 = (shape: readonly number[], data: Int32Array): HostTensor => ({ dtype: 'i32', shape, data })
  const f32 = (shape: readonly number[], data: Float32Array): HostTensor => ({ dtype: 'f32', shape, data })
  const other = (by: number): Int32Array => Int32Array.from({ length: agreedSteps * batch }, (_, i) => ((i % batch) + by) % batch)
  return {
    image: f32([agreedSteps, batch, 3, image, image], Float32Array.from({ length: agreedSteps * batch * 3 * image ** 2 }, (_, i) => 4 * pixel(i) - 2)),
    input_ids: i32([agreedSteps, batch, text.tokens], ids),
    masked_input_ids: i32([agreedSteps, batch, text.tokens], ids.map((id, i) => (masked[i] === 1 ? mask : id))),
    mlm_labels: i32([agreedSteps, batch, text.tokens], ids.map((id, i) => (masked[i] === 1 ? id : -100))),
    neg_image_idx: i32([agreedSteps, batch], other(1)),
    neg_text_idx: i32([agreedSteps, batch], other(batch - 1)),
    alpha: f32([agreedSteps], new Float32Array(agreedSteps).fill(0.4)),
    rate: f32([], Float32Array.of(rate)),
  }
}

const tensorOf = (shape: readonly number[], data: HostArray): HostTensor => (data instanceof Float32Array ? { dtype: 'f32', shape, data } : data instanceof Int32Array ? { dtype: 'i32', shape, data } : { dtype: 'u8', shape, data })

/** What peers start from: the student (their teacher is a copy of it, as ours) and the queues. */
const startOf = (session: Session, names: readonly OfficialTensor[]): readonly (readonly [string, HostTensor])[] => {
  const leaves = readState(session, path => path.startsWith('student/') || path === 'queues/image' || path === 'queues/text')
  return [...toForeign(names, leaves)].map(([name, { shape, data }]) => [name, tensorOf(shape, data)])
}

const lossesOf = (outputs: Readonly<Record<string, HostArray>>): Losses => {
  const value = (name: string): number => outputs[name]?.[0] ?? Number.NaN
  return { lossWords: value('lossWords'), lossContrast: value('lossContrast'), lossMatching: value('lossMatching') }
}

/** Writes weights, queues, inputs and choices to a file, runs the steps from them, and returns the losses of each. Left: why it cannot be done. */
export const agree = async (options: StepOptions, file: string): Promise<E.Either<string, readonly Losses[]>> => {
  const config = await comparedConfig(options)
  if (E.isLeft(config)) return config
  const { definition, inputs: fed } = parityOf(config.right)
  const { evaluate: _, ...stepAlone } = definition
  const compiled = compile<typeof stepAlone.state, typeof stepAlone.batch, unknown>({ ...stepAlone, initialize: fresh => ({ ...fresh, teacher: twinOf(fresh.student) }) }, tensorflowWith({ xla: options.xla }), { without: options.without })
  if (E.isLeft(compiled)) return E.left(compiled.left.message)
  const loaded = await tensorflow.load(compiled.right.artifact)()
  if (E.isLeft(loaded)) return E.left(loaded.left.message)
  const session = loaded.right
  session.run('initialize', { seed: Int32Array.of(options.seed) })
  const queues: readonly OfficialTensor[] = ['image', 'text'].map(kind => ({ name: `${kind}_queue`, shape: [config.right.embed, config.right.queue], parts: [{ path: `queues/${kind}`, order: ['embed', 'slot'] }] }))
  const inputs = inputsOf(config.right, options.seed)
  const tensors = [...startOf(session, [...officialStudent(config.right), ...queues]), ...Object.entries(inputs).map(([name, tensor]) => [`input/${name}`, tensor] as const)]
  const written = await writeTensors(file, { metadata: {}, tensors: new Map(tensors) })()
  if (E.isLeft(written)) return written
  const partOf = (name: string, step: number): HostArray => {
    const data = inputs[name]?.data ?? new Float32Array()
    return data.subarray(step * (data.length / agreedSteps), (step + 1) * (data.length / agreedSteps))
  }
  const losses = Array.from({ length: agreedSteps }, (_, step) =>
    lossesOf(session.run('step', { ...Object.fromEntries(Object.entries(fed).map(([ours, theirs]) => [ours, partOf(theirs, step)])), rate: Float32Array.of(rate) })))
  session.close()
  return E.right(losses)
}
