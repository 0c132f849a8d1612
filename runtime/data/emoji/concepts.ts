import { pipe } from 'fp-ts/function'
import { sequenceS } from 'fp-ts/Apply'
import * as TE from 'fp-ts/TaskEither'
import * as t from 'io-ts'
import { readPackage } from './packages.ts'

/** One emoji, whatever its drawing. */
export interface Concept {
  /** The characters without variation selectors: the same for every source. */
  readonly key: string
  /** CLDR's English name; no two concepts share one. */
  readonly name: string
  readonly shortName: string
  readonly group: string
  readonly subgroup: string
  readonly keywords: readonly string[]
  readonly associations: readonly string[]
}

/** The characters of an emoji as a key: presentation selectors are written by some sources and left out by others. */
export const keyOfCharacters = (characters: string): string => characters.replaceAll('\ufe0f', '')

/** The key of code points written in hexadecimal, joined by hyphens. */
export const keyOfHex = (hex: string): string =>
  keyOfCharacters(String.fromCodePoint(...hex.split('-').map((point) => Number.parseInt(point, 16))))

/** The code points of a key in hexadecimal, joined by hyphens; used as file names. */
export const hexOfKey = (key: string): string => [...key].map((character) => character.codePointAt(0)?.toString(16) ?? '').join('-')

const annotations = t.record(t.string, t.partial({ default: t.array(t.string), tts: t.array(t.string) }))
const full = t.type({ annotations: t.type({ annotations }) })
const derived = t.type({ annotationsDerived: t.type({ annotations }) })
const emoji = t.record(t.string, t.type({ slug: t.string, group: t.string }))
const words = t.record(t.string, t.array(t.string))
const drawings = t.array(t.type({ emoji: t.string, subgroups: t.string }))

const byKey = <A>(entries: readonly (readonly [string, A])[]): Map<string, A> =>
  new Map(entries.map(([characters, value]) => [keyOfCharacters(characters), value]))

const sources = sequenceS(TE.ApplyPar)({
  full: readPackage('cldr-annotations-full', 'annotations/en/annotations.json', full),
  derived: readPackage('cldr-annotations-derived-full', 'annotationsDerived/en/annotations.json', derived),
  emoji: readPackage('unicode-emoji-json', 'data-by-emoji.json', emoji),
  words: readPackage('emojilib', 'dist/emoji-en-US.json', words),
  drawings: readPackage('openmoji', 'data/openmoji.json', drawings),
})

const spaced = (text: string): string => text.replaceAll('_', ' ')

/** Every emoji that has an English name, skin tones left out. */
export const readConcepts: TE.TaskEither<string, readonly Concept[]> = pipe(
  sources,
  TE.map(({ full, derived, emoji, words, drawings }) => {
    const named = byKey([...Object.entries(derived.annotationsDerived.annotations), ...Object.entries(full.annotations.annotations)])
    const subgroups = byKey(drawings.map((drawing) => [drawing.emoji, drawing.subgroups] as const))
    return Object.entries(emoji).flatMap(([characters, { slug, group }]): Concept[] => {
      const key = keyOfCharacters(characters)
      const annotation = named.get(key)
      const name = annotation?.tts?.[0]
      if (name === undefined) return []
      return [
        {
          key,
          name,
          shortName: spaced(slug),
          group,
          subgroup: (subgroups.get(key) ?? '').replaceAll('-', ' '),
          keywords: (annotation?.default ?? []).filter((word) => word !== name),
          // The first one repeats the name.
          associations: (words[characters] ?? []).slice(1).map(spaced),
        },
      ]
    })
  }),
)
