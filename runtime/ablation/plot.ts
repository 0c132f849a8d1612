import { writeFile } from 'node:fs/promises'
import * as TE from 'fp-ts/TaskEither'
import type { TopLevelSpec } from 'vega-lite'
import { describeError } from '../data/errors.ts'
import { renderPlot } from '../training/plot.ts'
import type { Cell } from './cell.ts'
import { noises, rows, spreadAt, type Row } from './rows.ts'

interface Bar {
  readonly row: string
  readonly series: string
  readonly mean: number
  readonly low: number
  readonly high: number
}

/** The mean of both directions of retrieval after fine-tuning, row by row: ours at each level of noise. */
const ours = (cells: readonly Cell[]): readonly Bar[] =>
  noises.flatMap(noise =>
    rows.flatMap((row): Bar[] => {
      const both = [spreadAt(cells, row, noise, 'textRetrieval'), spreadAt(cells, row, noise, 'imageRetrieval')]
      if (both.some(each => each === undefined)) return []
      const mean = both.reduce((sum, each) => sum + (each?.mean ?? 0), 0) / 2
      const deviation = both.reduce((sum, each) => sum + (each?.deviation ?? 0), 0) / 2
      return [{ row: row.name, series: noise === 0 ? 'clean captions' : `${Math.round(100 * noise)} % of the captions swapped`, mean, low: mean - deviation, high: mean + deviation }]
    }),
  )

const theirs = ({ name, paper }: Row): Bar => {
  const mean = (paper.textRetrieval + paper.imageRetrieval) / 2
  return { row: name, series: 'the paper, 4M pictures, Flickr30K', mean, low: mean, high: mean }
}

const panel = (values: readonly Bar[], title: string) => {
  // Every panel has all rows, those without a finished cell too, so that the panels can be read beside each other.
  const y = { field: 'row', type: 'nominal', scale: { domain: rows.map(({ name }) => name) }, title: null, axis: { labelLimit: 300 } } as const
  const range = { scale: { zero: false, nice: true }, type: 'quantitative', axis: { format: '.1f', tickCount: 5 } } as const
  return {
    title: { text: title, fontSize: 13 },
    width: 260,
    height: 170,
    data: { values: [...values] },
    layer: [
      { mark: { type: 'rule', strokeWidth: 2, color: '#9dbfe3' } as const, encoding: { y, x: { field: 'low', ...range, title: 'mean of R@1, R@5, R@10, both ways, %' }, x2: { field: 'high' } } },
      { mark: { type: 'point', filled: true, size: 60, color: '#1f5fa8' } as const, encoding: { y, x: { field: 'mean', ...range } } },
    ],
  }
}

/** The Vega-Lite description: a panel for each level of noise, and the paper's. Each panel has a scale of its own. */
export const ablationPlotSpec = (cells: readonly Cell[]): TopLevelSpec => {
  const bars = [...ours(cells), ...rows.map(theirs)]
  const series = [...new Set(bars.map(bar => bar.series))]
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 20,
    config: { font: 'DejaVu Sans, Helvetica, Arial, sans-serif', axis: { gridColor: '#e8e8e8' } },
    columns: 3,
    spacing: 40,
    concat: series.map(each => panel(bars.filter(bar => bar.series === each), each)),
  }
}

/** Draws the rows as a PNG: points are means over seeds, lines one standard deviation to either side. */
export const writeAblationPlot = (cells: readonly Cell[], file: string): TE.TaskEither<string, void> =>
  TE.tryCatch(async () => writeFile(file, await renderPlot(ablationPlotSpec(cells), 2)), error => `${file}: cannot be drawn: ${describeError(error)}`)
