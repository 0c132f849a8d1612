/** How questions about pictures are marked. */

/**
 * The mark of an answer, 0 to 1. Of ten people's answers the VQA challenge counts those equal to it, leaving one person out at a
 * time: three that agree are full marks (Antol et al., "VQA: visual question answering", ICCV 2015). Where fewer than four
 * answers are known (one person's, or several right ones), it is right or wrong.
 */
export const markOf = (answer: string, given: readonly string[]): number => {
  const same = given.filter((one) => one === answer).length
  if (given.length < 4) return same > 0 ? 1 : 0
  const others = given.map((one) => Math.min(1, (same - (one === answer ? 1 : 0)) / 3))
  return others.reduce((sum, share) => sum + share, 0) / given.length
}

/** What sort of answer a question has: marks are also given for each sort alone. */
export type AnswerSort = 'yes or no' | 'number' | 'other'

export const sortOf = (answer: string): AnswerSort => (answer === 'yes' || answer === 'no' ? 'yes or no' : /^\d+$/.test(answer) ? 'number' : 'other')

export interface AnswerResult {
  readonly accuracy: number
  readonly bySort: ReadonlyMap<AnswerSort, { readonly questions: number; readonly accuracy: number }>
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

/** Mean mark of the answers to all questions, and by the sort of the most frequent right answer. */
export const answerAccuracy = (answers: readonly string[], given: readonly (readonly string[])[]): AnswerResult => {
  const marks = given.map((own, index) => ({ sort: sortOf(mostFrequent(own) ?? ''), mark: markOf(answers[index] ?? '', own) }))
  const sorts = [...new Set(marks.map(({ sort }) => sort))].sort()
  const of = (sort: AnswerSort) => marks.filter((one) => one.sort === sort).map(({ mark }) => mark)
  return {
    accuracy: mean(marks.map(({ mark }) => mark)),
    bySort: new Map(sorts.map((sort) => [sort, { questions: of(sort).length, accuracy: mean(of(sort)) }])),
  }
}

/** The most frequent item, the first of several. */
export const mostFrequent = <A>(items: readonly A[]): A | undefined => {
  const counts = new Map<A, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return [...counts].reduce<readonly [A | undefined, number]>((best, one) => (one[1] > best[1] ? one : best), [undefined, 0])[0]
}
