import { join } from 'node:path'
import type * as E from 'fp-ts/Either'
import * as t from 'io-ts'
import { readFinished } from '../data/json-file.ts'

const Recall = t.type({ at1: t.number, at5: t.number, at10: t.number })

/** What one order of the answers came to: by the features alone, or with the candidates ranked again by the matching program. `groups` is a share in per cent. */
const Marks = t.type({ by: t.union([t.literal('contrastive'), t.literal('reranked')]), imageToText: Recall, textToImage: Recall, groups: t.number, secondsPerQuery: t.number })

const Split = t.type({ label: t.string, images: t.number, texts: t.number, chance: t.type({ imageToText: Recall, textToImage: Recall, groups: t.number }), marks: t.array(Marks) })

const Cell = t.type({ model: t.string, steps: t.number, secondsOfStep: t.number, parameters: t.number, lines: t.type({ own: t.number, all: t.number }), splits: t.array(Split) })

/** What one model came to: everything that the table says of it. */
export type Cell = t.TypeOf<typeof Cell>
export type SplitOfCell = t.TypeOf<typeof Split>
export type MarksOfCell = t.TypeOf<typeof Marks>

export const cellFile = (folder: string, model: string): string => join(folder, `${model}.json`)

/** The finished cell of a model; nothing where there is none yet. Left: the file is there and is no cell. */
export const readCell = (folder: string, model: string): E.Either<string, Cell | undefined> =>
  readFinished(Cell, cellFile(folder, model), 'measure the model')
