import { readFileSync } from 'node:fs'
import { first, percent, table, type Column } from '../../compiler/check/cost/table.ts'
import { bytesText, countText, flopsText } from '../../compiler/check/cost/units.ts'
import { accountOf, busyTime, nobody, spanOf, type Account, type Part } from './attribute.ts'
import type { Profile } from './profile.ts'

const blank = (value: number, text: string): string => (value === 0 || !Number.isFinite(value) ? '' : text)
const milliseconds = (micros: number): string => (micros / 1000 >= 100 ? (micros / 1000).toFixed(0) : (micros / 1000).toFixed(2))

/** Columns of a table of parts: a step's share of each, and what it reaches. */
const columns = (heading: string, { total }: Account, steps: number): readonly Column<Part>[] => [
  { heading: 'ms a step', cell: ({ time }) => milliseconds(time / steps), right: true },
  { heading: 'share', cell: ({ time }) => percent(time, total), right: true },
  { heading: 'backward', cell: ({ time, backward }) => blank(backward, percent(backward, time)), right: true },
  { heading: 'operations', cell: ({ count }) => countText(Math.round(count / steps)), right: true },
  { heading: 'FLOP/s', cell: ({ flops, time }) => blank(time === 0 ? 0 : flops, flopsText(flops / (time / 1e6))), right: true },
  { heading: 'bytes a step', cell: ({ bytes }) => blank(bytes, bytesText(bytes / steps)), right: true },
  { heading: 'bytes/s', cell: ({ bytes, time }) => blank(time === 0 ? 0 : bytes, bytesText(bytes / (time / 1e6))), right: true },
  { heading, cell: ({ name }) => name },
]

const section = (heading: string, parts: readonly Part[], account: Account, steps: number, most: number): readonly string[] => {
  const { rows, more } = first(parts.filter(({ count }) => count > 0), most)
  return ['', ...table(columns(heading, account, steps), rows), ...more]
}

const kindColumns = ({ total }: Account, steps: number): readonly Column<Part>[] => [
  { heading: 'ms a step', cell: ({ time }) => milliseconds(time / steps), right: true },
  { heading: 'share', cell: ({ time }) => percent(time, total), right: true },
  { heading: 'operations', cell: ({ count }) => countText(Math.round(count / steps)), right: true },
  { heading: 'each', cell: ({ time, count }) => `${(time / count).toFixed(1)} µs`, right: true },
  { heading: 'TensorFlow operation', cell: ({ name }) => name },
]

/** The kinds of operations that a line's time goes to. */
const kindsText = ({ kinds, time }: Part): string => [...kinds].sort(([, a], [, b]) => b - a).slice(0, 3).map(([kind, own]) => `${kind} ${((100 * own) / time).toFixed(0)} %`).join(', ')

/** No line of a table is longer than most windows are wide. */
const shortened = (text: string): string => (text.length > 72 ? `${text.slice(0, 71)}…` : text)

const sourceText = (line: string): string => {
  const [, file = '', number = ''] = /^(.*):(\d+)$/.exec(line) ?? []
  try {
    return readFileSync(file, 'utf8').split('\n')[Number(number) - 1]?.trim() ?? ''
  } catch {
    return ''
  }
}

const dearest = 10

const dearestText = ({ lines, total }: Account, steps: number): readonly string[] => {
  const rows = lines.filter(({ name }) => name !== nobody).slice(0, dearest)
  return ['', `the ${rows.length} dearest lines, ${percent(rows.reduce((sum, { time }) => sum + time, 0), total)} of the time:`, ...table([
    { heading: 'ms a step', cell: ({ time }) => milliseconds(time / steps), right: true },
    { heading: '', cell: ({ time }) => percent(time, total), right: true },
    { heading: 'line', cell: ({ name }) => name },
    { heading: 'mostly', cell: kindsText },
    { heading: 'source', cell: ({ name }) => shortened(sourceText(name)) },
  ] satisfies readonly Column<Part>[], rows)]
}

const summary = ({ program, steps, plain, devices }: Profile, account: Account): readonly string[] => {
  const count = steps.length
  const [whole, busy] = [steps.reduce((sum, events) => sum + spanOf(events), 0), steps.reduce((sum, events) => sum + busyTime(events), 0)]
  const work = account.work
  const median = [...plain].sort((a, b) => a - b)[plain.length >> 1] ?? Number.NaN
  return [
    `${program.name}: ${count} traced steps of ${milliseconds(whole / count)} ms; without a trace a step takes ${milliseconds(median * 1e6)} ms${devices > 1 ? `, on ${devices} devices` : ''}`,
    `${flopsText(work.flops / count)} a step, ${flopsText(work.flops / count / median)}/s; ${bytesText(work.bytes / count)} read and written`,
    `operations take ${milliseconds(account.total / count)} ms a step, added up over threads; in ${percent(whole - busy, whole)} of the time of a traced step none runs`,
    `${percent(account.total - account.attributed, account.total)} of the time in operations is not attributed to a line: what TensorFlow itself adds`,
  ]
}

/** What a profile amounts to, as text: by scope, by kind of operation, by line, and at the end the dearest lines with their source. */
export const profileText = (profile: Profile, most = 24): string => {
  const { steps, program, devices } = profile
  const account = accountOf(steps.flat(), program, steps.length * devices)
  return `${[
    ...summary(profile, account),
    ...section('scope', account.scopes, account, steps.length, most),
    '', ...table(kindColumns(account, steps.length), account.kinds.slice(0, 12)),
    ...section('line', account.lines, account, steps.length, most),
    ...dearestText(account, steps.length),
  ].join('\n')}\n`
}
