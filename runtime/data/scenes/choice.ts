import { below, type Key, permutation, type Random } from '../random.ts'

/** The items in a random order. */
export const shuffled = <A>(key: Key, items: readonly A[]): A[] =>
  [...permutation(key, items.length)].flatMap((index) => {
    const item = items[index]
    return item === undefined ? [] : [item]
  })

/** A random item; undefined of an empty list. */
export const pick = <A>(random: Random, items: readonly A[]): A | undefined => items[below(random, items.length)]

/** The items so that, as far as they go, the groups take turns: the first group's first item, the second group's, and so on. */
export const inTurns = <A>(items: readonly A[], groupOf: (item: A) => string): A[] => {
  const groups = new Map<string, A[]>()
  for (const item of items) {
    const group = groups.get(groupOf(item))
    if (group === undefined) groups.set(groupOf(item), [item])
    else group.push(item)
  }
  const longest = Math.max(0, ...[...groups.values()].map(({ length }) => length))
  return Array.from({ length: longest }, (_, round) => [...groups.values()].flatMap((group) => group.slice(round, round + 1))).flat()
}

/**
 * The first item for each distinct answer of a statement or question, so that its words alone do not tell the answer.
 * Undefined where fewer than `least` answers occur.
 */
export const oneOfEach = <A, B extends string>(
  items: readonly A[],
  answerOf: (item: A) => B | undefined,
  least: number,
): readonly (readonly [item: A, answer: B])[] | undefined => {
  const chosen = new Map<B, A>()
  for (const item of items) {
    const answer = answerOf(item)
    if (answer !== undefined && !chosen.has(answer)) chosen.set(answer, item)
  }
  return chosen.size < least ? undefined : [...chosen].map(([answer, item]) => [item, answer] as const)
}

