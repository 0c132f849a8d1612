import { describeDeclaration, describeSite, type Site } from './site.ts'
import type { Node } from './node.ts'

/** A size that a mistake is about, and what gave it: a declaration, an operation, or an argument of the very call that is wrong. */
export interface Given {
  readonly size: number
  /** The axis as it is called where it was given; for an argument, what it was said to be the size of. */
  readonly axis: string
  readonly by: 'declaration' | 'operation' | 'argument'
  /** Path of the declaration, or name of the operation. */
  readonly what: string
  readonly site: Site
  /** The operand that brought the size to the place of the mistake. */
  readonly through?: Node
}

/** A sentence that still knows the sizes in it, so that a reader may say more about them. */
export type Sentence = readonly (string | Given)[]

/** Makes a sentence: ``say`slice of '${axis}': ${given(operand, axis)}` ``. */
export const say = (text: TemplateStringsArray, ...values: readonly (string | number | Given | Sentence)[]): Sentence => {
  const parts = text.flatMap((piece, i) => {
    const value = values[i]
    if (value === undefined) return [piece]
    return typeof value === 'string' || typeof value === 'number' ? [piece, String(value)] : 'size' in value ? [piece, value] : [piece, ...value]
  })
  return parts.reduce<Sentence>((all, part) => {
    const last = all[all.length - 1]
    return typeof last === 'string' && typeof part === 'string' ? [...all.slice(0, -1), last + part] : [...all, part]
  }, [])
}

export const joined = (sentences: readonly Sentence[], by: string): Sentence => sentences.flatMap((sentence, i) => (i === 0 ? sentence : [by, ...sentence]))

/** "768 in state/project (head.ts:2:25)". */
export const describeGiven = ({ size, by, what, site }: Given): string =>
  by === 'argument' ? String(size) : `${size} in ${what} (${by === 'declaration' ? describeDeclaration(site) : describeSite(site)})`

export const sentenceText = (sentence: Sentence): string => sentence.map(part => (typeof part === 'string' ? part : describeGiven(part))).join('')

/** A mistake in the user's program, found while tracing: one sentence, the place it is about, the sizes it is about, and a stable number. */
export class AxleError extends Error {
  readonly code: string
  readonly site: Site
  readonly sentence: string
  /** The sentence in parts: text, and every size that was given somewhere. */
  readonly parts: Sentence
  readonly scope: string
  constructor(code: string, site: Site, sentence: string | Sentence, scope = '') {
    const parts = typeof sentence === 'string' ? [sentence] : sentence
    super(`${describeSite(site)} ${code} ${sentenceText(parts)}`)
    this.name = 'AxleError'
    this.code = code
    this.site = site
    this.sentence = sentenceText(parts)
    this.parts = parts
    this.scope = scope
  }
}
