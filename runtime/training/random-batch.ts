import { elementCount, type ArraySpec } from '../../compiler/targets/artifact.ts'
import type { BatchSource, Job } from '../../compiler/language/index.ts'
import type { HostArray, Session } from '../backends/backend.ts'
import { keyOf, threefry } from '../data/random.ts'
import { stateSpecs } from '../state.ts'

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> => typeof x === 'object' && x !== null

/** A word id that a configuration names under `text.special`. */
const specialId = (config: unknown, name: string): number => {
  const text = isRecord(config) ? config['text'] : undefined
  const special = isRecord(text) ? text['special'] : undefined
  const id = isRecord(special) ? special[name] : undefined
  return typeof id === 'number' ? id : 0
}

/** Words of the vocabulary: as many as the largest word table of the state has. */
const vocabulary = (session: Session): number => Math.max(2, ...[...stateSpecs(session).values()].flatMap(({ axes }) => axes.filter(({ name }) => name === 'word').map(({ size }) => size)))

/** Random captions, [CLS] first; the last one ends halfway in padding. */
const captions = (spec: ArraySpec, word: (i: number) => number, cls: number, pad: number): Int32Array => {
  const tokens = spec.axes[spec.axes.length - 1]?.size ?? 1
  const count = elementCount(spec)
  return Int32Array.from({ length: count }, (_, i) => (i % tokens === 0 ? cls : i >= count - Math.floor(tokens / 2) ? pad : word(i)))
}

type Draw = (i: number) => number

/** What a column's whole numbers are below: labels that there are, examples of the batch, pictures; undefined for any other. */
const numbersBelow = ({ batch, examples }: Job['data'], source: BatchSource | undefined): number | undefined =>
  source === 'label' && examples?.kind === 'labelled' ? Math.max(...Object.values(examples.labels)) + 1
  : source === 'answerOf' ? batch
  // Some pictures come twice, as they may in a batch of captions.
  : source === 'identity' ? 4 * batch
  : undefined

const plain = (spec: ArraySpec, draw: Draw, source: BatchSource | undefined, below: number): HostArray => {
  const count = { length: elementCount(spec) }
  if (spec.dtype === 'i32') return Int32Array.from(count, (_, i) => Math.floor(draw(i) * below))
  if (spec.dtype === 'f32') return Float32Array.from(count, (_, i) => (source === 'answerWeight' ? draw(i) : draw(i) - 0.5))
  return Uint8Array.from(count, (_, i) => draw(i) * 256)
}

/**
 * Random values for every input of a program, a function of the seed: bytes for pictures, word ids, labels and numbers of examples that there
 * are, weights from 0 to 1, and numbers around zero for the rest.
 */
export const randomBatch = ({ data, config }: Job, session: Session, program: string, seed: number): Readonly<Record<string, HostArray>> => {
  const key = keyOf(seed)
  const words = vocabulary(session)
  const [pad, cls] = [specialId(config, 'pad'), specialId(config, 'cls')]
  // Ids after the special ones, so that no caption is cut short by chance.
  const from = Math.min(Math.max(pad, cls) + 1, words - 1)
  const arrays = (session.signatures[program]?.inputs ?? []).map((spec, n): readonly [string, HostArray] => {
    const draw: Draw = i => threefry(key, n, i)[0] / 2 ** 32
    const source = data.inputs[spec.name]
    if (source === 'words' || source === 'answers') return [spec.name, captions(spec, i => from + Math.floor(draw(i) * (words - from)), cls, pad)]
    return [spec.name, plain(spec, draw, source, numbersBelow(data, source) ?? 0)]
  })
  return Object.fromEntries(arrays)
}
