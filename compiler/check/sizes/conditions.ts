import { untraced, type AnyDefinition, type Untraced } from '../../language/compile.ts'
import type { Related, Span } from '../finding.ts'
import { explain } from './explain.ts'
import { mistakesOf, sample, symbolsOf, type Dependent } from './sample.ts'

/** A condition on the sizes of declared inputs that some programs of a definition need. */
export interface SizeCondition {
  /** `batch >= 24`, or `never`; undefined where no formula says for which sizes it holds. */
  readonly where: string | undefined
  readonly programs: readonly string[]
  readonly span: Span
  /** What is compared there, with the sizes as configured; missing where these make it another program that does not compare them. */
  readonly sentence?: string
  readonly related: readonly Related[]
}

const textOf = ({ condition }: Dependent): string | undefined => (typeof condition === 'object' ? condition.join(' and ') : condition)

/** Each condition of a program once, at the first place that needs it. */
const ofProgram = (definition: AnyDefinition, { name, inputs }: Untraced, config?: string): readonly SizeCondition[] => {
  const symbols = symbolsOf(inputs)
  const { claims, point, configured } = sample(definition, name, symbols)
  const texts = claims.map(each => ({ claim: each.claim, where: textOf(each) }))
  const all = texts.flatMap(({ where }) => where ?? [])
  const first = texts.filter(({ where }, i) => where === undefined || (texts.findIndex(other => other.where === where) === i && !follows(where, all)))
  const errors = mistakesOf(definition, name, symbols, point, first.map(({ claim }) => claim))
  return first.flatMap(({ claim, where }) => {
    const error = errors.get(claim)
    if (error === undefined) return []
    const { span, related, sentence } = explain(error, config).finding
    return [{ where, programs: [name], span, related, ...(configured ? { sentence } : {}) }]
  })
}

/** Whether a condition on a product follows from one that says what the product is. */
const follows = (where: string, others: readonly string[]): boolean => {
  const [, divisor, dividend] = /^(\d+) divides (.*)$/.exec(where) ?? []
  const [, compared, relation, bound] = /^(.*) (>=|<=) (\d+)$/.exec(where) ?? []
  return others.some(other => {
    const [, name, size] = /^(.*) = (\d+)$/.exec(other) ?? []
    if (name === undefined) return false
    if (name === dividend) return Number(size) % Number(divisor) === 0
    return name === compared && (relation === '>=' ? Number(size) >= Number(bound) : Number(size) <= Number(bound))
  })
}

/** For which sizes of its declared inputs a definition is right: what its programs need, with the place that needs it. */
export const conditionsOf = (definition: AnyDefinition, config?: string): readonly SizeCondition[] => {
  const found = new Map<string, SizeCondition>()
  for (const program of untraced(definition).programs) {
    for (const each of ofProgram(definition, program, config)) {
      const key = JSON.stringify([each.where ?? each.sentence, each.span])
      const before = found.get(key)
      found.set(key, { ...(before ?? each), programs: [...(before?.programs ?? []), program.name] })
    }
  }
  return [...found.values()]
}
