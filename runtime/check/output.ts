import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { costText, fitText, meshCostText } from '../../compiler/check/cost/index.ts'
import type { Finding, Span } from '../../compiler/check/finding.ts'
import { countText, findingText, type Printing } from '../../compiler/check/report.ts'
import { readSource, type Checked, type Early } from './check.ts'
import type { ProgramReport } from './trace/messages.ts'

const pages = fileURLToPath(new URL('../../docs/errors/', import.meta.url))

/** The page of a number, from where the reader stands. */
const pageOf = (cwd: string) => (code: string): string | undefined => (code.startsWith('AX') && existsSync(`${pages}${code}.md`) ? relative(cwd, `${pages}${code}.md`) : undefined)

const shortened = (cwd: string) => (file: string): string => {
  const short = relative(cwd, file)
  return short === '' ? '.' : short.startsWith('../../..') ? file : short
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

const summary = ({ findings, files, reports, seconds }: Checked): string => {
  const programs = reports.flatMap(({ programs: each }) => each)
  const broken = programs.filter(({ traced }) => !traced).length + reports.filter(({ failure }) => failure !== undefined).length
  return `${countText(findings)}; ${counted(files.length, 'file')} and ${counted(programs.length, 'program')} checked in ${seconds.all.toFixed(1)} s${broken === 0 ? '' : `, ${broken} not to the end`}\n`
}

const changeText = (change: NonNullable<ProgramReport['change']>): string => ('missing' in change ? `${change.missing}\n` : 'failed' in change ? `${change.failed}\n` : change.text === '' ? 'nothing has changed\n' : change.text)

const costsText = ({ costs = [], devices = [] }: ProgramReport): readonly string[] => costs.map(cost => {
  const mesh = 'refused' in devices ? undefined : devices.find(({ program }) => program === cost.program)
  return `${costText(cost)}${mesh === undefined ? '' : `\n${meshCostText(mesh, cost)}`}`
})

const extras = (report: ProgramReport): string => [
  ...costsText(report),
  ...(report.fit === undefined ? [] : [fitText(report.fit)]),
  ...(report.change === undefined ? [] : [changeText(report.change)]),
].join('\n')

/** What TypeScript says, for people who wait for the rest. */
export const earlyText = ({ types, tracing, seconds }: Early, cwd: string, colour: boolean): string => {
  const how: Printing = { shorten: shortened(cwd), read: readSource, page: pageOf(cwd), colour }
  return `${types.map(finding => `${findingText(finding, how)}\n`).join('')}types: ${countText(types)} in ${seconds.toFixed(1)} s; tracing ${counted(tracing, 'file')}\n`
}

/** Everything that was found, for people: findings, then what was asked for about each program, then one line of counts. */
export const checkedText = (checked: Checked, cwd: string, colour: boolean): string => {
  const how: Printing = { shorten: shortened(cwd), read: readSource, page: pageOf(cwd), colour }
  const findings = checked.findings.map(finding => `${findingText(finding, how)}\n`)
  const about = checked.reports.flatMap(({ file, programs }) => programs.flatMap(program => {
    const text = extras(program)
    return text === '' ? [] : [`${how.shorten(file)} ${program.name}${program.config === undefined ? '' : ` ${program.config}`}\n\n${text}\n`]
  }))
  return [...findings, ...about, summary(checked)].join('')
}

/** The same as one JSON document; see docs/check.md. */
export const checkedJson = ({ files, reports, findings, seconds }: Checked, cwd: string): string => {
  const shorten = shortened(cwd)
  const page = pageOf(cwd)
  const span = (at: Span): Span => ({ ...at, file: shorten(at.file) })
  const finding = (each: Finding) => ({ ...each, span: span(each.span), related: each.related.map(({ span: at, sentence }) => ({ span: span(at), sentence })), page: page(each.code) })
  const programs = reports.flatMap(report => report.programs.map(({ findings: _, ...program }) => ({ file: shorten(report.file), ...program })))
  return `${JSON.stringify({ version: 1, files: files.map(shorten), programs, findings: findings.map(finding), seconds }, undefined, 1)}\n`
}
