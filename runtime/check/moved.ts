import type { Finding, Related } from '../../compiler/check/finding.ts'
import type { Changes } from './changes.ts'
import type { FileReport, ProgramReport } from './trace/messages.ts'

/** Every one of a list, or nothing where one of them is nothing. */
const all = <T>(list: readonly (T | undefined)[]): readonly T[] | undefined => {
  const found = list.flatMap(each => (each === undefined ? [] : [each]))
  return found.length === list.length ? found : undefined
}

/** The sentences of lints name no places; those of other findings do, and cannot be moved. */
const movedFinding = (finding: Finding, { moved }: Changes): Finding | undefined => {
  if (finding.kind !== 'lint') return undefined
  const span = moved(finding.span)
  const related = all(finding.related.map((each): Related | undefined => {
    const place = moved(each.span)
    return place && { ...each, span: place }
  }))
  return span && related && { ...finding, span, related }
}

const movedProgram = (program: ProgramReport, changes: Changes): ProgramReport | undefined => {
  const findings = program.traced ? all(program.findings.map(finding => movedFinding(finding, changes))) : undefined
  return findings && { ...program, findings }
}

/** What is known of a file, at the places where it is after a change that reaches none of its programs; `undefined` where it has to be found anew. */
export const movedReport = (report: FileReport, changes: Changes): FileReport | undefined => {
  const programs = report.failure === undefined && report.left === undefined ? all(report.programs.map(program => movedProgram(program, changes))) : undefined
  return programs && { ...report, programs }
}
