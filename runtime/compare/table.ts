import { formatCount, formatInteger } from '../training/format.ts'
import type { Cell, MarksOfCell } from './cell.ts'

type Row = readonly string[]

const percent = (value: number): string => value.toFixed(value > 0 && value < 1 ? 2 : 1)

const shares = ({ imageToText: i, textToImage: t, groups }: Pick<MarksOfCell, 'imageToText' | 'textToImage' | 'groups'>): Row => [i.at1, i.at5, i.at10, t.at1, t.at5, t.at10, groups].map(percent)

const milliseconds = (seconds: number): string => String(Number((1000 * seconds).toPrecision(3)))

const TITLES: Row = ['split', 'images', 'texts', 'model', 'i→t R@1', 'R@5', 'R@10', 't→i R@1', 'R@5', 'R@10', 'group', 'ms a query', 'parameters', 'lines', 'in all', 'steps', 'ms a step']

/** A model that is judged in two orders says so in the second row. */
const rowOf = ({ model, parameters, lines, steps, secondsOfStep }: Cell, marks: MarksOfCell, at: number): Row => [
  at === 0 ? model : `${model}, ${marks.by === 'contrastive' ? 'features alone' : 're-ranked'}`, ...shares(marks), milliseconds(marks.secondsPerQuery),
  ...(at === 0 ? [formatCount(parameters), formatInteger(lines.own), formatInteger(lines.all), formatInteger(steps), milliseconds(secondsOfStep)] : []),
]

const rowsOf = (cells: readonly Cell[], label: string): readonly Row[] => {
  const splits = cells.flatMap(cell => cell.splits.filter(split => split.label === label).map(split => ({ cell, split })))
  const [first] = splits
  if (first === undefined) return []
  const { images, texts, chance } = first.split
  return [[label, formatInteger(images), formatInteger(texts), 'chance', ...shares(chance)], ...splits.flatMap(({ cell, split }) => split.marks.map((marks, at) => ['', '', '', ...rowOf(cell, marks, at)]))]
}

const LEFT = new Set([0, 3])

const aligned = (rows: readonly Row[]): readonly string[] => {
  const widths = TITLES.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row => widths.map((width, column) => (LEFT.has(column) ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width))).join('  ').trimEnd())
}

const NOTES = [
  'R@k in per cent, pictures to names (i→t) and names to pictures (t→i), the same drawn concepts for every model; equal scores count as wrong answers first.',
  'ALBEF ranks its best candidates again by the matching head; CLIP ranks by its features; ViLT sends every pair through its one stream.',
  "group: of which of Unicode's groups a picture is, told by the group's name alone; beside chance stands the largest group's share. All pictures of the split.",
  'ms a query: a text against the gallery, texts in batches, pictures encoded beforehand as far as the model can. parameters: frozen word and text layers included.',
  "lines: not blank, of the model's own folder as far as it is used; in all: every file of models/ that it is made of (CLIP and ViLT have ALBEF's encoders).",
  'steps: as many as fit into the time at the speed of a step, the least of several, which all models take in turn before any is trained.',
]

/** The comparison as one table: a block for each split, a row for each finished model. */
export const comparisonTable = (cells: readonly Cell[]): string => {
  const labels = [...new Set(cells.flatMap(({ splits }) => splits.map(({ label }) => label)))]
  return [...aligned([TITLES, ...labels.flatMap(label => rowsOf(cells, label))]), '', ...NOTES].join('\n')
}
