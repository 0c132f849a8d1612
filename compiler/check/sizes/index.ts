import { AxleError } from '../../program/error.ts'
import { untraced, type AnyDefinition, type Traced } from '../../language/compile.ts'
import type { Finding, Related, Span } from '../finding.ts'
import { conditionText } from './condition.ts'
import { explain } from './explain.ts'
import { failureFinding } from './failure.ts'
import { observe, type Observed } from './observe.ts'
import { dependentClaims, mistakesOf, symbolsOf, type Dependent } from './sample.ts'

export { failureFinding } from './failure.ts'

/** What the size part of the checker knows of a definition: its findings, and every program that has none, as written. */
export interface CheckedSizes {
  readonly findings: readonly Finding[]
  readonly traced: Traced
  /** Whether every program could be traced. */
  readonly complete: boolean
}

const textOf = (dependent: Dependent | undefined): string => {
  const text = dependent?.condition && conditionText(dependent.condition)
  return text === undefined ? '' : `; right ${text}`
}

/** The mistakes of one program as findings; each says for which sizes of the declared inputs it would be none. */
const findingsOf = (definition: AnyDefinition, program: string, { mistakes, axes, thrown }: Observed): readonly Finding[] => {
  if (thrown !== undefined) return [failureFinding(thrown.error, `tracing '${program}'`)]
  if (mistakes.length === 0) return []
  const dependent = new Map(dependentClaims(definition, program, symbolsOf(axes)).map(each => [each.claim, each]))
  return mistakes.map(({ error, claim }) => explain(error, textOf(claim === undefined ? undefined : dependent.get(claim))))
}

const keyOf = ({ code, span, sentence }: Finding): string => JSON.stringify([code, span, sentence])
const distinct = (findings: readonly Finding[]): readonly Finding[] => [...new Map(findings.map(each => [keyOf(each), each])).values()]

/** Traces every program of a definition, without a backend, and behind its mistakes where they are independent. */
export const checkSizes = (definition: AnyDefinition): CheckedSizes => {
  try {
    const { state, programs } = untraced(definition)
    const observed = programs.map(({ name, trace }) => ({ name, seen: observe(trace) }))
    const findings = distinct(observed.flatMap(({ name, seen }) => findingsOf(definition, name, seen)))
    return { findings, traced: { state, programs: observed.flatMap(({ seen: { program } }) => program ?? []) }, complete: observed.every(({ seen }) => seen.program !== undefined) }
  } catch (error) {
    return { findings: [mistakeFinding(error, 'reading its declarations')], traced: { state: [], programs: [] }, complete: false }
  }
}

/** Everything that is wrong with the sizes of a definition's programs. */
export const sizeFindings = (definition: AnyDefinition): readonly Finding[] => checkSizes(definition).findings

/** What was thrown while a definition was made or traced: a mistake of the program with the places of its sizes, anything else as a failure at the innermost place of the model. */
export const mistakeFinding = (error: unknown, doing: string): Finding => (error instanceof AxleError ? explain(error) : failureFinding(error, doing))

/** A condition on the sizes of declared inputs that some programs of a definition need. */
export interface SizeCondition {
  /** `batch >= 24`; undefined where it holds for some sizes and not for others, and no formula says which. */
  readonly where: string | undefined
  readonly programs: readonly string[]
  readonly span: Span
  /** The mistake that it is for other sizes. */
  readonly sentence: string
  readonly related: readonly Related[]
}

const conditionsOfProgram = (definition: AnyDefinition, program: string, dependent: readonly Dependent[]): readonly SizeCondition[] => {
  const errors = mistakesOf(definition, program, dependent.map(({ claim }) => claim))
  const found = new Map<string, SizeCondition>()
  for (const { claim, condition } of dependent) {
    const error = errors.get(claim)
    if (error === undefined || condition === 'always') continue
    const where = condition === undefined || condition === 'never' ? undefined : condition.join(' and ')
    const key = where ?? error.message
    if (found.has(key)) continue
    const { span, related, sentence } = explain(error)
    found.set(key, { where, programs: [program], span, sentence, related })
  }
  return [...found.values()]
}

/** For which sizes of its declared inputs a definition is right: what each program needs, each condition once, at the first place that needs it. */
export const conditionsOf = (definition: AnyDefinition): readonly SizeCondition[] => {
  const all = untraced(definition).programs.flatMap(({ name, trace }) => {
    const { axes, thrown } = observe(trace)
    return thrown === undefined ? conditionsOfProgram(definition, name, dependentClaims(definition, name, symbolsOf(axes))) : []
  })
  const found = new Map<string, SizeCondition>()
  for (const each of all) {
    const key = JSON.stringify([each.where, each.where === undefined ? each.sentence : '', each.span])
    const before = found.get(key)
    found.set(key, { ...(before ?? each), programs: [...(before?.programs ?? []), ...each.programs] })
  }
  return [...found.values()]
}
