import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as t from 'io-ts'
import { describeError } from '../data/errors.ts'
import { parseJson } from '../data/json.ts'

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
export const readCell = (folder: string, model: string): E.Either<string, Cell | undefined> => {
  const file = cellFile(folder, model)
  if (!existsSync(file)) return E.right(undefined)
  return pipe(
    E.tryCatch(() => readFileSync(file, 'utf8'), describeError),
    E.chain(parseJson),
    E.chain(value => pipe(Cell.decode(value), E.mapLeft(([wrong]) => `field '${wrong?.context.map(({ key }) => key).filter(key => key !== '').join('.') ?? ''}' is not what a finished cell has`))),
    E.mapLeft(reason => `${file}: ${reason}; remove it to measure the model again`),
  )
}
