import { createHash } from 'node:crypto'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { writeAtomically, writeBytes } from '../checkpoints/atomic.ts'
import { describeError } from '../data/errors.ts'
import { formatInteger } from '../training/format.ts'
import { contactSheet, type Sheet, type SheetRow } from '../training/sheet.ts'
import type { Evaluated } from './report.ts'
import type { Evaluation, Scoring } from './retrieval.ts'

const COLUMNS = 8
const MOST_WORDS = 3
const SALT = 'contact sheet '

/** Words that two captions may share and still be about different things. */
const SMALL_WORDS: ReadonlySet<string> = new Set(['a', 'and', 'at', 'in', 'of', 'on', 'the', 'with'])

const lot = (text: string): string => createHash('sha256').update(SALT + text).digest('hex')

const isReadable = (text: string): boolean => /^[a-z]+( [a-z]+)*$/.test(text) && text.split(' ').length <= MOST_WORDS

/**
 * `count` of the texts to show, the same ones every time: short ones without digits or signs, drawn by a hash of the text itself, no
 * two of which share a word (so not five flags). Nothing about how well a model does on them has a say.
 */
export const chooseTexts = (texts: readonly string[], count: number): readonly string[] => {
  const used = new Set<string>()
  const chosen: string[] = []
  for (const { text } of texts.filter(isReadable).map(text => ({ text, lot: lot(text) })).sort((a, b) => (a.lot < b.lot ? -1 : 1))) {
    const words = text.split(' ').filter(word => !SMALL_WORDS.has(word))
    if (chosen.length === count || words.some(word => used.has(word))) continue
    chosen.push(text)
    words.forEach(word => used.add(word))
  }
  return chosen
}

/** Which order of the pictures to show. */
export type Order = keyof Pick<Evaluation, 'contrastive' | 'reranked'>

/** Texts of a split that a sheet shows, and what is said of the split beside each. */
export interface SheetPart {
  readonly split: Evaluated
  readonly count: number
  readonly remark: string
}

/** A row of a sheet: a text, with how many of all pictures are right for it, and the best pictures by the given order. */
const rowFor = ({ split: { pairs: { pixels, size }, evaluation }, remark }: SheetPart, order: Order, text: string): SheetRow => {
  const { texts, right, pictures } = evaluation
  const row = texts.indexOf(text)
  const scoring: Scoring | undefined = evaluation[order]
  const bytes = size * size * 3
  return {
    caption: `${text} (${right.filter(own => own.includes(row)).length} of ${formatInteger(pictures)}, ${remark})`,
    pictures: (scoring?.bestPictures[row] ?? []).slice(0, COLUMNS).map(picture => ({ pixels: pixels.subarray(picture * bytes, (picture + 1) * bytes), size, correct: right[picture]?.includes(row) ?? false })),
  }
}

const TITLES: Readonly<Record<Order, string>> = { contrastive: 'Best pictures by contrastive score', reranked: 'Best pictures by matching score' }

/** A contact sheet of the best pictures for some texts of each part. */
export const retrievalSheet = (parts: readonly SheetPart[], order: Order): Sheet => ({
  title: TITLES[order],
  rows: parts.flatMap(part => chooseTexts(part.split.evaluation.texts, part.count).map(text => rowFor(part, order, text))),
})

/** The contact sheet of the emoji set: five names from the Twemoji split, whose style was never trained, and five of concepts that were never trained. */
export const emojiSheet = (evaluated: readonly Evaluated[], order: Order): Sheet => {
  const part = (label: string, remark: string): readonly SheetPart[] => evaluated.filter(split => split.label === label).map(split => ({ split, count: 5, remark }))
  return retrievalSheet([...part('Twemoji', 'Twemoji'), ...part('unseen concepts', 'concept never trained')], order)
}

/** Writes a sheet as a PNG. Left: one sentence, where the file cannot be written. */
export const writeSheet = (file: string, sheet: Sheet): TE.TaskEither<string, void> =>
  pipe(
    TE.tryCatch(() => contactSheet(sheet), error => `${file}: cannot be drawn: ${describeError(error)}`),
    TE.chain(png => writeAtomically(file, handle => writeBytes(handle, png))),
  )
