import type { HostArray, Session } from '../backends/backend.ts'

/** Pictures and texts as the matching program takes them: rows of tokens, and the word ids of the texts. */
export interface Encoded {
  readonly pictures: Float32Array
  readonly captions: Float32Array
  readonly ids: Int32Array
}

/** One picture and one text, by their rows. */
export type Pair = readonly [picture: number, text: number]

const copyRows = (out: HostArray, table: HostArray, width: number, rows: readonly number[]): void =>
  rows.forEach((row, i) => out.set(table.subarray(row * width, (row + 1) * width), i * width))

/** The matching program's score of each pair. The program's inputs are `image`, `caption` and `ids`, a batch of pairs each; its output is `score`. */
export const scorePairs = (session: Session, program: string, { pictures, captions, ids }: Encoded, pairs: readonly Pair[], onProgress?: (done: number, total: number) => void): Float32Array => {
  const inputs = new Map(session.signatures[program]?.inputs.map(({ name, axes }) => [name, axes.map(({ size }) => size)]))
  const size = inputs.get('ids')?.[0]
  if (size === undefined) throw new Error(`there is no program '${program}' with an input 'ids'`)
  const widthOf = (name: string): number => (inputs.get(name) ?? []).slice(1).reduce((product, length) => product * length, 1)
  const tables = { image: pictures, caption: captions, ids }
  // One set of arrays for all batches; what is left in the rows of a last, shorter batch is scored and not looked at.
  const feeds = { image: new Float32Array(size * widthOf('image')), caption: new Float32Array(size * widthOf('caption')), ids: new Int32Array(size * widthOf('ids')) }
  const scores = new Float32Array(pairs.length)
  for (let start = 0; start < pairs.length; start += size) {
    const batch = pairs.slice(start, start + size)
    const texts = batch.map(([, text]) => text)
    copyRows(feeds.image, tables.image, widthOf('image'), batch.map(([picture]) => picture))
    copyRows(feeds.caption, tables.caption, widthOf('caption'), texts)
    copyRows(feeds.ids, tables.ids, widthOf('ids'), texts)
    const { score } = session.run(program, feeds)
    if (score === undefined) throw new Error(`program '${program}' has no output 'score'`)
    scores.set(score.subarray(0, batch.length), start)
    onProgress?.(start + batch.length, pairs.length)
  }
  return scores
}
