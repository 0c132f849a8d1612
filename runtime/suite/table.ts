import { spreadOf } from '../evaluation/spread.ts'
import type { Cell, PartOfCell } from './cell.ts'

const percent = (share: number): string => (100 * share).toFixed(1)

/** Mean, and the standard deviation where there are several seeds. */
const spread = (marks: readonly number[]): string => {
  const found = spreadOf(marks)
  if (found === undefined) return '-'
  return found.deviation === undefined ? percent(found.mean) : `${percent(found.mean)} ± ${percent(found.deviation)}`
}

const partsOf = (cells: readonly Cell[], name: string): readonly PartOfCell[] => cells.flatMap(({ parts }) => parts.filter(part => part.name === name))

const fieldOf = (parts: readonly PartOfCell[]): string => {
  const [first] = parts
  return first === undefined ? '-' : `${spread(parts.map(({ mark }) => mark))} (${percent(first.floor)})`
}

/** The tasks as a Markdown table: mean over the seeds, one standard deviation, and in brackets the best floor of the part. */
export const suiteTable = (cells: readonly Cell[]): string => {
  const parts = [...new Map(cells.flatMap(cell => cell.parts.map(({ name, label }) => [name, label] as const)))]
  const tasks = [...new Set(cells.map(({ task }) => task))]
  const line = (fields: readonly string[]): string => `| ${fields.join(' | ')} |`
  const rows = tasks.map(task => {
    const own = cells.filter(cell => cell.task === task)
    const steps = [...new Set(own.map(cell => cell.steps))].join(', ')
    return line([task, String(own.length), steps, partsOf(own, parts[0]?.[0] ?? '')[0]?.floorName ?? '-', ...parts.map(([name]) => fieldOf(partsOf(own, name)))])
  })
  const titles = ['task', 'seeds', 'steps', 'floor', ...parts.map(([, label]) => label)]
  return [line(titles), line(titles.map((_, i) => (i === 0 || i === 3 ? '---' : '--:'))), ...rows].join('\n')
}
