// docs/growth.png: one column an axis; above seconds of a step, below memory; each beside what the arithmetic needs.
import { writeFile } from 'node:fs/promises'
import * as E from 'fp-ts/Either'
import type { TopLevelSpec } from 'vega-lite'
import { renderPlot } from '../../runtime/training/plot.ts'
import { axisNames, idealBytes, idealSeconds, isAlong, type Axis, type Cell } from './sweep.ts'

const BLUE = '#1f5fa8'
const GREY = '#8a8a8a'
const titles: Readonly<Record<Axis, string>> = { batch: 'pairs a step', image: 'side of the picture, pixels', tokens: 'tokens of a caption', depth: 'layers of each encoder' }

type Row = { readonly size: number, readonly value: number, readonly curve: 'measured' | 'needed' }

const rowsOf = (axis: Axis, cells: readonly Cell[], measured: (cell: Cell) => number, needed: (cell: Cell) => number): readonly Row[] =>
  cells.filter(cell => isAlong(axis, cell)).flatMap(cell => [{ size: cell.sizes[axis], value: measured(cell), curve: 'measured' as const }, { size: cell.sizes[axis], value: needed(cell), curve: 'needed' as const }])

const panel = (axis: Axis, rows: readonly Row[], unit: string) => {
  const sizes = [...new Set(rows.map(({ size }) => size))].sort((a, b) => a - b)
  const encoding = {
    x: { field: 'size', type: 'quantitative', title: titles[axis], scale: { zero: false, nice: false, padding: 8 }, axis: { values: sizes, format: 'd' } },
    y: { field: 'value', type: 'quantitative', title: unit, scale: { zero: true, nice: true }, axis: { tickCount: 5, minExtent: 34 } },
  } as const
  const layer = (curve: Row['curve'], color: string, dashed: boolean) => ({
    transform: [{ filter: { field: 'curve', equal: curve } }],
    mark: { type: 'line' as const, color, strokeWidth: 2, strokeDash: dashed ? [4, 3] : [1, 0], point: { color, size: 26 } },
    encoding,
  })
  return { width: 190, height: 150, data: { values: [...rows] }, layer: [layer('needed', GREY, true), layer('measured', BLUE, false)] }
}

const gib = 2 ** 30

/** The Vega-Lite description of the plot. */
export const growthPlotSpec = (cells: readonly Cell[]): TopLevelSpec => ({
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  background: 'white',
  padding: 20,
  title: {
    text: 'How a step grows', fontSize: 16, anchor: 'start', frame: 'bounds', offset: 16,
    subtitle: ['blue: measured; dashed above: its arithmetic at the rate of a large matrix product,', 'dashed below: the memory that the cost report expects, above that of the library alone'],
  },
  config: { font: 'DejaVu Sans, Helvetica, Arial, sans-serif', view: { stroke: null }, axis: { labelFontSize: 10, titleFontSize: 11, titleFontWeight: 'normal', gridColor: '#e8e8e8', domainColor: '#888', tickColor: '#888' }, title: { subtitleFontSize: 11, subtitleColor: '#666' } },
  bounds: 'flush',
  columns: axisNames.length,
  spacing: { row: 70, column: 70 },
  concat: [
    ...axisNames.map(axis => panel(axis, rowsOf(axis, cells, cell => cell.minSeconds, cell => idealSeconds(cell, cells)), 'seconds')),
    ...axisNames.map(axis => panel(axis, rowsOf(axis, cells, cell => cell.peakResidentBytes / gib, cell => idealBytes(cell) / gib), 'GiB')),
  ],
})

/** Draws the cells. Left: the file cannot be written. */
export const writeGrowthPlot = async (cells: readonly Cell[], file: string): Promise<E.Either<string, void>> => {
  try {
    await writeFile(file, await renderPlot(growthPlotSpec(cells), 2))
    return E.right(undefined)
  } catch (error) {
    return E.left(`${file}: cannot be drawn: ${error instanceof Error ? error.message : String(error)}`)
  }
}
