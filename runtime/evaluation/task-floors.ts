import { areaOf, type Box, centreOf, officialOverlap } from '../data/boxes.ts'
import { numbering } from '../data/caption-table.ts'
import { preCaption, preQuestion } from '../data/captions.ts'
import type { Reference } from '../data/tasks/examples.ts'
import type { Proposals, QuestionEntry, StatementEntry } from '../data/tasks/forms.ts'
import { type AnswerResult, answerAccuracy, mostFrequent } from './answers.ts'
import { boxAccuracy } from './grounding.ts'
import { type Choice, type Features, trainChooser } from './linear-choice.ts'
import { trainTextOnly } from './text-only.ts'

/** What can be had without looking at a picture: every figure of a model stands beside these. Each is trained once, then marked on any part. */

export interface StatementFloors {
  /** The most frequent label of training, always. */
  readonly majority: number
  readonly textOnly: number
}

const share = (hits: readonly boolean[]): number => hits.filter(Boolean).length / Math.max(1, hits.length)

/** Floors of a choice between labels. `hint` may add words to a text, to see what else would give the answer away. */
export const statementFloors = (train: readonly StatementEntry[], hint: (entry: StatementEntry) => string = () => ''): ((test: readonly StatementEntry[]) => StatementFloors) => {
  const labels = numbering()
  const textOf = (entry: StatementEntry) => `${preCaption(entry.sentence)} ${hint(entry)}`
  const right = train.map(({ label }) => labels.of(label))
  const count = labels.texts().length
  const guess = trainTextOnly(train.map(textOf), right, count)
  const names = labels.texts()
  const majority = mostFrequent(train.map(({ label }) => label))
  return (test) => ({ majority: share(test.map(({ label }) => label === majority)), textOnly: share(test.map((entry) => names[guess(textOf(entry))] === entry.label)) })
}

export interface QuestionFloors {
  /** The most frequent answer of training, always. */
  readonly majority: number
  readonly answer: string
  readonly textOnly: AnswerResult
}

/** Floors of questions: the commonest answer, and the one that the words of the question make likeliest. */
export const questionFloors = (train: readonly QuestionEntry[]): ((test: readonly QuestionEntry[]) => QuestionFloors) => {
  const answers = numbering()
  const asked = train.filter(({ given }) => given.length > 0)
  const right = asked.map(({ given }) => answers.of(mostFrequent(given) ?? ''))
  const names = answers.texts()
  const guess = trainTextOnly(asked.map(({ question }) => preQuestion(question)), right, names.length)
  const majority = mostFrequent(asked.flatMap(({ given }) => given)) ?? ''
  return (test) => {
    const given = test.map((entry) => entry.given)
    return {
      majority: answerAccuracy(test.map(() => majority), given).accuracy,
      answer: majority,
      textOnly: answerAccuracy(test.map(({ question }) => names[guess(preQuestion(question))] ?? ''), given),
    }
  }
}

export interface ReferenceFloors {
  /** A proposal drawn by lot: the expected share of right ones. */
  readonly randomBox: number
  /** The proposal nearest to the middle of the picture. */
  readonly centreBox: number
  readonly largestBox: number
  /** The proposal that the words and the places and sizes of the boxes make likeliest, never having seen a picture. */
  readonly wordsAndBoxes: number
}

/** A reference with its words. */
export interface Referring extends Reference {
  readonly image: string
  readonly text: string
}

const boxesOf = ({ imageId }: Reference, proposals: Proposals): readonly Box[] => proposals.get(imageId) ?? []

const lowest = (boxes: readonly Box[], cost: (box: Box) => number): Box | undefined => {
  const [first, ...rest] = boxes
  return first === undefined ? undefined : rest.reduce((best, box) => (cost(box) < cost(best) ? box : best), first)
}

/** Place and size of a box, of each also the square, centred so that none is large. */
const geometry = ([left, top, width, height]: Box, picture: Reference): number[] => {
  const [x, y] = [((2 * left + width) / picture.width - 1), ((2 * top + height) / picture.height - 1)]
  return [x, y, x * x, y * y, Math.sqrt((width * height) / (picture.width * picture.height)) * 4 - 1, Math.log(width / height)]
}
const GEOMETRY = 6

/** Chooses by words and boxes, trained on the references whose right box is proposed. */
const byWordsAndBoxes = (train: readonly Referring[], proposals: Proposals): ((reference: Referring) => Box | undefined) => {
  const words = numbering()
  const wordsOf = (text: string) => ['', ...preCaption(text).split(' ')]
  for (const { text } of train) for (const word of wordsOf(text)) words.of(word)
  const known = new Map(words.texts().map((word, index) => [word, index]))
  const featuresOf = (reference: Referring, box: Box, others: readonly Box[]): Features => {
    const own = geometry(box, reference)
    // Relative to the picture's other proposals, so that "left" may mean the leftmost one.
    const mean = own.map((_, part) => others.reduce((sum, other) => sum + (geometry(other, reference)[part] ?? 0), 0) / others.length)
    const numbers = own.map((value, part) => value - (mean[part] ?? 0))
    const parts = wordsOf(reference.text).flatMap((word) => known.get(word) ?? [])
    return { index: parts.flatMap((word) => numbers.map((_, part) => word * GEOMETRY + part)), value: parts.flatMap(() => numbers) }
  }
  const choices = train.flatMap((reference): Choice[] => {
    const boxes = boxesOf(reference, proposals)
    const right = boxes.findIndex((box) => reference.box !== undefined && officialOverlap(reference.box, box) >= 0.5)
    return right < 0 ? [] : [{ candidates: boxes.map((box) => featuresOf(reference, box, boxes)), right }]
  })
  const choose = trainChooser(choices, known.size * GEOMETRY)
  return (reference) => {
    const boxes = boxesOf(reference, proposals)
    return boxes[choose(boxes.map((box) => featuresOf(reference, box, boxes)))]
  }
}

/** Floors of grounding. */
export const referenceFloors = (train: readonly Referring[], proposals: Proposals): ((test: readonly Referring[]) => ReferenceFloors) => {
  const byWords = byWordsAndBoxes(train, proposals)
  const rightShare = (reference: Referring) => {
    const boxes = boxesOf(reference, proposals)
    return boxes.filter((box) => reference.box !== undefined && officialOverlap(reference.box, box) >= 0.5).length / Math.max(1, boxes.length)
  }
  const fromCentre = (reference: Referring) => (box: Box) => {
    const [x, y] = centreOf(box)
    return (x - reference.width / 2) ** 2 + (y - reference.height / 2) ** 2
  }
  return (test) => {
    const chosen = (choose: (reference: Referring) => Box | undefined) => boxAccuracy(test.map(choose), test)
    return {
      randomBox: test.reduce((sum, reference) => sum + rightShare(reference), 0) / Math.max(1, test.length),
      centreBox: chosen((reference) => lowest(boxesOf(reference, proposals), fromCentre(reference))),
      largestBox: chosen((reference) => lowest(boxesOf(reference, proposals), (box) => -areaOf(box))),
      wordsAndBoxes: chosen(byWords),
    }
  }
}
