import type { RetrievalPrograms } from '../../compiler/language/index.ts'
import type { Session } from '../backends/backend.ts'
import { preCaption } from '../data/captions.ts'
import type { Tokenizer } from '../data/tokenizer.ts'
import { runInBatches } from '../training/feeds.ts'
import { bestColumns } from './candidates.ts'
import { scorePairs } from './matching.ts'
import { similarities } from './similarities.ts'

/** A picture that was found, by its number, with both of its scores. */
export interface Found {
  readonly picture: number
  readonly similarity: number
  readonly matching: number
}

export interface SearchOptions {
  readonly session: Session
  readonly programs: RetrievalPrograms
  /** [picture, row, column, channel] */
  readonly pixels: Uint8Array
  readonly pictures: number
  readonly texts: readonly string[]
  readonly tokenizer: Tokenizer
  readonly tokens: number
  /** Pictures to find for each text. */
  readonly count: number
  readonly onRows?: (done: number) => void
}

/** The best pictures of each text: candidates by similarity (twice as many as are wanted), in the order of the matching score. */
export const searchPictures = ({ session, programs, pixels, pictures, texts, tokenizer, tokens, count, onRows }: SearchOptions): readonly (readonly Found[])[] => {
  const ids = new Int32Array(texts.length * tokens).fill(tokenizer.special.pad)
  texts.forEach((text, row) => ids.set(tokenizer.encode(preCaption(text), tokens), row * tokens))
  const seen = runInBatches(session, programs.pictures, { image: pixels }, pictures, onRows)
  const read = runInBatches(session, programs.captions, { ids }, texts.length)
  const [one, other] = [read['feature'] ?? new Float32Array(), seen['feature'] ?? new Float32Array()]
  const scores = similarities(one, other, one.length / texts.length)
  const encoded = { pictures: seen['tokens'] ?? new Float32Array(), captions: read['tokens'] ?? new Float32Array(), ids }
  return texts.map((_, text) => {
    const candidates = bestColumns(scores, text, pictures, Math.max(2 * count, programs.candidates), [])
    const matched = scorePairs(session, programs.match, encoded, candidates.map((picture) => [picture, text]))
    return candidates
      .map((picture, i): Found => ({ picture, similarity: scores[text * pictures + picture] ?? Number.NaN, matching: matched[i] ?? Number.NaN }))
      .sort((a, b) => b.matching - a.matching)
      .slice(0, count)
  })
}
