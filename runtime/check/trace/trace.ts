import type { Cost, Fit } from '../../../compiler/check/cost/index.ts'
import type { Finding } from '../../../compiler/check/finding.ts'
import { collectiveFindings, lintFindings } from '../../../compiler/check/lints/index.ts'
import { checkSizes, mistakeFinding } from '../../../compiler/check/sizes/index.ts'
import { countParameters, trace, type AnyDefinition } from '../../../compiler/language/index.ts'
import { compareWeights } from '../weights/compare.ts'
import { changeSince } from './before.ts'
import type { Exported } from './programs.ts'
import type { ProgramReport, Request } from './messages.ts'

/** Loaded when it is asked for: most checks do not. */
const costs = () => import('../../../compiler/check/cost/index.ts')

/** What a program that has no mistakes costs, each of its programs but the first state's. */
const costsOf = async (definition: AnyDefinition): Promise<readonly Cost[]> => {
  const { costOf } = await costs()
  const { state, programs } = trace(definition)
  return programs.filter(({ name }) => name !== 'initialize').map(program => costOf(program, state))
}

/** The largest batch whose steps fit, for a task whose configurations have a batch. */
const fitOf = async ({ job }: Exported, definition: AnyDefinition, bytes: number): Promise<Fit | undefined> => {
  if (job === undefined) return undefined
  const { fit } = await costs()
  return fit(batch => job(batch).definition, ['step', ...Object.keys(definition.steps ?? {})], bytes, job().data.batch)
}

/** Everything that is asked about one program: its sizes, its lints, its parameters against a checkpoint, its cost, its change. */
export const reportOf = async (exported: Exported, file: string, { weights, cost, fit: bytes, before }: Request): Promise<ProgramReport> => {
  const { name, config } = exported
  const about = { name, ...(config === undefined ? {} : { config }) }
  const tagged = (findings: readonly Finding[]): readonly Finding[] => (config === undefined ? findings : findings.map(finding => ({ ...finding, configs: [config] })))
  try {
    const definition = exported.definition()
    const { findings, traced, complete } = checkSizes(definition, config)
    const lints = complete ? [...lintFindings(traced), ...(definition.mesh === undefined || findings.length > 0 ? [] : collectiveFindings(trace(definition)))] : []
    const compared = weights === undefined ? [] : compareWeights(definition, exported.job?.().names ?? [], weights.file, weights.tensors)
    const sound = complete && findings.length === 0
    return {
      ...about,
      findings: tagged([...findings, ...lints, ...compared]),
      traced: complete,
      parameters: countParameters(definition.state),
      ...(sound && cost === true ? { costs: await costsOf(definition) } : {}),
      ...(sound && bytes !== undefined ? { fit: await fitOf(exported, definition, bytes) } : {}),
      ...(sound && before !== undefined ? { change: await changeSince(before, file, exported, definition) } : {}),
    }
  } catch (error) {
    return { ...about, findings: tagged([mistakeFinding(error, `making '${name}'`, config)]), traced: false }
  }
}
