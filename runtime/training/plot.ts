// Curves of a run as a PNG: one panel per loss, and the learning rate. Drawn by Vega without a browser.
import { writeFile } from 'node:fs/promises'
import * as TE from 'fp-ts/TaskEither'
import type { TopLevelSpec } from 'vega-lite'
import { describeError } from '../data/errors.ts'
import { formatInteger } from './format.ts'
import { withoutRepeated, type MetricsLine } from './metrics.ts'

/** A point of a curve. */
export type Point = { readonly step: number, readonly value: number }

/** One panel: the name of the value in the metrics, its title, its unit ('' for none), and whether a smoothed curve is drawn over it. */
export type Panel = { readonly key: string, readonly title: string, readonly unit: string, readonly smooth: boolean }

export type PlotOptions = {
  readonly title?: string
  /** Which values, in which order; without it every value whose name starts with "loss", then "learningRate" or "rate". */
  readonly panels?: readonly Panel[]
}

const RATE_KEYS: readonly string[] = ['learningRate', 'learning_rate', 'rate', 'lr']

// "loss_itm" and "lossMatching" read "loss: itm" and "loss: matching".
const titleOf = (key: string): string => {
  const words = key.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[_./-]+/g, ' ').toLowerCase().trim()
  const rest = words.replace(/^loss ?/, '')
  return rest === '' ? 'total loss' : `loss: ${rest}`
}

/** The panels drawn when none are asked for. Losses here are cross-entropies by the natural logarithm, hence nats. */
export const defaultPanels = (lines: readonly MetricsLine[]): readonly Panel[] => {
  const keys = [...new Set(lines.flatMap(line => Object.keys(line)))]
  const losses = keys.filter(key => /^loss/i.test(key)).map(key => ({ key, title: titleOf(key), unit: 'nats', smooth: true }))
  const rates = RATE_KEYS.filter(key => keys.includes(key)).slice(0, 1)
    .map(key => ({ key, title: 'learning rate', unit: '', smooth: false }))
  return [...losses, ...rates]
}

/** The finite values of `key` by step. */
export const pointsOf = (lines: readonly MetricsLine[], key: string): readonly Point[] => lines.flatMap(line => {
  const value = line[key]
  return typeof value === 'number' && Number.isFinite(value) ? [{ step: line.step, value }] : []
})

/**
 * Each point's value on the straight line that fits it and its neighbours best, `half` on either side as far as there are any.
 * Unlike a mean this neither lags nor flattens where a curve is steep, nor does it get noisy at the ends.
 */
export const smooth = (points: readonly Point[], half: number): readonly Point[] => {
  const sums = [0] // of the values before i
  const moments = [0] // of position times value
  points.forEach(({ value }, i) => {
    sums.push((sums[i] ?? 0) + value)
    moments.push((moments[i] ?? 0) + i * value)
  })
  const between = (totals: readonly number[], from: number, to: number): number => (totals[to] ?? 0) - (totals[from] ?? 0)
  return points.map(({ step }, i) => {
    const from = Math.max(0, i - half)
    const to = Math.min(points.length, i + half + 1)
    const count = to - from
    const centre = (from + to - 1) / 2
    const mean = between(sums, from, to) / count
    const spread = (count ** 3 - count) / 12 // sum of squared distances of consecutive positions from their mean
    const slope = spread === 0 ? 0 : (between(moments, from, to) - centre * count * mean) / spread
    return { step, value: mean + slope * (i - centre) }
  })
}

/** At most `most` of the points, evenly spread, the last one among them. */
export const thin = <A>(points: readonly A[], most: number): readonly A[] => {
  const every = Math.max(1, Math.ceil(points.length / most))
  return points.filter((_, i) => (points.length - 1 - i) % every === 0)
}

const MOST_POINTS = 1000
const RAW = 'each step'
const SMOOTHED = 'smoothed'

type Row = Point & { readonly curve: string }

const labelled = (points: readonly Point[], curve: string): readonly Row[] => thin(points, MOST_POINTS).map(point => ({ ...point, curve }))

const rowsOf = (points: readonly Point[], panel: Panel): readonly Row[] => panel.smooth
  ? [...labelled(points, RAW), ...labelled(smooth(points, Math.max(2, Math.round(points.length / 60))), SMOOTHED)]
  : labelled(points, SMOOTHED)

const BLUE = '#1f5fa8'
const PALE = '#9dbfe3'
const PANEL = { width: 400, height: 200 } as const

