import { elementCount, type ArraySpec } from '../../compiler/targets/artifact.ts'
import type { Job } from '../../compiler/language/index.ts'
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

/** Random values for every input of a program, a function of the seed: bytes for pictures, word ids, and numbers around zero for the rest. */
export const randomBatch = ({ data, config }: Job, session: Session, program: string, seed: number): Readonly<Record<string, HostArray>> => {
  const key = keyOf(seed)
  const words = vocabulary(session)
  const [pad, cls] = [specialId(config, 'pad'), specialId(config, 'cls')]
  // Ids after the special ones, so that no caption is cut short by chance.
  const from = Math.min(Math.max(pad, cls) + 1, words - 1)
  const draw = (input: number, i: number): number => threefry(key, input, i)[0] / 2 ** 32
  const arrays = (session.signatures[program]?.inputs ?? []).map((spec, n): readonly [string, HostArray] => {
    if (data.inputs[spec.name] === 'words') return [spec.name, captions(spec, i => from + Math.floor(draw(n, i) * (words - from)), cls, pad)]
    const count = { length: elementCount(spec) }
    return [spec.name, spec.dtype === 'f32' ? Float32Array.from(count, (_, i) => draw(n, i) - 0.5) : spec.dtype === 'i32' ? new Int32Array(count.length) : Uint8Array.from(count, (_, i) => draw(n, i) * 256)]
  })
  return Object.fromEntries(arrays)
}
