import { bytesText, countText } from '../../compiler/check/cost/units.ts'
import { table, type Column } from '../../compiler/check/cost/table.ts'
import type { Comparison } from '../parity/compare.ts'
import { agrees, type Compared, type Verdict } from './judge.ts'
import type { Reference, Trial } from './trial.ts'

interface Row {
  readonly trial: Trial
  readonly verdict: Verdict | undefined
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const lossAt = ({ course: { metrics } }: Trial, step: number): string => metrics.at(step)?.['loss']?.toFixed(6) ?? '–'

const differenceOf = (compared: Compared | undefined): string => (compared === undefined ? '–' : compared.largest.toExponential(1))

/** The worst of both: 1 is the tolerance itself. */
const worstOf = ({ losses, state }: Verdict): Comparison | undefined => [losses.worst, state.worst].flatMap(each => each ?? []).sort((a, b) => b.ratio - a.ratio)[0]

const columns: readonly Column<Row>[] = [
  { heading: 'devices', right: true, cell: ({ trial: { devices } }) => (devices === undefined ? '1' : `${devices.kind}:${devices.count}`) },
  { heading: 'first loss', right: true, cell: ({ trial }) => lossAt(trial, 0) },
  { heading: 'last loss', right: true, cell: ({ trial }) => lossAt(trial, -1) },
  { heading: 'losses differ', right: true, cell: ({ verdict }) => differenceOf(verdict?.losses) },
  { heading: 'state differs', right: true, cell: ({ verdict }) => differenceOf(verdict?.state) },
  { heading: 'of tolerance', right: true, cell: ({ verdict }) => (verdict === undefined ? '–' : (worstOf(verdict)?.ratio ?? 0).toFixed(2)) },
  { heading: 'in', cell: ({ verdict }) => (verdict === undefined ? '–' : worstOf(verdict)?.name ?? '–') },
  { heading: 'collectives', right: true, cell: ({ trial: { plan } }) => countText(plan.collectives) },
  { heading: 'sent a step', right: true, cell: ({ trial: { plan } }) => bytesText(plan.sent) },
  { heading: 'memory', right: true, cell: ({ trial: { plan } }) => bytesText(plan.memory) },
  { heading: 's a step', right: true, cell: ({ trial: { course } }) => median(course.seconds.slice(1)).toFixed(3) },
  { heading: '', cell: ({ verdict }) => (verdict === undefined ? 'reference' : agrees(verdict) ? 'ok' : 'out') },
]

/** How many of those that are out are named. */
const shown = 5

const outText = ({ trial: { devices } }: Verdict, { out }: Compared): readonly string[] => [
  ...out.slice(0, shown).map(({ name, difference, allowed }: Comparison) => `out on ${devices?.count ?? 1}: ${name} differs by ${difference.toExponential(2)}, allowed ${allowed.toExponential(2)}`),
  ...(out.length > shown ? [`out on ${devices?.count ?? 1}: ${out.length - shown} more`] : []),
]

/** The trials as a table: a row for each mesh, then what is out. The worst difference is given as a share of what is allowed. */
export const reportText = (reference: Reference, verdicts: readonly Verdict[]): string =>
  [
    ...table(columns, [{ trial: reference, verdict: undefined }, ...verdicts.map(verdict => ({ trial: verdict.trial, verdict }))]),
    ...verdicts.flatMap(verdict => [...outText(verdict, verdict.losses), ...outText(verdict, verdict.state)]),
  ].map(line => `${line}\n`).join('')
