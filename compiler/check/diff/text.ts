import { bytesText, countText, flopsText } from '../cost/index.ts'
import { first, table } from '../cost/table.ts'
import type { Cost } from '../cost/index.ts'
import type { Change, ProgramChange, ScopeChange } from './change.ts'
import { isEmpty, type Compared } from './compare.ts'

/** Differences as lines: `+` what is new, `-` what is gone, `~` what is otherwise. */
const differences = ({ added, removed, changed }: Compared<string, string>, most: number): readonly string[] => {
  const rows = [
    ...changed.map(([name, before, after]) => ({ mark: '~', name, what: `${before} → ${after}` })),
    ...added.map(([name, after]) => ({ mark: '+', name, what: after })),
    ...removed.map(([name, before]) => ({ mark: '-', name, what: before })),
  ]
  const shown = first(rows, most)
  const lines = table([{ heading: '', cell: row => row.mark }, { heading: '', cell: row => row.name }, { heading: '', cell: row => row.what }], shown.rows)
  return [...lines.slice(1), ...shown.more].map(line => `  ${line}`)
}

const signed = (text: (value: number) => string, by: number): string => (by === 0 ? '' : `${by > 0 ? '+' : '−'}${text(Math.abs(by))}`)
const share = (before: number, after: number): string => (before === 0 || before === after ? '' : ` (${signed(value => `${value.toFixed(1)} %`, (100 * (after - before)) / before)})`)
const moved = (what: string, text: (value: number) => string, before: number, after: number): readonly string[] =>
  before === after ? [] : [`${what} ${text(before)} → ${text(after)}${share(before, after)}`]

const sums = (before: Cost, after: Cost): readonly string[] => [
  ...moved('FLOPs', flopsText, before.total.flops, after.total.flops),
  ...moved('parameters', countText, before.total.parameters, after.total.parameters),
  ...moved('kept', bytesText, before.total.kept, after.total.kept),
  ...moved('state', bytesText, before.state, after.state),
  ...moved('peak', bytesText, before.peak.bytes, after.peak.bytes),
]

const scopeColumns = [
  { heading: 'scope', cell: ({ scope }: ScopeChange) => scope },
  { heading: 'FLOPs before', cell: ({ before }: ScopeChange) => flopsText(before.flops), right: true },
  { heading: 'after', cell: ({ after }: ScopeChange) => flopsText(after.flops), right: true },
  { heading: 'change', cell: ({ before, after }: ScopeChange) => signed(flopsText, after.flops - before.flops), right: true },
  { heading: 'kept', cell: ({ before, after }: ScopeChange) => signed(bytesText, after.kept - before.kept), right: true },
  { heading: 'parameters', cell: ({ before, after }: ScopeChange) => signed(countText, after.parameters - before.parameters), right: true },
]

const programText = ({ name, shapes, before, after, scopes }: ProgramChange, rows: number): readonly string[] => {
  const totals = sums(before, after)
  if (isEmpty(shapes) && totals.length === 0 && scopes.length === 0) return []
  const shown = first(scopes, rows)
  const byScope = scopes.length === 0 ? [] : [...table(scopeColumns, shown.rows), ...shown.more].map(line => `  ${line}`)
  return [`${name}: ${totals.length === 0 ? 'costs the same in all' : totals.join(', ')}`, ...differences(shapes, rows), ...byScope]
}

/** A change as text, at most `rows` lines of each kind; empty where nothing that is compared is different. */
export const diffText = ({ leaves, programs, changes }: Change, rows = 20): string => {
  const { added, removed } = programs
  const lines = [
    ...(isEmpty(leaves) ? [] : ['state', ...differences(leaves, rows)]),
    ...added.map(([name]) => `+ program ${name}`),
    ...removed.map(([name]) => `- program ${name}`),
    ...changes.flatMap(change => programText(change, rows)),
  ]
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}
