import { untraced, type AnyDefinition } from '../../language/compile.ts'
import type { Related, Span } from '../finding.ts'
import { explain } from './explain.ts'
import { dependentClaims, mistakesOf, symbolsOf, type Dependent } from './sample.ts'

/** A condition on the sizes of declared inputs that some programs of a definition need. */
export interface SizeCondition {
  /** `batch >= 24`; undefined where no formula says for which sizes it holds. */
  readonly where: string | undefined
  readonly programs: readonly string[]
  readonly span: Span
  /** What is compared there, with the sizes as configured. */
  readonly sentence: string
  readonly related: readonly Related[]
}

/** Each condition of a program once, at the first place that needs it. */
const ofProgram = (definition: AnyDefinition, program: string, dependent: readonly Dependent[], config?: string): readonly SizeCondition[] => {
  const texts = dependent.map(({ claim, condition }) => ({ claim, where: condition === undefined || typeof condition === 'string' ? undefined : condition.join(' and ') }))
  const first = texts.filter(({ where }, i) => where === undefined || texts.findIndex(other => other.where === where) === i)
  const errors = mistakesOf(definition, program, first.map(({ claim }) => claim))
  return first.flatMap(({ claim, where }) => {
    const error = errors.get(claim)
    if (error === undefined) return []
    const { span, related, sentence } = explain(error, '', config).finding
    return [{ where, programs: [program], span, sentence, related }]
  })
}

/** For which sizes of its declared inputs a definition is right: what its programs need, with the place that needs it. */
export const conditionsOf = (definition: AnyDefinition, config?: string): readonly SizeCondition[] => {
  const found = new Map<string, SizeCondition>()
  for (const { name, inputs } of untraced(definition).programs) {
    for (const each of ofProgram(definition, name, dependentClaims(definition, name, symbolsOf(inputs)), config)) {
      const key = JSON.stringify([each.where ?? each.sentence, each.span])
      const before = found.get(key)
      found.set(key, { ...(before ?? each), programs: [...(before?.programs ?? []), name] })
    }
  }
  return [...found.values()]
}
