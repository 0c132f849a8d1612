import type * as E from 'fp-ts/Either'
import type * as TE from 'fp-ts/TaskEither'
import { decodeEntries, entryForm, identifier, readEntries, text, texts } from './entries.ts'

/** One entry of an ALBEF annotation file; other fields may stand there too and are not looked at. */
const entry = entryForm({ image: text, caption: texts }, { image_id: identifier, concept: text, name: text, style: text, group: text })

/** A picture and its captions, as an annotation file says it. */
export interface PairEntry {
  /** Path of the picture, relative to the folder of the annotation file. */
  readonly image: string
  readonly caption: string | string[]
  /** Which entries show the same image; without it, those with the same path. */
  readonly image_id?: string | number | undefined
  /** What is shown: entries of one concept count as right answers for each other's name. `name` is another word for it. */
  readonly concept?: string | undefined
  readonly name?: string | undefined
  readonly style?: string | undefined
  readonly group?: string | undefined
}

/** Checks one parsed annotation file. Left: the first wrong entry (the first is entry 1) and field, what was expected and found. */
export const decodePairs: (value: unknown) => E.Either<string, readonly PairEntry[]> = decodeEntries(entry)

/** Reads and checks an annotation file. Left: one line with the file and the place in it. */
export const readPairs = (file: string): TE.TaskEither<string, readonly PairEntry[]> => readEntries(file, entry)
