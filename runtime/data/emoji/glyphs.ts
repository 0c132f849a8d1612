import { pipe } from 'fp-ts/function'
import { sequenceS } from 'fp-ts/Apply'
import * as TE from 'fp-ts/TaskEither'
import * as t from 'io-ts'
import { type Concept, keyOfHex } from './concepts.ts'
import { FXEMOJI_NAMES } from './fxemoji-names.ts'
import { picturePackage, readPackage, type Style, STYLES } from './packages.ts'

/** A drawing of a concept in one style, as SVG text that renders at `size` x `size` pixels. */
export interface Glyph {
  readonly concept: Concept
  readonly style: Style
  readonly svg: (size: number) => string
}

const place = { left: t.number, top: t.number, width: t.number, height: t.number }
const icons = t.intersection([
  t.type({
    icons: t.record(t.string, t.intersection([t.type({ body: t.string }), t.partial(place)])),
  }),
  t.partial({ aliases: t.record(t.string, t.intersection([t.type({ parent: t.string }), t.partial({ hFlip: t.boolean })])), ...place }),
])
type Icons = t.TypeOf<typeof icons>
const characters = t.record(t.string, t.string)

/** Styles whose package says which characters each picture stands for; in the others only names tell. */
const STYLES_WITH_CHARACTERS: ReadonlySet<Style> = new Set(['noto', 'twemoji', 'openmoji', 'fluent-emoji-flat'])

/** Names that mean something else than they say; an empty text stands for a picture of no emoji. */
const OTHER_MEANINGS: Readonly<Partial<Record<Style, Readonly<Record<string, string>>>>> = {
  fxemoji: FXEMOJI_NAMES,
  // A musical keyboard and a window on a screen.
  'emojione-v1': { keyboard: '', window: '' },
}

/** A picture name as plain letters and digits, so that spelling variants of a name fall together. */
const plain = (name: string): string =>
  name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]/g, '')
    .replace(/^flagfor(?:flag)?/, 'flag')

interface Package {
  readonly style: Style
  readonly icons: Icons
  readonly characters: Readonly<Record<string, string>>
}

const readStyle = (style: Style): TE.TaskEither<string, Package> =>
  sequenceS(TE.ApplyPar)({
    style: TE.right(style),
    icons: readPackage(picturePackage(style), 'icons.json', icons),
    characters: STYLES_WITH_CHARACTERS.has(style) ? readPackage(picturePackage(style), 'chars.json', characters) : TE.right({}),
  })

/** Icon name of each concept in a package that lists characters; the first name of a concept counts. */
const byCharacters = (known: ReadonlyMap<string, Concept>, { characters }: Package): Map<Concept, string> => {
  const names = new Map<Concept, string>()
  for (const [hex, name] of Object.entries(characters)) {
    const concept = known.get(keyOfHex(hex))
    if (concept !== undefined && !names.has(concept)) names.set(concept, name)
  }
  return names
}

/** Which concept a plain name means: by the names of the concepts and those in packages with characters; unclear ones are left out. */
const dictionary = (
  concepts: readonly Concept[],
  named: readonly (readonly [Package, Map<Concept, string>])[],
): Map<string, Concept> => {
  const meanings = new Map<string, Set<Concept>>()
  const add = (name: string, concept: Concept) =>
    meanings.set(plain(name), (meanings.get(plain(name)) ?? new Set()).add(concept))
  for (const concept of concepts) {
    add(concept.name, concept)
    add(concept.shortName, concept)
  }
  const own = new Set(meanings.keys())
  // Some flags are drawn alike and share a picture: a concept's own name does not come to mean another one.
  const addOther = (name: string, concept: Concept) => {
    if (!own.has(plain(name))) add(name, concept)
  }
  for (const [{ icons }, names] of named) {
    const byName = new Map([...names].map(([concept, name]) => [name, concept]))
    for (const [concept, name] of names) addOther(name, concept)
    for (const [alias, { parent, hFlip }] of Object.entries(icons.aliases ?? {})) {
      const concept = byName.get(parent) ?? byName.get(alias)
      if (concept === undefined || hFlip === true) continue
      if (!byName.has(alias)) addOther(alias, concept)
      if (!byName.has(parent)) addOther(parent, concept)
    }
  }
  const clear = [...meanings].filter(([, { size }]) => size === 1)
  return new Map(clear.flatMap(([name, [concept]]) => (concept === undefined ? [] : [[name, concept] as const])))
}

/** Icon name of each concept in a package where only names tell. */
const byNames = (meaning: ReadonlyMap<string, Concept>, { style, icons }: Package): Map<Concept, string> => {
  const names = new Map<Concept, string>()
  for (const name of [...Object.keys(icons.icons), ...Object.keys(icons.aliases ?? {})]) {
    const called = plain(OTHER_MEANINGS[style]?.[name] ?? name)
    const concept = called === '' ? undefined : (meaning.get(called) ?? meaning.get(`${called}face`))
    if (concept !== undefined && !names.has(concept)) names.set(concept, name)
  }
  return names
}

const NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'

const svgOf = (icons: Icons, name: string): ((size: number) => string) | undefined => {
  const alias = icons.aliases?.[name]
  const icon = icons.icons[name] ?? (alias === undefined ? undefined : icons.icons[alias.parent])
  if (icon === undefined) return undefined
  const measure = (side: keyof typeof place, otherwise: number) => icon[side] ?? icons[side] ?? otherwise
  const [left, top, width, height] = [measure('left', 0), measure('top', 0), measure('width', 16), measure('height', 16)]
  const body = alias?.hFlip === true ? `<g transform="matrix(-1 0 0 1 ${2 * left + width} 0)">${icon.body}</g>` : icon.body
  const view = `viewBox="${left} ${top} ${width} ${height}"`
  return (size) => `<svg ${NAMESPACES} ${view} width="${size}" height="${size}">${body}</svg>`
}

const glyphsOf = ({ style, icons }: Package, names: ReadonlyMap<Concept, string>): Glyph[] =>
  [...names].flatMap(([concept, name]) => {
    const svg = svgOf(icons, name)
    return svg === undefined ? [] : [{ concept, style, svg }]
  })

/** All drawings of the concepts in all styles, style by style. */
export const readGlyphs = (concepts: readonly Concept[]): TE.TaskEither<string, readonly Glyph[]> =>
  pipe(
    STYLES,
    TE.traverseArray(readStyle),
    TE.map((packages) => {
      const known = new Map(concepts.map((concept) => [concept.key, concept]))
      const withCharacters = packages.filter(({ style }) => STYLES_WITH_CHARACTERS.has(style))
      const named = withCharacters.map((item) => [item, byCharacters(known, item)] as const)
      const meaning = dictionary(concepts, named)
      const found = new Map(named)
      // Aliases have no characters of their own, so names tell what they add everywhere.
      return packages.flatMap((item) => glyphsOf(item, new Map([...byNames(meaning, item), ...(found.get(item) ?? [])])))
    }),
  )
