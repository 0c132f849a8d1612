import { createHash } from 'node:crypto'
import type { Concept } from './concepts.ts'
import type { Glyph } from './glyphs.ts'
import { HELD_OUT_STYLES, TRAIN_STYLES } from './packages.ts'

/** Parts of the set: one to train on, one for each held-out style, one for concepts that training never shows. */
export const SPLITS = ['train', 'test_twemoji', 'test_openmoji', 'test_unseen'] as const
export type Split = (typeof SPLITS)[number]

const UNSEEN_SHARE = 0.035
const SALT = 'axle unseen concepts '

/** A number from 0 to 1 that depends on nothing but the name, so a concept stays where it is when others come or go. */
export const lot = (name: string): number => createHash('sha256').update(SALT + name).digest().readUInt32BE(0) / 2 ** 32

/** Whether a concept is kept out of training in every style. Flags never are: nobody can guess an unknown one. */
export const isUnseen = ({ name, group }: Concept): boolean => group !== 'Flags' && lot(name) < UNSEEN_SHARE

/** The part that a drawing belongs to; undefined for unseen concepts in held-out styles, which would be unknown in two ways. */
export const splitOf = ({ concept, style }: Glyph): Split | undefined => {
  const held = HELD_OUT_STYLES.find((name) => name === style)
  if (isUnseen(concept)) return held === undefined ? 'test_unseen' : undefined
  return held === undefined ? 'train' : `test_${held}`
}

/** Drawings of `count` concepts, evenly from seen and unseen ones; for tests. */
export const limitConcepts = (glyphs: readonly Glyph[], count: number): Glyph[] => {
  const styled = new Set<string>(TRAIN_STYLES)
  const trained = [...new Set(glyphs.filter(({ style }) => styled.has(style)).map(({ concept }) => concept))]
  const ordered = trained.sort((one, other) => lot(one.name) - lot(other.name))
  const kept = new Set(Array.from({ length: count }, (_, index) => ordered[Math.floor((index * ordered.length) / count)]))
  return glyphs.filter(({ concept }) => kept.has(concept))
}