const reading = (value: number): string => Math.abs(value) >= 1e-3 || value === 0 ? value.toFixed(3) : value.toExponential(1)

const subtitleOf = (rows: readonly Row[]): string => {
  const last = rows.at(-1)
  return last === undefined ? 'no finite value' : `${reading(last.value)} at step ${formatInteger(last.step)}`
}

// Not Vega's own titles: those move with the labels of the axis, and the panels of a row would not line up.
const heading = (text: string, y: number, bold: boolean) => ({
  data: { values: [{ step: 0 }] },
  mark: {
    type: 'text', text, align: 'left', baseline: 'middle',
    fontSize: bold ? 13 : 11, fontWeight: bold ? 'bold' : 'normal', color: bold ? '#000' : '#666',
  },
  encoding: { x: { value: 0 }, y: { value: y } },
} as const)

const panelSpec = (panel: Panel, lines: readonly MetricsLine[]) => {
  const rows = rowsOf(pointsOf(lines, panel.key), panel)
  const x = {
    field: 'step', type: 'quantitative', title: 'step', scale: { nice: false, zero: false },
    axis: { format: ',d', tickCount: 5, tickMinStep: 1, labelOverlap: false, labelFlush: true },
  } as const
  const y = {
    field: 'value', type: 'quantitative', title: panel.unit === '' ? null : panel.unit, scale: { zero: !panel.smooth, nice: true },
    axis: {
      tickCount: 6, minExtent: 46, maxExtent: 46,
      ...panel.smooth ? {} : { labelExpr: "datum.value == 0 ? '0' : format(datum.value, '.1~e')" },
    },
  } as const
  const layer = (curve: string, color: string, strokeWidth: number) => ({
    transform: [{ filter: { field: 'curve', equal: curve } }],
    mark: { type: 'line', color, strokeWidth, strokeJoin: 'round', point: rows.length < 40 ? { color, size: 18 } : false } as const,
    encoding: { x, y },
  })
  return {
    ...PANEL,
    data: { values: [...rows] },
    layer: [layer(RAW, PALE, 1), layer(SMOOTHED, BLUE, 2.2), heading(panel.title, -30, true), heading(subtitleOf(rows), -14, false)],
  }
}

/** The Vega-Lite description of the plot. */
export const lossPlotSpec = (lines: readonly MetricsLine[], options: PlotOptions = {}): TopLevelSpec => {
  const path = withoutRepeated(lines)
  const panels = options.panels ?? defaultPanels(path)
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 20,
    title: {
      text: options.title ?? 'Training', subtitle: 'pale: value of each step, dark: smoothed', fontSize: 18, anchor: 'start', frame: 'bounds', offset: 24,
    },
    config: {
      font: 'DejaVu Sans, Helvetica, Arial, sans-serif',
      view: { stroke: null },
      axis: { labelFontSize: 11, titleFontSize: 12, titleFontWeight: 'normal', gridColor: '#e8e8e8', domainColor: '#888', tickColor: '#888' },
      title: { subtitleFontSize: 11, subtitleColor: '#666' },
    },
    bounds: 'flush',
    columns: 2,
    spacing: { row: 90, column: 80 },
    concat: panels.map(panel => panelSpec(panel, path)),
  }
}

/** Draws a Vega-Lite description as a PNG of `scale` pixels per unit. Vega is loaded only here: training runs without it. */
export const renderPlot = async (spec: TopLevelSpec, scale: number): Promise<Buffer> => {
  const [{ compile }, vega, { default: sharp }] = await Promise.all([import('vega-lite'), import('vega'), import('sharp')])
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none', logLevel: vega.Error })
  try {
    return await sharp(Buffer.from(await view.toSVG(scale))).flatten({ background: 'white' }).png().toBuffer()
  } finally {
    view.finalize()
  }
}

/** Writes the curves of a run to a PNG file. `Left` if there is nothing to draw or the file cannot be written. */
export const writeLossPlot = (lines: readonly MetricsLine[], file: string, options: PlotOptions = {}): TE.TaskEither<string, void> => {
  const panels = options.panels ?? defaultPanels(lines)
  return panels.some(panel => pointsOf(lines, panel.key).length > 0)
    ? TE.tryCatch(async () => writeFile(file, await renderPlot(lossPlotSpec(lines, { ...options, panels }), 2)),
      error => `${file}: cannot be drawn: ${describeError(error)}`)
    : TE.left(`${file}: nothing to draw: the metrics hold no finite value of ${panels.map(panel => panel.key).join(', ') || 'a loss'}`)
}
