import * as E from 'fp-ts/Either'
import type { MapPrograms } from '../../compiler/language/index.ts'
import type { HostArray, Session } from '../backends/backend.ts'
import type { Tokenizer } from '../data/tokenizer.ts'
import type { HeatMap } from './heat-map.ts'
import { overlay, peakOf, type Square } from './overlay.ts'
import type { Labelled } from './map-sheet.ts'

/** A word of a text and the numbers of its tokens. */
export interface Word {
  readonly text: string
  readonly tokens: readonly number[]
}

/** Words of tokens: the special ones left out, pieces that go on with a word joined to it. */
export const wordsOf = (ids: readonly number[], tokenizer: Tokenizer): readonly Word[] => {
  const special = new Set(Object.values(tokenizer.special).filter((id) => id !== tokenizer.special.mask))
  const words: { text: string; tokens: number[] }[] = []
  ids.forEach((id, token) => {
    const piece = tokenizer.piece(id)
    const last = words.at(-1)
    if (special.has(id)) return
    if (piece.startsWith('##') && last !== undefined) {
      last.text += piece.slice(2)
      last.tokens.push(token)
    } else words.push({ text: piece, tokens: [token] })
  })
  return words
}

/** Where a model looks in one picture for one text. */
export interface Looked {
  /** Of the matching score: for the whole text, and for each of its words (the mean over its pieces). */
  readonly matching: { readonly score: number; readonly whole: HeatMap; readonly words: readonly { readonly text: string; readonly map: HeatMap }[] }
  readonly similarity: { readonly value: number; readonly whole: HeatMap }
}

const mean = (maps: readonly Float32Array[], length: number): Float32Array => Float32Array.from({ length }, (_, at) => maps.reduce((sum, map) => sum + (map[at] ?? 0), 0) / Math.max(1, maps.length))

/** Runs both map programs for one picture and the tokens of one text. Left: a program is missing or takes another picture size. */
export const lookAt = (session: Session, maps: Omit<MapPrograms, 'programs'>, { pixels, size }: Square, ids: readonly number[], tokenizer: Tokenizer): E.Either<string, Looked> => {
  const spec = session.signatures[maps.matching]
  const [, tokens, rows, columns] = spec?.outputs.find(({ name }) => name === 'words')?.axes ?? []
  const [, wanted] = spec?.inputs.find(({ name }) => name === 'image')?.axes ?? []
  if (tokens === undefined || rows === undefined || columns === undefined) return E.left(`there is no program '${maps.matching}' with maps of words`)
  if (wanted?.size !== size) return E.left(`the program '${maps.matching}' takes pictures of ${wanted?.size ?? 0} pixels a side, not of ${size}`)
  const row = new Int32Array(tokens.size).fill(tokenizer.special.pad)
  row.set(ids.slice(0, tokens.size))
  const feeds: Readonly<Record<string, HostArray>> = { image: pixels, ids: row }
  const [matching, similarity] = [session.run(maps.matching, feeds), session.run(maps.similarity, feeds)]
  const length = rows.size * columns.size
  const mapFrom = (data: HostArray | undefined, at = 0): Float32Array => Float32Array.from((data ?? new Float32Array()).subarray(at * length, (at + 1) * length))
  const heat = (data: Float32Array): HeatMap => ({ data, height: rows.size, width: columns.size })
  return E.right({
    matching: {
      score: matching['score']?.[0] ?? Number.NaN,
      whole: heat(mapFrom(matching['map'])),
      words: wordsOf([...row], tokenizer).map(({ text, tokens: own }) => ({ text, map: heat(mean(own.map((token) => mapFrom(matching['words'], token)), length)) })),
    },
    similarity: { value: similarity['similarity']?.[0] ?? Number.NaN, whole: heat(mapFrom(similarity['map'])) },
  })
}

/** The picture, both maps of the whole text, and the map of each word; the words' colours have one scale, those of whole texts each its own. */
export const lookedPanels = (picture: Square, text: string, { matching, similarity }: Looked): readonly Labelled[] => {
  const peak = peakOf(matching.words.map(({ map }) => map))
  const over = (map: HeatMap, lines: readonly string[], top?: number): Labelled => ({ size: picture.size, pixels: overlay(picture, map, top), lines })
  return [
    { ...picture, lines: [text] },
    over(matching.whole, ['whole text: matching', `score ${matching.score.toFixed(2)}`]),
    over(similarity.whole, ['whole text: similarity', `over the temperature ${similarity.value.toFixed(1)}`]),
    ...matching.words.map(({ text: word, map }) => over(map, [word], peak)),
  ]
}
