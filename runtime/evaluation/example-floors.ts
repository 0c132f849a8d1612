import type { Examples } from '../data/tasks/examples.ts'
import type { Proposals, QuestionEntry, StatementEntry } from '../data/tasks/forms.ts'
import { questionFloors, referenceFloors, type Referring, statementFloors } from './task-floors.ts'

/** Floors of anybody's data, from the examples themselves: trained on the training examples, marked on others. */

const statements = ({ texts, detail }: Examples): readonly StatementEntry[] =>
  detail.kind === 'labelled' ? texts.map((sentence, index) => ({ images: [], sentence, label: detail.names[detail.label[index] ?? 0] ?? '' })) : []

const questions = ({ texts, detail }: Examples): readonly QuestionEntry[] =>
  detail.kind === 'questions' ? texts.map((question, index) => ({ image: '', question, questionId: index, answers: [], given: detail.given[index] ?? [] })) : []

const references = ({ texts, detail }: Examples): readonly Referring[] =>
  detail.kind === 'references' ? detail.references.map((reference, index) => ({ ...reference, image: reference.imageId, text: texts[index] ?? '' })) : []

/** Each floor's share of right ones, by its name. */
export type Shares = readonly (readonly [floor: string, share: number])[]

/** Floors of the training examples' task, on other examples. Only training references with a true box tell words and boxes anything. */
export const exampleFloors = (train: Examples, proposals: Proposals = new Map()): ((test: Examples) => Shares) => {
  switch (train.detail.kind) {
    case 'labelled': {
      const floors = statementFloors(statements(train))
      return (test) => {
        const { majority, textOnly } = floors(statements(test))
        return [['majority', majority], ['text only', textOnly]]
      }
    }
    case 'questions': {
      const floors = questionFloors(questions(train))
      return (test) => {
        const { answer, majority, textOnly } = floors(questions(test))
        return [[`majority ('${answer}')`, majority], ['text only', textOnly.accuracy]]
      }
    }
    case 'references': {
      const floors = referenceFloors(references(train), proposals)
      return (test) => {
        const { randomBox, centreBox, largestBox, wordsAndBoxes } = floors(references(test))
        return [['random box', randomBox], ['centre box', centreBox], ['largest box', largestBox], ['words and boxes, no picture', wordsAndBoxes]]
      }
    }
  }
}
