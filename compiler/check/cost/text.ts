import type { Alive, Cost, CostOf } from './amount.ts'
import { first, percent, table, type Column } from './table.ts'
import { bytesText, countText, flopsText } from './units.ts'

const blank = (value: number, text: (value: number) => string): string => (value === 0 ? '' : text(value))

const columns = (heading: string, { total }: Cost): readonly Column<CostOf>[] => [
  { heading, cell: ({ name }) => name },
  { heading: 'FLOPs', cell: ({ flops }) => blank(flops, flopsText), right: true },
  { heading: '', cell: ({ flops }) => blank(flops, each => percent(each, total.flops)), right: true },
  { heading: 'backward', cell: ({ flops, backward }) => blank(backward, each => percent(each, flops)), right: true },
  { heading: 'parameters', cell: ({ parameters }) => blank(parameters, countText), right: true },
  { heading: 'kept', cell: ({ kept }) => blank(kept, bytesText), right: true },
  { heading: '', cell: ({ kept }) => blank(kept, each => percent(each, total.kept)), right: true },
]

const aliveColumns = (peak: number): readonly Column<Alive>[] => [
  { heading: 'in memory at the peak', cell: ({ name }) => name },
  { heading: 'bytes', cell: ({ bytes }) => bytesText(bytes), right: true },
  { heading: '', cell: ({ bytes }) => percent(bytes, peak), right: true },
  { heading: 'values', cell: ({ values }) => countText(values), right: true },
]

/** One line that says what a program costs. */
export const costLine = ({ program, total, state, peak }: Cost): string => {
  const where = [peak.line, peak.scope].filter(part => part !== '').join(', ')
  const trained = total.parameters === 0 ? [] : [`${countText(total.parameters)} parameters`]
  const backward = total.backward === 0 ? [] : [`${percent(total.backward, total.flops)} of them backward`]
  const kept = total.kept === 0 ? [] : [`${bytesText(total.kept)} kept for the backward pass`]
  return [`${program}: ${flopsText(total.flops)}`, ...backward, ...trained, ...kept, `at most ${bytesText(peak.bytes)} in memory (state ${bytesText(state)})${where === '' ? '' : ` at ${where}`}`].join(', ')
}

/** Costs as tables, the dearest lines and scopes first: at most `rows` of each. */
export const costText = (cost: Cost, rows = 20): string => {
  const parts = [
    ['line', cost.lines],
    ['scope', cost.scopes],
  ] as const
  const tables = parts.flatMap(([heading, all]) => {
    const shown = first(all, rows)
    return ['', ...table(columns(heading, cost), shown.rows), ...shown.more]
  })
  const alive = first(cost.alive, rows)
  return `${[costLine(cost), ...tables, '', ...table(aliveColumns(cost.peak.bytes), alive.rows), ...alive.more].join('\n')}\n`
}
