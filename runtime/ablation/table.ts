import type { Spread } from '../evaluation/spread.ts'
import type { Cell } from './cell.ts'
import { noises, rows, spreadAt, type Reading } from './rows.ts'

const shown = (spread: Spread | undefined): string =>
  spread === undefined ? '-' : `${spread.mean.toFixed(1)}${spread.deviation === undefined ? '' : ` ± ${spread.deviation.toFixed(1)}`}${spread.count < 3 ? ` (${spread.count})` : ''}`

const READINGS: readonly (readonly [Reading, string])[] = [['textRetrieval', 'TR'], ['imageRetrieval', 'IR'], ['before', 'before']]

const labelOf = (noise: number): string => (noise === 0 ? 'clean' : `${Math.round(100 * noise)} % swapped`)

/** The ablation as a Markdown table, with the paper's own figures at its right. */
export const ablationTable = (cells: readonly Cell[]): string => {
  const titles = ['', ...noises.flatMap(noise => READINGS.map(([, title]) => `${labelOf(noise)}: ${title}`)), 'paper: TR', 'IR', 'SNLI-VE', 'NLVR2', 'VQA']
  const line = (fields: readonly string[]): string => `| ${fields.join(' | ')} |`
  const body = rows.map(row => {
    const own = noises.flatMap(noise => READINGS.map(([reading]) => shown(spreadAt(cells, row, noise, reading))))
    const { textRetrieval, imageRetrieval, entailment, nlvr, vqa } = row.paper
    return line([row.name, ...own, ...[textRetrieval, imageRetrieval, entailment, nlvr, vqa].map(value => value.toFixed(2))])
  })
  return [line(titles), line(titles.map((_, i) => (i === 0 ? '---' : '--:'))), ...body].join('\n')
}
