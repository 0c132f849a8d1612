import { mkdir } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { writeTextAtomically } from '../checkpoints/atomic.ts'
import { describeError } from '../data/errors.ts'
import { fold, keyOf, permutation } from '../data/random.ts'
import { readPairs, type PairEntry } from '../data/schema.ts'

/** Files of the ablation: what is trained on, and what retrieval is measured on. */
export interface AblationData {
  readonly train: string
  readonly test: string
}

const lot = (name: string): string => createHash('sha256').update(`ablation ${name}`).digest('hex')

/** The concepts with the most training pictures that the test shows too: so many, ties drawn by a hash of their names. */
export const chosenConcepts = (train: readonly PairEntry[], test: readonly PairEntry[], count: number): ReadonlySet<string> => {
  const shown = new Set(test.map(({ concept }) => concept))
  const pictures = new Map<string, number>()
  for (const { concept } of train) if (concept !== undefined && shown.has(concept)) pictures.set(concept, (pictures.get(concept) ?? 0) + 1)
  const order = [...pictures].sort(([one, first], [other, second]) => second - first || (lot(one) < lot(other) ? -1 : 1))
  return new Set(order.slice(0, count).map(([concept]) => concept))
}

interface Place {
  readonly entry: number
  readonly caption: number
  readonly concept: string
}

const listOf = ({ caption }: PairEntry): readonly string[] => (typeof caption === 'string' ? [caption] : caption)

/**
 * The same pictures with a share of their captions passed on among them: each of those stands under a picture of another concept, and
 * every caption is still there as often. Throws where one concept has more than half of the drawn captions.
 */
export const swapCaptions = (entries: readonly PairEntry[], share: number, seed: number): readonly PairEntry[] => {
  const places = entries.flatMap((own, entry): Place[] => listOf(own).map((_, caption) => ({ entry, caption, concept: own.concept ?? own.image })))
  const drawn = [...permutation(fold(keyOf(seed), 7), places.length).subarray(0, Math.round(share * places.length))].flatMap(at => places[at] ?? [])
  const sizes = new Map<string, number>()
  for (const { concept } of drawn) sizes.set(concept, (sizes.get(concept) ?? 0) + 1)
  const most = Math.max(0, ...sizes.values())
  if (2 * most > drawn.length) throw new Error(`${most} of ${drawn.length} captions to swap are of one concept: they cannot all go to another`)
  // Side by side by concept, each is passed on by as many places as the largest concept has: none stays within its own.
  const order = [...drawn].sort((one, other) => (one.concept < other.concept ? -1 : one.concept > other.concept ? 1 : 0))
  const captions = entries.map(own => [...listOf(own)])
  order.forEach(({ entry, caption }, i) => {
    const from = order[(i + most) % order.length]
    const text = from === undefined ? undefined : listOf(entries[from.entry] ?? { image: '', caption: [] })[from.caption]
    const own = captions[entry]
    if (own !== undefined && text !== undefined) own[caption] = text
  })
  return entries.map((own, entry) => ({ ...own, caption: captions[entry] ?? [] }))
}

const write = (file: string, entries: readonly PairEntry[]) => writeTextAtomically(file, `${JSON.stringify(entries, undefined, 1)}\n`)

/** Writes the files of one level of noise into a folder, from the built emoji set. Left: one sentence. */
export const writeData = (folder: string, emoji: string, concepts: number, noise: number): TE.TaskEither<string, AblationData> => {
  const files: AblationData = { train: join(folder, `train-${Math.round(100 * noise)}-swapped.json`), test: join(folder, 'test.json') }
  return pipe(
    TE.tryCatch(() => mkdir(folder, { recursive: true }), error => `${folder}: cannot be made: ${describeError(error)}`),
    TE.chain(() => readPairs(join(emoji, 'train.json'))),
    TE.bindTo('train'),
    TE.bind('test', () => readPairs(join(emoji, 'test_twemoji.json'))),
    TE.chain(({ train, test }) => {
      const chosen = chosenConcepts(train, test, concepts)
      const of = (entries: readonly PairEntry[]) => entries.filter(({ concept }) => concept !== undefined && chosen.has(concept)).map(entry => ({ ...entry, image: resolve(emoji, entry.image) }))
      return pipe(write(files.train, swapCaptions(of(train), noise, 1)), TE.chain(() => write(files.test, of(test))))
    }),
    TE.map(() => files),
  )
}
