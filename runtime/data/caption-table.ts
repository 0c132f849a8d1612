import { preCaption } from './captions.ts'
import type { Tokenizer } from './tokenizer.ts'

/** A cleaned caption and its tokens. */
export interface TokenisedCaption {
  readonly text: string
  readonly ids: readonly number[]
}

/** How captions become tokens. */
export interface CaptionOptions {
  readonly tokenizer: Tokenizer
  /** Longest token list, [CLS] included. */
  readonly maxTokens: number
  /** Words of a caption that are kept (30 where it is not given). */
  readonly maxWords?: number
}

/** Cleans and tokenises captions; those without a word in them are left out. */
export const tokeniseCaptions = (captions: readonly string[], { tokenizer, maxTokens, maxWords }: CaptionOptions): TokenisedCaption[] =>
  captions
    .map((caption) => preCaption(caption, maxWords))
    .map((text) => ({ text, ids: tokenizer.encode(text, maxTokens) }))
    .filter(({ ids }) => ids.length > 1)

/** Numbers distinct texts in order of first appearance. */
export const numbering = () => {
  const numbers = new Map<string, number>()
  return {
    of: (text: string): number => {
      const known = numbers.get(text)
      if (known !== undefined) return known
      numbers.set(text, numbers.size)
      return numbers.size - 1
    },
    texts: () => [...numbers.keys()],
  }
}

/** The distinct captions of some pictures, and which picture has which. */
export interface CaptionTable {
  readonly captions: readonly string[]
  /** Tokens of every distinct caption, [caption, token], padded with the id of [PAD]. */
  readonly ids: Int32Array
  /** Captions of picture i are `captionRows[captionStart[i]]` up to, not including, `captionRows[captionStart[i + 1]]`. */
  readonly captionStart: Int32Array
  readonly captionRows: Int32Array
}

/** The table of the captions of each picture. */
export const captionTable = (pictures: readonly (readonly TokenisedCaption[])[], { tokenizer, maxTokens }: CaptionOptions): CaptionTable => {
  const distinct = numbering()
  const tokens: (readonly number[])[] = []
  const captionRows: number[] = []
  const captionStart = [0]
  for (const own of pictures) {
    for (const { text, ids } of own) {
      const row = distinct.of(text)
      tokens[row] = ids
      captionRows.push(row)
    }
    captionStart.push(captionRows.length)
  }
  const ids = new Int32Array(tokens.length * maxTokens).fill(tokenizer.special.pad)
  tokens.forEach((row, index) => ids.set(row, index * maxTokens))
  return { captions: distinct.texts(), ids, captionStart: Int32Array.from(captionStart), captionRows: Int32Array.from(captionRows) }
}
