import * as E from 'fp-ts/Either'
import type { ArraySpec, SignatureSpec } from '../../../compiler/targets/artifact.ts'
import type { HostArray, Session } from '../../../runtime/backends/backend.ts'
import { createTokenizer, type Tokenizer } from '../../../runtime/data/tokenizer.ts'
import type { RetrievalOptions } from '../../../runtime/evaluation/retrieval.ts'
import { madeUp } from '../made-up.ts'

/** Names of the programs of a fake session. */
export const programs = { pictures: 'look', captions: 'read', match: 'judge' } as const

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']

/** Word n of the texts has the id 5 + n. */
export const tokenizerOf = (words: readonly string[]): Tokenizer => {
  const made = createTokenizer([...SPECIAL, ...words])
  if (E.isLeft(made)) throw new Error(made.left)
  return made.right
}

/** A made-up model: pictures are told apart by their first byte, texts by their second id. */
export interface Model {
  readonly similarity: readonly (readonly number[])[]
  readonly matching: (picture: number, text: number) => number
}

export interface FakeOptions {
  readonly model: Model
  readonly texts: number
  /** Rows of each program's batch. */
  readonly encoded: number
  readonly judged: number
  readonly tokens: number
  readonly size: number
}

const array = (name: string, dtype: ArraySpec['dtype'], ...sizes: readonly number[]) => ({ name, dtype, axes: sizes.map((size, i) => ({ name: `axis${i}`, size })), node: name, packed: false })

const rowsOf = (data: HostArray | undefined, rows: number): HostArray[] =>
  Array.from({ length: rows }, (_, row) => (data ?? new Uint8Array()).subarray((row * (data?.length ?? 0)) / rows, ((row + 1) * (data?.length ?? 0)) / rows))

/**
 * A session whose programs are plain functions. A picture's feature is its row of similarities and a text's feature is one-hot, so that
 * their dot product is that similarity; tokens say which picture or text they are of. `judgedPairs` grows with every pair that is judged.
 */
export const fakeSession = ({ model, texts, encoded, judged, tokens, size }: FakeOptions): { readonly session: Session; readonly judgedPairs: (readonly [number, number])[] } => {
  const judgedPairs: (readonly [number, number])[] = []
  const signatures: Readonly<Record<string, SignatureSpec>> = {
    look: { inputs: [array('image', 'u8', encoded, size, size, 3)], outputs: [array('feature', 'f32', encoded, texts), array('tokens', 'f32', encoded, 2, 1)] },
    read: { inputs: [array('ids', 'i32', encoded, tokens)], outputs: [array('feature', 'f32', encoded, texts), array('tokens', 'f32', encoded, tokens, 3)] },
    judge: { inputs: [array('ids', 'i32', judged, tokens), array('caption', 'f32', judged, tokens, 3), array('image', 'f32', judged, 2, 1)], outputs: [array('score', 'f32', judged)] },
  }
  const textOf = (ids: HostArray): number => (ids[1] ?? 0) - SPECIAL.length
  const run = (program: string, inputs: Readonly<Record<string, HostArray>> = {}): Record<string, HostArray> => {
    if (program === 'look') {
      const pictures = rowsOf(inputs['image'], encoded).map(bytes => bytes[0] ?? 0)
      return { feature: Float32Array.from(pictures.flatMap(picture => model.similarity[picture] ?? [])), tokens: Float32Array.from(pictures.flatMap(picture => [picture, 7])) }
    }
    if (program === 'read') {
      const read = rowsOf(inputs['ids'], encoded).map(textOf)
      const oneHot = (text: number): number[] => Array.from({ length: texts }, (_, i) => Number(i === text))
      return { feature: Float32Array.from(read.flatMap(oneHot)), tokens: Float32Array.from(read.flatMap(text => new Array<number>(tokens * 3).fill(text))) }
    }
    const ids = rowsOf(inputs['ids'], judged).map(textOf)
    const captions = rowsOf(inputs['caption'], judged)
    const images = rowsOf(inputs['image'], judged)
    return {
      score: Float32Array.from(ids, (text, i) => {
        const picture = images[i]?.[0] ?? -1
        // Rows that a short last batch leaves from before must still be whole: the caption's tokens are of the text that its ids say.
        if (text >= 0 && captions[i]?.[0] !== text) throw new Error(`pair ${i}: ids of text ${text}, tokens of text ${captions[i]?.[0]}`)
        judgedPairs.push([picture, text])
        return model.matching(picture, text)
      }),
    }
  }
  return { session: madeUp({ signatures, run }), judgedPairs }
}

const WORDS = ['apple', 'bell', 'cloud', 'drum', 'eagle', 'fish', 'grape', 'horse']

/** Everything that an evaluation takes, for pictures of the given concepts; concept n is called by the nth word. */
export const evaluationOf = (
  concept: readonly number[],
  model: Model,
  { candidates, encoded = 2, judged = 1 }: { readonly candidates: number; readonly encoded?: number; readonly judged?: number },
): { readonly options: RetrievalOptions; readonly judgedPairs: (readonly [number, number])[] } => {
  const texts = Math.max(...concept) + 1
  const size = 2
  const tokens = 4
  const pixels = new Uint8Array(concept.length * size * size * 3)
  concept.forEach((_, picture) => {
    pixels[picture * size * size * 3] = picture
  })
  const { session, judgedPairs } = fakeSession({ model, texts, encoded, judged, tokens, size })
  const pairs = { pictures: concept.length, pixels, concept: Int32Array.from(concept), concepts: WORDS.slice(0, texts) }
  return { options: { session, programs: { ...programs, candidates }, pairs, tokenizer: tokenizerOf(WORDS), tokens }, judgedPairs }
}
