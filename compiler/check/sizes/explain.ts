import { relative } from 'node:path'
import type { AxleError, Given } from '../../program/error.ts'
import { frameOf, type Site } from '../../program/site.ts'
import type { Finding, Related, Span } from '../finding.ts'
import { surrounds } from './calls.ts'
import type { Reached } from './follow.ts'
import type { Read } from './observe.ts'
import { provenanceOf, type Known, type Provenance } from './provenance.ts'
import { callAt, placeOf, spanOfNode, type Place } from './source.ts'

const pointOf = ({ file, line, column }: Place): Span => ({ file, line, column })

/** The whole call that a place is about. */
const spanOfPlace = (place: Place): Span => {
  const call = callAt(place)
  return call === undefined ? pointOf(place) : spanOfNode(call)
}

/** The expression of a mistake: the innermost one that is not in a layer which many share. */
const expressionAt = (site: Site): Span => {
  const frame = frameOf(site)
  return frame === undefined ? { file: '', line: 1, column: 1 } : spanOfPlace(placeOf(frame))
}

const short = ({ file, line }: Span): string => `${relative(process.cwd(), file)}:${line}`
const spanOf = ({ node }: Reached): Span => spanOfNode(node)

/** `config.vision.hidden, models/albef/config.ts:71`; for arithmetic also what it computes with. */
const reachedText = (reached: Reached): string => {
  const { label, from } = reached
  const sources = from.map(each => `${each.label} ${each.value ?? ''}, ${short(spanOf(each))}`)
  return `${label}, ${short(spanOf(reached))}${sources.length === 0 ? '' : `, from ${sources.join(' and ')}`}`
}

/** Whether a size stands as a number in the very call that says it. */
const isPlain = ({ reached, call }: Provenance): boolean =>
  reached === undefined || (reached.label === '' && call !== undefined && surrounds(call, reached.node))

/** A size in the sentence of a mistake: the number, what has it, and where it comes from. */
const sizeText = ({ size, by, what }: Given, provenance: Provenance | undefined): string => {
  if (provenance === undefined) return String(size)
  const { reached, place, called } = provenance
  const plain = isPlain(provenance)
  if (by === 'argument') return plain || reached === undefined ? String(size) : `${size} (${reachedText(reached)})`
  return `${size} in ${what} (${plain || reached === undefined ? `${called ?? what}, ${short(pointOf(place))}` : reachedText(reached)})`
}

const same = (a: Span, b: Span): boolean => a.file === b.file && a.line === b.line && a.column === b.column

/** The places that a size comes from: the property it reads, and the call that says it. */
const relatedOf = ({ size, by, what, axis }: Given, provenance: Provenance): readonly Related[] => {
  const { reached, place, called, call } = provenance
  const name = by === 'argument' ? `'${axis}' ${size}` : `${size} in ${what}`
  const said: Related = { span: isPlain(provenance) && reached !== undefined ? spanOf(reached) : spanOfPlace(place), sentence: `${name}: ${called ?? what} here, along '${axis}'` }
  if (reached === undefined || isPlain(provenance)) return by === 'argument' ? [] : [said]
  const ends = reached.from.length === 0 ? [reached] : [reached, ...reached.from]
  const sources = ends.map((each): Related => ({ span: spanOf(each), sentence: `${each === reached ? name : `${each.label} ${each.value ?? ''}`.trim()} comes from here` }))
  const entries = ends.flatMap(({ via }) => via).filter(entry => call === undefined || !surrounds(call, entry)).map((entry): Related => ({ span: spanOfNode(entry), sentence: `it is given as '${entry.name.getText()}' here` }))
  return by === 'argument' ? [...sources, ...entries] : [...sources, ...entries, said]
}

const distinct = (all: readonly Related[], but: Span): readonly Related[] => all.filter((each, i) => !same(each.span, but) && all.findIndex(other => same(other.span, each.span)) === i)

/** A finding, and what it is due to: mistakes of the same words about sizes from the same places have one cause. */
export interface Explained {
  readonly finding: Finding
  readonly cause: string
  /** For which sizes of the inputs it would be none: words for the end of its sentence, empty where it depends on none; undefined where that is unknown. */
  readonly otherwise?: string
}

/** A mistake as a finding: its exact expression, and for each of its sizes where that came from. */
export const explain = (error: AxleError, config?: string, reads: readonly Read[] = []): Explained => {
  const span = expressionAt(error.site)
  const parts = error.parts.map(part => (typeof part === 'string' ? { text: part, related: [], cause: part } : explained(part, error, { config, reads })))
  const [inner] = error.site.frames.map(placeOf)
  const layer: readonly Related[] = inner === undefined ? [] : [{ span: spanOfPlace(inner), sentence: 'the operation itself is here' }]
  const finding: Finding = {
    kind: 'size',
    code: error.code,
    span,
    sentence: parts.map(({ text }) => text).join(''),
    related: distinct([...parts.flatMap(({ related }) => related), ...layer], span),
    ...(error.scope === '' ? {} : { scope: error.scope }),
  }
  const anywhere = parts.every(({ cause }) => cause !== undefined)
  return { finding, cause: JSON.stringify([error.code, parts.map(({ cause }) => cause), anywhere ? '' : span]) }
}

/** Several mistakes of one cause as one finding: the first, with the other places that it shows at. */
export const gathered = (all: readonly Explained[]): readonly Finding[] => {
  const causes = [...new Set(all.map(({ cause }) => cause))].map(cause => all.filter(each => each.cause === cause))
  return causes.flatMap(same => {
    const [finding, ...others] = same.map(each => each.finding)
    if (finding === undefined) return []
    const otherwise = same.find(each => each.otherwise !== undefined)?.otherwise ?? ''
    const here = others.map(({ span }): Related => ({ span, sentence: 'the same happens here' }))
    return [{ ...finding, sentence: `${finding.sentence}${otherwise}`, related: distinct([...finding.related, ...here], finding.span) }]
  })
}

interface Part {
  readonly text: string
  readonly related: readonly Related[]
  /** The size and the end of its trail; undefined where the trail ends in the mistake itself. */
  readonly cause: readonly (number | Span)[] | string | undefined
}

const explained = (given: Given, error: AxleError, known: Known): Part => {
  const provenance = provenanceOf(given, error.site, known)
  if (provenance === undefined) return { text: sizeText(given, provenance), related: [], cause: undefined }
  const { reached, place } = provenance
  const followed = reached !== undefined && !isPlain(provenance)
  const end = followed ? spanOf(reached) : given.by === 'argument' ? undefined : pointOf(place)
  // A slice that starts at the beginning says so wherever it stands.
  const cause = end !== undefined ? [given.size, end] : given.size === 0 ? [0] : undefined
  return { text: sizeText(given, provenance), related: relatedOf(given, provenance), cause }
}
