import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import type { Pairs } from '../data/dataset.ts'
import { numbering } from '../data/caption-table.ts'
import { readPairs } from '../data/schema.ts'

/** Pictures with the group of what they show in place of its name. */
export interface Grouped<P> {
  readonly pairs: P
  /** Share of the pictures that are of the largest group: what saying it every time comes to. */
  readonly majority: number
}

/**
 * A zero-shot task: of which of Unicode's groups ("Animals & Nature", "Food & Drink" …) a picture is, told by the group's name. Left: an entry of the
 * pictures' file says no group.
 */
export const groupedBy = <P extends Pick<Pairs, 'pictures' | 'concept' | 'concepts'>>(file: string, pairs: P): TE.TaskEither<string, Grouped<P>> =>
  pipe(
    readPairs(file),
    TE.chainEitherK(entries => {
      const of = new Map(entries.flatMap(({ concept, group }) => (concept === undefined || group === undefined ? [] : [[concept, group] as const])))
      const groups = numbering()
      const group = pairs.concepts.map(name => of.get(name))
      const without = group.indexOf(undefined)
      if (without >= 0) return E.left(`${file}: '${pairs.concepts[without] ?? ''}' has no field 'group'`)
      const numbers = group.map(name => groups.of(name ?? ''))
      const concept = Int32Array.from(pairs.concept, own => numbers[own] ?? 0)
      const sizes = groups.texts().map((_, at) => concept.filter(own => own === at).length)
      return E.right({ pairs: { ...pairs, concept, concepts: groups.texts() }, majority: Math.max(...sizes) / pairs.pictures })
    }),
  )
