import { type Box, centreOf } from '../boxes.ts'
import type { Style } from '../emoji/packages.ts'
import { type Category, type Noun, pluralOf } from './nouns.ts'

export interface Thing {
  readonly noun: Noun
  readonly style: Style
  /** The smallest box around what is drawn. */
  readonly box: Box
}

/** A picture of two to four things, one of which may be covered by a card: then nobody can see which thing it is. */
export interface Scene {
  readonly id: string
  readonly image: string
  /** Height and width. */
  readonly size: number
  /** The things that can be seen. */
  readonly things: readonly Thing[]
  readonly card: Box | undefined
}

/** What a question or a statement counts: one noun, a category, or any thing. */
export interface Kind {
  readonly singular: string
  readonly plural: string
  readonly has: (noun: Noun) => boolean
}

export const ofNoun = (noun: Noun): Kind => ({ singular: noun.singular, plural: noun.plural, has: (other) => other.concept === noun.concept })
export const ofCategory = (category: Category): Kind => ({
  singular: category,
  plural: pluralOf(category),
  has: ({ categories }) => categories.includes(category),
})
export const ANYTHING: Kind = { singular: 'thing', plural: 'things', has: () => true }

export const thingsOf = ({ has }: Kind, things: readonly Thing[]): readonly Thing[] => things.filter(({ noun }) => has(noun))

export const DIRECTIONS = ['left of', 'right of', 'above', 'below'] as const
export type Direction = (typeof DIRECTIONS)[number]

/** Centres that are closer than this share of the picture stand neither left nor right of each other. */
const CLEAR = 0.1

/** A box that is clearly larger than another has at least so many times its area. */
export const CLEAR_SIZE = 1.3

/** Whether one thing clearly lies in a direction from another: undefined where one may argue about it. */
export const lies = (one: Box, direction: Direction, other: Box, size: number): boolean | undefined => {
  const axis = direction === 'left of' || direction === 'right of' ? 0 : 1
  const distance = centreOf(other)[axis] - centreOf(one)[axis]
  if (Math.abs(distance) < CLEAR * size) return undefined
  return direction === 'left of' || direction === 'above' ? distance > 0 : distance < 0
}

/** The only thing that lies in a direction from `from`; undefined where there is none, or several, or one that may be argued about. */
export const onlyOne = (scene: Scene, direction: Direction, from: Thing): Thing | undefined => {
  const others = scene.things.filter((thing) => thing !== from)
  const placed = others.map((thing) => lies(thing.box, direction, from.box, scene.size))
  if (placed.includes(undefined)) return undefined
  const found = others.filter((_, index) => placed[index] === true)
  return found.length === 1 ? found[0] : undefined
}

/** The things that are the only one of their noun in a scene. */
export const singles = ({ things }: Scene): readonly Thing[] =>
  things.filter(({ noun }) => things.filter((other) => other.noun.concept === noun.concept).length === 1)
