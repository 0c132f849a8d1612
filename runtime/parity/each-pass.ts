import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import type { Devices } from '../devices/devices.ts'
import { checkParity } from './check.ts'
import type { Report } from './judge.ts'
import { passes, ratioText, table } from './report.ts'

/** What a replay was found to be with some passes switched off, or none. */
export interface Trial {
  readonly without: readonly string[]
  readonly report: Report
}

/** Parity with every pass, and with each switched off by itself, on one device unless said. Left: one sentence. */
export const checkEachPassOff = (folder: string, modelFile: string, names: readonly string[], devices?: Devices): TE.TaskEither<string, readonly Trial[]> => pipe(
  [[], ...names.map(name => [name])],
  TE.traverseSeqArray(without => pipe(checkParity(folder, modelFile, devices, { without }), TE.map(report => ({ without, report })))),
)

/** A table with a line a trial: the worst ratio of difference to tolerance in each group. */
export const eachPassText = (trials: readonly Trial[]): string => {
  const groups = trials[0]?.report.groups.map(({ group }) => group) ?? []
  const rows = trials.map(({ without, report }) => [
    without.length === 0 ? 'every pass' : `without ${without.join(', ')}`,
    ...groups.map(group => {
      const worst = report.groups.find(each => each.group === group)?.worst
      return worst === undefined ? '–' : ratioText(worst)
    }),
    passes(report) ? 'ok' : `${report.groups.reduce((total, { out }) => total + out.length, 0)} out`,
  ])
  const lines = table([['worst ratio of difference to tolerance', ...groups, ''], ...rows], column => column > 0 && column <= groups.length)
  return lines.map(line => `${line}\n`).join('')
}
