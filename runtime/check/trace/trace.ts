import * as E from 'fp-ts/Either'
import type { Fit } from '../../../compiler/check/cost/index.ts'
import type { Finding } from '../../../compiler/check/finding.ts'
import { collectiveFindings, openLints } from '../../../compiler/check/lints/index.ts'
import { checkSizes, mistakeFinding, type CheckedSizes } from '../../../compiler/check/sizes/index.ts'
import { attempt } from '../../../compiler/language/compile.ts'
import { countParameters, trace, type AnyDefinition, type Precision } from '../../../compiler/language/index.ts'
import { apart, judgeWithPlaces } from '../../../compiler/program/site.ts'
import { compareWeights } from '../weights/compare.ts'
import { changeSince } from './before.ts'
import type { Exported } from './programs.ts'
import type { ProgramReport, Request } from './messages.ts'

/** Loaded when it is asked for: most checks do not. */
const costs = () => import('../../../compiler/check/cost/index.ts')

/** What a program that has no mistakes costs, each of its programs but the first state's; on a mesh, what each device of it has to do. */
const costsOf = async (definition: AnyDefinition, { devices, precision }: Pick<Request, 'devices'> & { readonly precision: Precision }): Promise<Pick<ProgramReport, 'costs' | 'devices'>> => {
  const { costOf, meshCostOf } = await costs()
  const traced = attempt(() => trace(devices === undefined ? definition : { ...definition, mesh: devices.mesh }, { precision }))
  if (E.isLeft(traced)) {
    if (devices === undefined) throw traced.left
    return { devices: { refused: traced.left.sentence } }
  }
  const { state, programs } = traced.right
  const each = programs.filter(({ name }) => name !== 'initialize').map(program => ({ program, cost: costOf(program, state) }))
  const own = devices === undefined ? {} : { devices: each.filter(({ program }) => program.updates.length > 0).map(({ program, cost }) => meshCostOf(program, state, cost, devices.mesh, devices.machine)) }
  return { costs: each.map(({ cost }) => cost), ...own }
}

/** The largest batch whose steps fit, for a task whose configurations have a batch. */
const fitOf = async ({ job }: Exported, definition: AnyDefinition, bytes: number): Promise<Fit | undefined> => {
  if (job === undefined) return undefined
  const { fit } = await costs()
  return fit(batch => job(batch).definition, ['step', ...Object.keys(definition.steps ?? {})], bytes, job().data.batch)
}

interface Looked {
  readonly definition: AnyDefinition
  readonly sizes: CheckedSizes
  /** The lints, where every program could be traced. */
  readonly lints: () => readonly Finding[]
}

const once = <R>(make: () => R): (() => R) => {
  let made: { readonly value: R } | undefined
  return () => (made ??= { value: make() }).value
}

/** Sizes and lints of a program. */
const lookAt = ({ definition: make, config }: Exported): Looked => {
  const definition = apart(make)
  const sizes = checkSizes(definition, config)
  const { findings, traced, complete } = sizes
  const own = once(() => openLints(traced))
  const distributed = once(() => (definition.mesh === undefined || findings.length > 0 ? undefined : trace(definition)))
  const exchanges = (): readonly Finding[] => { const programs = distributed(); return programs === undefined ? [] : collectiveFindings(programs) }
  return { definition, sizes, lints: () => (complete ? [...own()(), ...exchanges()] : []) }
}

interface Found {
  readonly findings: readonly Finding[]
  readonly complete: boolean
  readonly parameters: number
}

const resultOf = ({ definition, sizes: { findings, complete }, lints }: Looked): Found & { readonly lints: readonly Finding[] } => ({ findings, complete, lints: lints(), parameters: countParameters(definition.state) })

/** Most programs have right sizes: a look that takes only the places of lints is enough for them. A mistake of sizes needs many more. */
const found = (exported: Exported): ReturnType<typeof resultOf> => {
  const quick = attempt(() => judgeWithPlaces(() => lookAt(exported), looked => (looked.sizes.complete && looked.sizes.findings.length === 0 ? resultOf(looked) : undefined)))
  return E.isRight(quick) && quick.right !== undefined ? quick.right : resultOf(lookAt(exported))
}

/** Everything that is asked about one program: its sizes, its lints, its parameters against a checkpoint, its cost, its change. */
export const reportOf = async (exported: Exported, file: string, { weights, cost, devices, precision = 'f32', fit: bytes, before }: Request): Promise<ProgramReport> => {
  const { name, config } = exported
  const about = { name, ...(config === undefined ? {} : { config }) }
  const tagged = (findings: readonly Finding[]): readonly Finding[] => (config === undefined ? findings : findings.map(finding => ({ ...finding, configs: [config] })))
  try {
    const { findings, complete, lints, parameters } = found(exported)
    const definition = once(exported.definition)
    const compared = weights === undefined ? [] : compareWeights(definition(), exported.job?.().names ?? [], weights.file, weights.tensors)
    const sound = complete && findings.length === 0
    return {
      ...about,
      findings: tagged([...findings, ...lints, ...compared]),
      traced: complete,
      parameters,
      ...(sound && cost === true ? await costsOf(definition(), { devices, precision }) : {}),
      ...(sound && bytes !== undefined ? { fit: await fitOf(exported, definition(), bytes) } : {}),
      ...(sound && before !== undefined ? { change: await changeSince(before, file, exported, definition()) } : {}),
    }
  } catch (error) {
    return { ...about, findings: tagged([mistakeFinding(error, `making '${name}'`, config)]), traced: false }
  }
}
