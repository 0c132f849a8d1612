import { AxleError } from '../../program/error.ts'
import { apart } from '../../program/site.ts'
import { untraced, type AnyDefinition, type Traced, type Untraced } from '../../language/compile.ts'
import type { Finding } from '../finding.ts'
import { conditionText } from './condition.ts'
import { explain, gathered, type Explained } from './explain.ts'
import { failureFinding } from './failure.ts'
import { observe, type Observed } from './observe.ts'
import { sample, symbolsOf, type Sampled } from './sample.ts'

export { conditionsOf, type SizeCondition } from './conditions.ts'
export { failureFinding } from './failure.ts'
export { symbolicPrograms } from './print.ts'

/** What the size part of the checker knows of a definition: its findings, and every program that has none, as written. */
export interface CheckedSizes {
  readonly findings: readonly Finding[]
  readonly traced: Traced
  /** Whether every program could be traced. */
  readonly complete: boolean
}

const otherwise = ({ claims, configured }: Sampled, claim: number | undefined): { readonly otherwise?: string } => {
  if (claim !== undefined && !configured) return {}
  const condition = claims.find(each => each.claim === claim)?.condition
  const text = condition && conditionText(condition)
  return { otherwise: text === undefined ? '' : `; right ${text}` }
}

/** The mistakes of one program, explained; each says for which sizes of the declared inputs it would be none. */
const explainedOf = (definition: AnyDefinition, { name, inputs }: Untraced, { mistakes, reads }: Observed, config?: string): readonly Explained[] => {
  if (mistakes.length === 0) return []
  const sampled = sample(definition, name, symbolsOf(inputs))
  return mistakes.map(({ error, claim }) => ({ ...explain(error, config, reads), ...otherwise(sampled, claim) }))
}

/** One failure of a model can meet every program: it is said once. */
const distinct = (failures: readonly Finding[]): readonly Finding[] => failures.filter(({ span }, i) => failures.findIndex(other => JSON.stringify(other.span) === JSON.stringify(span)) === i)

/**
 * Traces every program of a definition, without a backend, and behind its mistakes where they are independent. `config` is the name of the
 * configuration that it was made for: it tells which of several a size comes from.
 */
export const checkSizes = (definition: AnyDefinition, config?: string): CheckedSizes => {
  try {
    const { state, programs } = untraced(definition)
    const observed = programs.map(program => ({ program, seen: apart(() => observe(program.trace)) }))
    const mistakes = gathered(observed.flatMap(({ program, seen }) => explainedOf(definition, program, seen, config)))
    const failures = observed.flatMap(({ program: { name }, seen: { thrown } }) => (thrown === undefined ? [] : [failureFinding(thrown.error, `tracing '${name}'`)]))
    const traced = { state, programs: observed.flatMap(({ seen: { program } }) => program ?? []) }
    return { findings: [...mistakes, ...distinct(failures)], traced, complete: traced.programs.length === programs.length }
  } catch (error) {
    return { findings: [mistakeFinding(error, 'reading its declarations', config)], traced: { state: [], programs: [] }, complete: false }
  }
}

/** Everything that is wrong with the sizes of a definition's programs. */
export const sizeFindings = (definition: AnyDefinition, config?: string): readonly Finding[] => checkSizes(definition, config).findings

/** What was thrown while a definition was made or traced: a mistake of the program with the places of its sizes, anything else as a failure at the innermost place of the model. */
export const mistakeFinding = (error: unknown, doing: string, config?: string): Finding => (error instanceof AxleError ? explain(error, config).finding : failureFinding(error, doing))
