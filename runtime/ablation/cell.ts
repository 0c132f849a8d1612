import { join } from 'node:path'
import type * as E from 'fp-ts/Either'
import * as t from 'io-ts'
import { readFinished } from '../data/json-file.ts'

const Recall = t.type({ at1: t.number, at5: t.number, at10: t.number })
const Marks = t.type({ imageToText: Recall, textToImage: Recall })

const Cell = t.type({
  /** The configuration of pre-training, the share of swapped captions, and the seed. */
  pretraining: t.string,
  noise: t.number,
  seed: t.number,
  seconds: t.number,
  /** Means over the last tenth of the steps. */
  losses: t.record(t.string, t.number),
  /** Retrieval by the matching head over the whole gallery, before fine-tuning. */
  before: Marks,
  /** The same by the official protocol after each fine-tuning. */
  after: t.record(t.string, Marks),
})

/** What one pre-training came to, and what its fine-tunings did. */
export type Cell = t.TypeOf<typeof Cell>
export type Marks = t.TypeOf<typeof Marks>

/** What makes one cell. */
export type Setting = Pick<Cell, 'pretraining' | 'noise' | 'seed'>

export const nameOf = ({ pretraining, noise, seed }: Setting): string => `${pretraining}-${Math.round(100 * noise)}-swapped-seed-${seed}`

export const cellFile = (folder: string, setting: Setting): string => join(folder, `${nameOf(setting)}.json`)

/** A finished cell; nothing where there is none yet. Left: the file is there and is no cell. */
export const readCell = (folder: string, setting: Setting): E.Either<string, Cell | undefined> =>
  readFinished(Cell, cellFile(folder, setting), 'train the cell')
