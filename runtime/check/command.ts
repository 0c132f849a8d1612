import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { countText, findingText, type Printing } from '../../compiler/check/report.ts'
import { openCheck, readSource, type Checked } from './check.ts'
import { openTracer } from './trace/tracer.ts'

/** What the command line says. */
export interface CheckArguments {
  readonly names: readonly string[]
  readonly cwd: string
  readonly config: string | undefined
  readonly json: boolean
  readonly cost: boolean
  readonly fit: string | undefined
  readonly weights: string | undefined
  readonly diff: string | undefined
  readonly watch: boolean
}

/** Exit codes of a check. */
export const exitCode = { clean: 0, findings: 1, refused: 2 } as const

const pages = fileURLToPath(new URL('../../docs/errors/', import.meta.url))

const printing = (cwd: string): Printing => ({
  shorten: file => {
    const short = relative(cwd, file)
    return short.startsWith('../../..') ? file : short
  },
  read: readSource,
  page: code => (code.startsWith('AX') && existsSync(`${pages}${code}.md`) ? relative(cwd, `${pages}${code}.md`) : undefined),
  colour: process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '',
})

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

const summary = ({ findings, files, reports, seconds }: Checked): string => {
  const programs = reports.flatMap(({ programs: each }) => each)
  const broken = programs.filter(({ traced }) => !traced).length + reports.filter(({ failure }) => failure !== undefined).length
  return `${countText(findings)}; ${counted(files.length, 'file')} and ${counted(programs.length, 'program')} checked in ${seconds.all.toFixed(1)} s${broken === 0 ? '' : `, ${broken} not to the end`}\n`
}

const codeOf = ({ findings, refused }: Checked): number => (refused ? exitCode.refused : findings.length > 0 ? exitCode.findings : exitCode.clean)

/** Runs a check and prints it. Returns the exit code. */
export const checkCommandLine = async ({ names, cwd, config }: CheckArguments): Promise<number> => {
  const tracer = openTracer()
  const checked = await openCheck({ names, cwd, asked: config === undefined ? {} : { config } }, tracer).run()
  tracer.close()
  if (E.isLeft(checked)) {
    process.stderr.write(`${checked.left}\n`)
    return exitCode.refused
  }
  const how = printing(cwd)
  for (const finding of checked.right.findings) process.stdout.write(`${findingText(finding, how)}\n`)
  process.stdout.write(summary(checked.right))
  return codeOf(checked.right)
}
