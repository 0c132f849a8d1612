import type { Glyph } from '../emoji/glyphs.ts'
import { type Style, TRAIN_STYLES } from '../emoji/packages.ts'
import { isUnseen } from '../emoji/splits.ts'
import type { Drawing } from './draw.ts'
import { type Noun, NOUNS } from './nouns.ts'
import type { Drawable } from './plan.ts'

/**
 * Parts of the set. `val` is like `train` but of other scenes; the others hold out what the emoji set holds out, so a model
 * that was pre-trained there has not seen it either: a style each, and concepts that no training picture shows in any style.
 */
export const SCENE_SPLITS = ['train', 'val', 'test_twemoji', 'test_openmoji', 'test_unseen'] as const
export type SceneSplit = (typeof SCENE_SPLITS)[number]

const stylesOf = (split: SceneSplit): readonly Style[] => (split === 'test_twemoji' ? ['twemoji'] : split === 'test_openmoji' ? ['openmoji'] : TRAIN_STYLES)

/** What scenes can be made from. */
export interface Palette {
  readonly nouns: readonly Noun[]
  readonly drawables: (split: SceneSplit) => readonly Drawable[]
  readonly drawing: Drawing
}

/** The nouns that each part shows, and their pictures. */
export const paletteOf = (glyphs: readonly Glyph[]): Palette => {
  const byName = new Map<string, Glyph[]>()
  for (const glyph of glyphs) {
    const own = byName.get(glyph.concept.name)
    if (own === undefined) byName.set(glyph.concept.name, [glyph])
    else own.push(glyph)
  }
  const nouns = NOUNS.filter(({ concept }) => byName.has(concept))
  const drawables = (split: SceneSplit): readonly Drawable[] =>
    nouns.flatMap((noun) => {
      const own = byName.get(noun.concept) ?? []
      const [first] = own
      if (first === undefined || isUnseen(first.concept) !== (split === 'test_unseen')) return []
      const styles = stylesOf(split).filter((style) => own.some((glyph) => glyph.style === style))
      return styles.length === 0 ? [] : [{ noun, styles }]
    })
  const drawing: Drawing = ({ noun, style }, size) => {
    const glyph = byName.get(noun.concept)?.find((one) => one.style === style)
    if (glyph === undefined) throw new Error(`there is no ${style} picture of '${noun.concept}'`)
    return glyph.svg(size)
  }
  return { nouns, drawables, drawing }
}
