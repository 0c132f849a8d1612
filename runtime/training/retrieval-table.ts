import { formatInteger } from './format.ts'

/** Recall in per cent: how often a right one is among the first 1, 5 and 10. */
export type Recall = { readonly at1: number, readonly at5: number, readonly at10: number }

/** One way of scoring one split. Directions that a way cannot score are left out. */
export type RetrievalRow = {
  readonly split: string
  /** Gallery sizes. */
  readonly images: number
  readonly texts: number
  /** Such as "contrastive", "re-ranked", "pixel floor", "chance". */
  readonly scores: string
  /** How many candidates a re-ranking looked at. */
  readonly candidates?: number
  readonly imageToText?: Recall
  readonly textToImage?: Recall
}

const GAP = '  '
const RECALL_WIDTH = 5 // "100.0"
const GROUP_WIDTH = 3 * RECALL_WIDTH + 2 * GAP.length

/** A tenth of a per cent is enough, but for what is below one: chance is. */
const digitsOf = (share: number): string => share.toFixed(share > 0 && share < 1 ? 2 : 1)

const recall = (value: Recall | undefined): string =>
  [value?.at1, value?.at5, value?.at10].map(share => (share === undefined ? '-' : digitsOf(share)).padStart(RECALL_WIDTH)).join(GAP)

const centred = (text: string): string => text.padStart(Math.floor((GROUP_WIDTH + text.length) / 2)).padEnd(GROUP_WIDTH)

const left = (rows: readonly RetrievalRow[], previous: RetrievalRow | undefined, row: RetrievalRow): readonly string[] => {
  const again = previous !== undefined && previous.split === row.split && previous.images === row.images && previous.texts === row.texts
  const withK = row.candidates === undefined ? row.scores : `${row.scores}, k = ${row.candidates}`
  return again ? ['', '', '', withK] : [row.split, formatInteger(row.images), formatInteger(row.texts), withK]
}

/**
 * An aligned table of recalls in per cent, both directions side by side, in the order given; a split and its gallery sizes are
 * printed once for rows that follow each other, and a rule stands between splits.
 */
export const retrievalTable = (rows: readonly RetrievalRow[]): string => {
  const cells = rows.map((row, i) => left(rows, rows[i - 1], row))
  const titles = ['split', 'images', 'texts', 'scores']
  const widths = titles.map((title, column) => Math.max(title.length, ...cells.map(line => line[column]?.length ?? 0)))
  const leftPart = (line: readonly string[]): string => widths
    .map((width, column) => column === 1 || column === 2 ? (line[column] ?? '').padStart(width) : (line[column] ?? '').padEnd(width)).join(GAP)
  const line = (cellsOfLine: readonly string[], first: string, second: string): string =>
    [leftPart(cellsOfLine), first, second].join(`${GAP}${GAP}`).trimEnd()
  const recalls = ['R@1', 'R@5', 'R@10'].map(title => title.padStart(RECALL_WIDTH)).join(GAP)
  const rule = '-'.repeat(line([], '-'.repeat(GROUP_WIDTH), '-'.repeat(GROUP_WIDTH)).length)
  return [
    line([], centred('image to text, %'), centred('text to image, %')),
    line(titles, recalls, recalls),
    ...rows.flatMap((row, i) => [
      ...cells[i]?.[0] === '' ? [] : [rule],
      line(cells[i] ?? [], recall(row.imageToText), recall(row.textToImage)),
    ]),
  ].join('\n')
}
