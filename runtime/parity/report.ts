import type { Comparison, Group } from './compare.ts'
import type { Report } from './judge.ts'

/** How many of those that are out are named. */
const shown = 5

export const ratioText = ({ ratio }: Comparison): string => (ratio < 100 ? ratio.toFixed(2) : ratio.toPrecision(3))

const rowOf = ({ group, compared, out, worst }: Group): readonly string[] => [
  group, String(compared), worst === undefined ? '–' : ratioText(worst), worst?.name ?? '–', out.length === 0 ? 'ok' : `${out.length} out`,
]

const rightAligned = new Set([1, 2])

/** Rows of equally many cells as lines of aligned columns. */
export const table = (rows: readonly (readonly string[])[], isRight: (column: number) => boolean): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row => row.map((cell, i) => (isRight(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join('  ').trimEnd())
}

const outText = ({ group, out }: Group): readonly string[] => [
  ...out.slice(0, shown).map(({ name, difference, allowed }) => `out, ${group}: ${name}${Number.isNaN(difference) ? '' : `: differs by ${difference.toExponential(2)}, allowed ${allowed.toExponential(2)}`}`),
  ...(out.length > shown ? [`out, ${group}: ${out.length - shown} more`] : []),
]

const listed = (label: string, names: readonly string[]): readonly string[] => (names.length === 0 ? [] : [`${label}: ${names.join(', ')}`])

/** Whether everything that was compared is within its tolerance, and in every group something was. */
export const passes = ({ groups }: Report): boolean => groups.every(({ compared, out }) => compared > 0 && out.length === 0)

/** The report as text: a table of the groups, what is out, and what was not compared. A worst ratio of 1 is the tolerance itself. */
export const reportText = (report: Report): string => [
  ...table([['group', 'tensors', 'worst', 'tensor with the worst ratio of difference to tolerance', ''], ...report.groups.map(rowOf)], column => rightAligned.has(column)),
  ...report.groups.flatMap(outText),
  ...listed('not compared (draws, replayed instead)', report.draws),
  ...listed('not compared', report.skipped),
  ...listed('norms not compared', report.normsSkipped),
  ...(report.measured === 0 ? [] : [`noise measured here, since none was recorded: ${report.measured} tensors`]),
].map(line => `${line}\n`).join('')
