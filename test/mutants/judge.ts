import type { Finding } from '../../compiler/check/finding.ts'
import type { Traced } from './messages.ts'
import { applied, type Kind, type Mutant } from './mutant.ts'
import { nearnessOf, type Nearness } from './place.ts'
import { shapesDiffer } from './shapes.ts'

/** The part of the checker that catches a mutant first. */
export type Part = 'types' | 'sizes' | 'lints'
export const parts: readonly Part[] = ['types', 'sizes', 'lints']

/**
 * What became of a mutant. `same`: it computes what the original computes, by comparing programs. `resized`: a number that is nothing but a
 * size was changed, and every program is the original in that size: no two sizes contradict each other.
 */
export type Fate = { readonly kind: 'same' | 'resized' | 'escaped' } | { readonly kind: 'caught'; readonly part: Part; readonly nearness: Nearness; readonly finding: Finding; readonly findings: readonly Finding[] }

export interface Judged {
  readonly mutant: Mutant
  readonly fate: Fate
  /** Whether a parameter, an input, an output or an expression has another type than before, or no program comes of it at all. */
  readonly changesShape: boolean
}

/** Kinds that change a number which is nothing but the size of an axis. */
const aboutSizes: ReadonlySet<Kind> = new Set<Kind>(['size in a configuration', 'size of a declaration', 'length of a slice'])

const partOf = ({ kind }: Finding): Part => (kind === 'type' || kind === 'typescript' ? 'types' : kind === 'lint' ? 'lints' : 'sizes')

const fateOf = (mutant: Mutant, text: string, before: readonly Traced[], after: readonly Traced[], types: readonly Finding[]): Fate => {
  const paired = after.flatMap(({ program: now }, i) => {
    const program = before[i]?.program
    return program === undefined || now === undefined ? [] : [{ now, program }]
  })
  const whole = paired.length === after.length
  if (whole && paired.every(({ now, program }) => now.canonical === program.canonical || (now.optimized !== undefined && now.optimized === program.optimized))) return { kind: 'same' }
  const found = [...types, ...after.flatMap(({ findings }) => findings)]
  const part = parts.find(each => found.some(finding => partOf(finding) === each))
  if (part !== undefined) {
    const own = found.filter(finding => partOf(finding) === part)
    const [finding] = own
    if (finding !== undefined) return { kind: 'caught', part, nearness: nearnessOf(mutant, text, own), finding, findings: own }
  }
  return { kind: aboutSizes.has(mutant.kind) && whole && paired.every(({ now, program }) => now.sizeless === program.sizeless) ? 'resized' : 'escaped' }
}

/** `before` and `after`: the original and the mutant, traced in the same configurations; `types`: what TypeScript says of the mutant, in the checker's words. */
export const judge = (mutant: Mutant, original: string, before: readonly Traced[], after: readonly Traced[], types: readonly Finding[]): Judged => {
  const changesShape = after.some(({ program }, i) => {
    const old = before[i]?.program
    return program === undefined || (old !== undefined && shapesDiffer(old.shapes, program.shapes, mutant))
  })
  return { mutant, fate: fateOf(mutant, applied(original, mutant), before, after, types), changesShape }
}
