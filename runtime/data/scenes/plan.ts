import type { Box } from '../boxes.ts'
import type { Style } from '../emoji/packages.ts'
import { below, draws, fold, type Key, type Random } from '../random.ts'
import { pick, shuffled } from './choice.ts'
import type { Noun } from './nouns.ts'

/** What a scene is to show, before anything is drawn. */
export interface Plan {
  readonly things: readonly { readonly noun: Noun; readonly style: Style; readonly square: Box; readonly covered: boolean }[]
  readonly background: readonly [red: number, green: number, blue: number]
}

/** Nouns with the styles that draw them. */
export interface Drawable {
  readonly noun: Noun
  readonly styles: readonly Style[]
}

/** Scenes of a block share their nouns, so they are each other's hard cases; the last ones of a block have a card. */
export const BLOCK = { scenes: 12, covered: 5, nouns: 6 } as const

const SIDE = { least: 0.27, most: 0.42 } as const
const GAP = 0.02

const apart = ([left, top, width, height]: Box, [l, t, w, h]: Box, gap: number): boolean =>
  left + width + gap <= l || l + w + gap <= left || top + height + gap <= t || t + h + gap <= top

/** Squares that lie apart, or undefined where the last ones found no room. */
const tryToPlace = (random: Random, count: number, size: number): readonly Box[] | undefined => {
  const placed: Box[] = []
  for (let attempt = 0; attempt < 60 && placed.length < count; attempt++) {
    const side = Math.round(size * (SIDE.least + random() * (SIDE.most - SIDE.least)))
    const square: Box = [below(random, size - side + 1), below(random, size - side + 1), side, side]
    if (placed.every((other) => apart(square, other, GAP * size))) placed.push(square)
  }
  return placed.length === count ? placed : undefined
}

const place = (random: Random, count: number, size: number): readonly Box[] => {
  for (;;) {
    const squares = tryToPlace(random, count, size)
    if (squares !== undefined) return squares
  }
}

/** Two to four nouns of the theme, a quarter of the scenes with one of them twice. */
const drawNouns = (random: Random, theme: readonly Drawable[]): Drawable[] => {
  const count = 2 + below(random, 3)
  const left = [...theme]
  const first = left.splice(below(random, left.length), 1)
  const chosen = random() < 0.4 ? [...first, ...first] : first
  while (chosen.length < count) chosen.push(...left.splice(below(random, left.length), 1))
  return chosen
}

const named = (items: readonly Drawable[]): string => items.map(({ noun }) => noun.concept).sort().join()

const planScene = (random: Random, nouns: readonly Drawable[], covered: boolean, size: number): Plan => {
  const squares = place(random, nouns.length, size)
  const hidden = covered ? below(random, nouns.length) : -1
  const things = nouns.flatMap(({ noun, styles }, index) => {
    const style = pick(random, styles)
    const square = squares[index]
    return style === undefined || square === undefined ? [] : [{ noun, style, square, covered: index === hidden }]
  })
  const shade = () => 216 + below(random, 40)
  return { things, background: [shade(), shade(), shade()] }
}

/** The scenes of a block: a function of the key alone. No two open scenes show the same nouns. */
export const planBlock = (key: Key, drawables: readonly Drawable[], size: number): readonly Plan[] => {
  const theme = shuffled(fold(key, 0), drawables).slice(0, BLOCK.nouns)
  const shown = new Set<string>()
  return Array.from({ length: BLOCK.scenes }, (_, index) => {
    const random = draws(fold(key, 1, index))
    let nouns = drawNouns(random, theme)
    while (shown.has(named(nouns))) nouns = drawNouns(random, theme)
    shown.add(named(nouns))
    return planScene(random, nouns, index >= BLOCK.scenes - BLOCK.covered, size)
  })
}
