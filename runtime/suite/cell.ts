import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as t from 'io-ts'
import { readFinished, readJsonFile } from '../data/json-file.ts'

const Part = t.type({ name: t.string, label: t.string, examples: t.number, mark: t.number, floor: t.number, floorName: t.string })

const Cell = t.type({ task: t.string, seed: t.number, steps: t.number, run: t.string, parts: t.array(Part) })

/** What one task came to with one seed: shares of right ones and the best floor, part by part. */
export type Cell = t.TypeOf<typeof Cell>
export type PartOfCell = t.TypeOf<typeof Part>

const Results = t.type({ parts: t.array(t.type({ name: t.string, label: t.string, examples: t.number, accuracy: t.number, floors: t.record(t.string, t.number) })) })
const Recall = t.type({ at1: t.number })
const BothWays = t.type({ imageToText: Recall, textToImage: Recall })
const Retrieval = t.type({ splits: t.array(t.type({ split: t.string, label: t.string, images: t.number, reranked: BothWays, chance: BothWays })) })

/** Answers by sort are no floor of all questions. */
const SORT = /^of which /

const bestOf = (floors: Readonly<Record<string, number>>): Pick<PartOfCell, 'floor' | 'floorName'> =>
  Object.entries(floors).filter(([name]) => !SORT.test(name)).reduce((best, [floorName, floor]) => (floor > best.floor ? { floorName, floor } : best), { floorName: 'none', floor: 0 })

const both = ({ imageToText, textToImage }: t.TypeOf<typeof BothWays>): number => (imageToText.at1 + textToImage.at1) / 200

/** The marks that a finished run left: shares of right ones, or of retrieval R@1 (mean of both ways, the best ranked again by matching) beside chance. Left: it left none. */
export const marksOf = (folder: string): E.Either<string, readonly PartOfCell[]> => {
  const [results, retrieval] = [join(folder, 'results.json'), join(folder, 'retrieval.json')]
  if (existsSync(results)) return pipe(readJsonFile(Results, results, 'a table of results'), E.map(({ parts }) => parts.map(({ name, label, examples, accuracy, floors }) => ({ name, label, examples, mark: accuracy, ...bestOf(floors) }))))
  return pipe(
    readJsonFile(Retrieval, retrieval, 'a table of retrieval'),
    E.map(({ splits }) => splits.map(({ split, label, images, reranked, chance }) => ({ name: split, label, examples: images, mark: both(reranked), floor: both(chance), floorName: 'chance' }))),
  )
}

export const cellFile = (folder: string, task: string, seed: number): string => join(folder, `${task}-seed-${seed}.json`)

/** A finished cell; nothing where there is none yet. Left: the file is there and is no cell. */
export const readCell = (folder: string, task: string, seed: number): E.Either<string, Cell | undefined> =>
  readFinished(Cell, cellFile(folder, task, seed), 'train the task')
