/** Recall arithmetic of retrieval: shares of queries whose right answer stands among the first k. */

/** Share of queries, 0 to 1, by k. */
export type Recalls = ReadonlyMap<number, number>

/**
 * Place of the best right answer of a row, 0 being the first. Wrong answers with the same score stand before it, and so do
 * those with a score that is no number, so a model that gives every answer the same score finds nothing.
 */
export const rankOf = (scores: Float32Array, row: number, columns: number, relevant: readonly number[]): number => {
  const start = row * columns
  const right = new Set(relevant)
  const best = relevant.reduce((most, column) => Math.max(most, scores[start + column] ?? Number.NaN), Number.NEGATIVE_INFINITY)
  let rank = 0
  for (let column = 0; column < columns; column++) if (!((scores[start + column] ?? 0) < best) && !right.has(column)) rank++
  return rank
}

/** Recall from the ranks of all queries. */
export const recallOf = (ranks: ArrayLike<number>, ks: readonly number[]): Recalls =>
  new Map(ks.map((k) => [k, ranks.length === 0 ? 0 : Array.from(ranks).filter((rank) => rank < k).length / ranks.length]))

/**
 * Recall at each k of a score matrix, [row, column]: a row is found if one of its `relevant` columns is among the first k.
 * Rows without a relevant column count as not found.
 */
export const recallAt = (
  scores: { readonly data: Float32Array; readonly rows: number; readonly columns: number },
  relevant: (row: number) => readonly number[],
  ks: readonly number[],
): Recalls => {
  const ranks = Array.from({ length: scores.rows }, (_, row) => {
    const right = relevant(row)
    return right.length === 0 ? Number.POSITIVE_INFINITY : rankOf(scores.data, row, scores.columns, right)
  })
  return recallOf(ranks, ks)
}

/** Rows and columns of a score matrix exchanged. */
export const transpose = (data: Float32Array, rows: number, columns: number): Float32Array => {
  const out = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) out[column * rows + row] = data[row * columns + column] ?? 0
  return out
}

/** For each concept (0 to `count` - 1) the pictures that show it. */
export const picturesByConcept = (concept: Int32Array, count: number): number[][] => {
  const lists = Array.from({ length: count }, (): number[] => [])
  concept.forEach((value, picture) => lists[value]?.push(picture))
  return lists
}

/** Recall in both directions, image to text and text to image. */
export interface Retrieval {
  readonly imageToText: Recalls
  readonly textToImage: Recalls
}

/** Recall between pictures and the names of their concepts; `scores` is [picture, concept]. */
export const nameRetrieval = (scores: Float32Array, concept: Int32Array, concepts: number, ks: readonly number[]): Retrieval => {
  const pictures = picturesByConcept(concept, concepts)
  const byName = { data: transpose(scores, concept.length, concepts), rows: concepts, columns: concept.length }
  return {
    imageToText: recallAt({ data: scores, rows: concept.length, columns: concepts }, (row) => [concept[row] ?? 0], ks),
    textToImage: recallAt(byName, (name) => pictures[name] ?? [], ks),
  }
}

/** Probability that at least one of `relevant` answers is among the first k of `columns` in random order. */
const chance = (relevant: number, columns: number, k: number): number => {
  let none = 1
  for (let place = 0; place < Math.min(k, columns); place++) none *= Math.max(0, columns - relevant - place) / (columns - place)
  return 1 - none
}

/** For each text (0 to `count` - 1) the pictures that it is right for, from the right texts of each picture. */
export const picturesOfTexts = (right: readonly (readonly number[])[], count: number): number[][] => {
  const lists = Array.from({ length: count }, (): number[] => [])
  right.forEach((texts, picture) => texts.forEach((text) => lists[text]?.push(picture)))
  return lists
}

/** What random scores give on average, from the right texts of each picture. */
export const chanceOf = (right: readonly (readonly number[])[], texts: number, ks: readonly number[]): Retrieval => {
  const mean = (queries: readonly (readonly number[])[], answers: number) => (k: number) => queries.reduce((sum, { length }) => sum + chance(length, answers, k), 0) / Math.max(1, queries.length)
  const [imageToText, textToImage] = [mean(right, texts), mean(picturesOfTexts(right, texts), right.length)]
  return { imageToText: new Map(ks.map((k) => [k, imageToText(k)])), textToImage: new Map(ks.map((k) => [k, textToImage(k)])) }
}

/** What `nameRetrieval` of random scores gives on average. */
export const chanceRetrieval = (concept: Int32Array, concepts: number, ks: readonly number[]): Retrieval => chanceOf(Array.from(concept, (name) => [name]), concepts, ks)
