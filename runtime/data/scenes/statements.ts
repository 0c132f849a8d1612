import { withArticle, type Noun } from './nouns.ts'
import { ANYTHING, type Direction, DIRECTIONS, type Kind, lies, ofCategory, ofNoun, type Scene, type Thing, thingsOf } from './scene.ts'

/** A sentence about a scene, and whether it holds of things that lie in the open; undefined where one may argue about it. */
export interface Statement {
  /** Sentences of one form differ only in the nouns. */
  readonly form: string
  readonly text: string
  readonly nouns: readonly Noun[]
  readonly holds: (things: readonly Thing[], size: number) => boolean | undefined
}

const counting = (form: string, text: string, nouns: readonly Noun[], kind: Kind, test: (count: number) => boolean): Statement => ({
  form,
  text,
  nouns,
  holds: (things) => test(thingsOf(kind, things).length),
})

const ofKind = (kind: Kind, nouns: readonly Noun[], name: string): readonly Statement[] => [
  counting(`some ${name}`, `there is ${withArticle(kind.singular)}`, nouns, kind, (count) => count > 0),
  counting(`no ${name}`, `there is no ${kind.singular}`, nouns, kind, (count) => count === 0),
  counting(`one ${name}`, `there is exactly one ${kind.singular}`, nouns, kind, (count) => count === 1),
  counting(`two ${name}`, `there are at least two ${kind.plural}`, nouns, kind, (count) => count >= 2),
]

const related = (one: Noun, direction: Direction, other: Noun): Statement => ({
  form: direction,
  text: `${withArticle(one.singular)} is ${direction} ${withArticle(other.singular)}`,
  nouns: [one, other],
  holds: (things, size) => {
    const pairs = thingsOf(ofNoun(one), things).flatMap((thing) =>
      thingsOf(ofNoun(other), things).map(({ box }) => lies(thing.box, direction, box, size)),
    )
    return pairs.includes(true) ? true : pairs.includes(undefined) ? undefined : false
  },
})

/** Every statement about the given nouns, their categories and pairs. */
export const statementsOn = (nouns: readonly Noun[]): readonly Statement[] => {
  const categories = [...new Set(nouns.flatMap(({ categories }) => categories))]
  const pairs = nouns.flatMap((one) => nouns.filter((other) => other !== one).map((other) => [one, other] as const))
  return [
    ...nouns.flatMap((noun) => ofKind(ofNoun(noun), [noun], 'noun')),
    ...categories.flatMap((category) =>
      ofKind(
        ofCategory(category),
        nouns.filter(({ categories }) => categories.includes(category)).slice(0, 1),
        'category',
      ),
    ),
    ...pairs.flatMap(([one, other]) => DIRECTIONS.map((direction) => related(one, direction, other))),
  ]
}

/** Something that no statement speaks of. */
const ELSE: Noun = { concept: '', singular: '', plural: '', categories: [] }

export type Verdict = 'entailment' | 'neutral' | 'contradiction'

/**
 * What a scene says of a statement. Under a card lies one thing, which may be any: a statement that holds whatever it is follows
 * from the picture, one that holds in no case contradicts it, and any other is neutral. Undefined where one may argue about it.
 */
export const verdictOf = ({ holds, nouns }: Statement, { things, card, size }: Scene): Verdict | undefined => {
  const worlds: readonly (readonly Thing[])[] =
    card === undefined ? [things] : [...nouns, ELSE].map((noun): readonly Thing[] => [...things, { noun, style: 'noto', box: card }])
  const truths = new Set(worlds.map((world) => holds(world, size)))
  if (truths.has(undefined)) return undefined
  return truths.size === 2 ? 'neutral' : truths.has(true) ? 'entailment' : 'contradiction'
}

/** A sentence about two pictures. */
export interface PairStatement {
  readonly form: string
  readonly text: string
  readonly holds: (left: Scene, right: Scene) => boolean
}

const onKind = (kind: Kind, name: string): readonly PairStatement[] => {
  const has = (scene: Scene) => thingsOf(kind, scene.things).length
  const some = withArticle(kind.singular)
  const form = (words: string) => `${words} ${name}`
  return [
    { form: form('both'), text: `both images contain ${some}`, holds: (left, right) => has(left) > 0 && has(right) > 0 },
    { form: form('one'), text: `exactly one of the images contains ${some}`, holds: (left, right) => has(left) > 0 !== has(right) > 0 },
    { form: form('only left'), text: `only the left image contains ${some}`, holds: (left, right) => has(left) > 0 && has(right) === 0 },
    { form: form('only right'), text: `only the right image contains ${some}`, holds: (left, right) => has(right) > 0 && has(left) === 0 },
    { form: form('more left'), text: `the left image contains more ${kind.plural} than the right image`, holds: (left, right) => has(left) > has(right) },
    { form: form('more right'), text: `the right image contains more ${kind.plural} than the left image`, holds: (left, right) => has(right) > has(left) },
    { form: form('same'), text: `both images contain the same number of ${kind.plural}`, holds: (left, right) => has(left) === has(right) },
    { form: form('two'), text: `there are exactly two ${kind.plural} in total`, holds: (left, right) => has(left) + has(right) === 2 },
  ]
}

/** Every statement about two pictures with the given nouns and their categories. */
export const pairStatementsOn = (nouns: readonly Noun[]): readonly PairStatement[] => [
  ...nouns.flatMap((noun) => onKind(ofNoun(noun), 'noun')),
  ...[...new Set(nouns.flatMap(({ categories }) => categories))].flatMap((category) => onKind(ofCategory(category), 'category')),
  ...onKind(ANYTHING, 'thing').filter(({ form }) => /^(more|same)/.test(form)),
]
