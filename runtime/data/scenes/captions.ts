import { fold, type Key } from '../random.ts'
import { shuffled } from './choice.ts'
import { counted, withArticle } from './nouns.ts'
import { DIRECTIONS, lies, ofNoun, type Scene, singles, thingsOf } from './scene.ts'

/** The words as a list: "a, b and c". */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`

/** What of a scene's things there is, in a random order: "two dogs", "a cat". */
const groupsOf = (key: Key, { things }: Scene, without: readonly string[] = []): string[] => {
  const nouns = [...new Map(things.map(({ noun }) => [noun.concept, noun])).values()].filter(({ concept }) => !without.includes(concept))
  return shuffled(key, nouns).map((noun) => counted(thingsOf(ofNoun(noun), things).length, noun))
}

/** A caption that says how two of the things lie; undefined where no two are clear. */
const placed = (key: Key, scene: Scene): string | undefined => {
  const alone = singles(scene)
  const pairs = alone.flatMap((one) =>
    alone.flatMap((other) =>
      DIRECTIONS.filter((direction) => one !== other && lies(one.box, direction, other.box, scene.size) === true).map((direction) => ({ one, other, direction })),
    ),
  )
  const [pair] = shuffled(fold(key, 0), pairs)
  if (pair === undefined) return undefined
  const { one, other, direction } = pair
  const rest = groupsOf(fold(key, 1), scene, [one.noun.concept, other.noun.concept])
  const said = `${withArticle(one.noun.singular)} ${direction} ${withArticle(other.noun.singular)}`
  return rest.length === 0 ? said : `${said}, with ${listed(rest)}`
}

/** What one may write under a scene: its things, and how two of them lie. */
export const captionsOn = (key: Key, scene: Scene): readonly string[] => {
  const how = placed(fold(key, 1), scene)
  const what = listed(groupsOf(fold(key, 0), scene))
  return how === undefined ? [what] : [what, how]
}
