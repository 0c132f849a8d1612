import type { Finding } from '../../../compiler/check/finding.ts'
import { lintFindings } from '../../../compiler/check/lints/index.ts'
import { untraced } from '../../../compiler/language/compile.ts'
import { countParameters } from '../../../compiler/language/index.ts'
import type { AnyDefinition } from '../../../compiler/language/index.ts'
import type { Program } from '../../../compiler/program/program.ts'
import { failureOf } from './failure.ts'
import type { Exported } from './programs.ts'
import type { ProgramReport, Request } from './messages.ts'

/** The parts of a definition that can be traced, and what is wrong with the others. */
const sizesOf = (definition: AnyDefinition, file: string): { readonly findings: readonly Finding[]; readonly complete: boolean } => {
  try {
    for (const { trace } of untraced(definition).programs) trace()
    return { findings: [], complete: true }
  } catch (error) {
    return { findings: [failureOf(error, file, 'tracing')], complete: false }
  }
}

export const reportOf = (exported: Exported, file: string, request: Request): ProgramReport => {
  const { name, config } = exported
  const about = { name, ...(config === undefined ? {} : { config }) }
  const tagged = (findings: readonly Finding[]): readonly Finding[] => (config === undefined ? findings : findings.map(finding => ({ ...finding, configs: [config] })))
  try {
    const definition = exported.definition()
    const { findings, complete } = sizesOf(definition, file)
    return { ...about, findings: tagged(findings), traced: complete, parameters: countParameters(definition.state) }
  } catch (error) {
    return { ...about, findings: tagged([failureOf(error, file, `making ${name}`)]), traced: false }
  }
}
