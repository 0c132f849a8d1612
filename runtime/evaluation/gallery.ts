import { createHash } from 'node:crypto'
import { numbering } from '../data/caption-table.ts'
import { preCaption } from '../data/captions.ts'
import { tokensOf } from '../data/batch.ts'
import type { Pairs } from '../data/dataset.ts'
import type { Tokenizer } from '../data/tokenizer.ts'

/** The texts that pictures are ranked against, and which of them are right for each picture. */
export interface Gallery {
  readonly texts: readonly string[]
  /** Word ids, [text, token], padded with the id of [PAD]. */
  readonly ids: Int32Array
  /** The right texts of each picture. */
  readonly right: readonly (readonly number[])[]
}

/**
 * The names of the concepts that the pictures show, cleaned as captions are. Names that are the same text once they are cleaned are
 * one text of the gallery: nothing can tell them apart.
 */
export const nameGallery = (pairs: Pick<Pairs, 'concept' | 'concepts'>, tokenizer: Tokenizer, tokens: number): Gallery => {
  const names = numbering()
  const textOfConcept = pairs.concepts.map(name => names.of(preCaption(name)))
  const texts = names.texts()
  const ids = new Int32Array(texts.length * tokens).fill(tokenizer.special.pad)
  texts.forEach((text, row) => ids.set(tokenizer.encode(text, tokens), row * tokens))
  return { texts, ids, right: Array.from(pairs.concept, concept => [textOfConcept[concept] ?? 0]) }
}

/** All captions of the pictures, equal ones once: the gallery of the official evaluation on captioned photographs. */
export const captionGallery = (pairs: Pick<Pairs, 'captions' | 'ids' | 'maxTokens' | 'pictures' | 'captionStart' | 'captionRows'>): Gallery => ({
  texts: pairs.captions,
  ids: tokensOf(pairs, Int32Array.from(pairs.captions, (_, row) => row)),
  right: Array.from({ length: pairs.pictures }, (_, picture) => [...pairs.captionRows.subarray(pairs.captionStart[picture], pairs.captionStart[picture + 1])]),
})

type Named = Pick<Pairs, 'pictures' | 'pixels' | 'size' | 'concept' | 'concepts'>

const lot = (name: string): string => createHash('sha256').update(`gallery ${name}`).digest('hex')

/** The pictures of `count` concepts, drawn by a hash of their names: the same ones every time, for every model. All where there are no more. */
export const someConcepts = <P extends Named>(pairs: P, count: number): P => {
  if (pairs.concepts.length <= count) return pairs
  const drawn = pairs.concepts.map((name, concept) => ({ concept, lot: lot(name) })).sort((a, b) => (a.lot < b.lot ? -1 : 1)).slice(0, count)
  const place = new Map(drawn.map(({ concept }, i) => [concept, i]))
  const rows = Array.from(pairs.concept.keys()).filter(row => place.has(pairs.concept[row] ?? -1))
  const bytes = pairs.size * pairs.size * 3
  const pixels = new Uint8Array(rows.length * bytes)
  rows.forEach((row, i) => pixels.set(pairs.pixels.subarray(row * bytes, (row + 1) * bytes), i * bytes))
  return { ...pairs, pictures: rows.length, pixels, concept: Int32Array.from(rows, row => place.get(pairs.concept[row] ?? -1) ?? 0), concepts: drawn.map(({ concept }) => pairs.concepts[concept] ?? '') }
}
