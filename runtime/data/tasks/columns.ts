import type { Column } from '../../../compiler/language/index.ts'
import type { HostArray } from '../../backends/backend.ts'
import type { Batch } from '../batch.ts'
import { tokensOf } from '../batch.ts'
import { answerRows } from './answers.ts'
import type { Examples } from './examples.ts'

/** The columns that a batch of examples has, and how many answers found no room in it. */
export interface Columns {
  readonly of: (column: Column) => HostArray | undefined
  readonly dropped: number
}

/** The pictures of one view, [example, row, column, channel]. */
const view = (image: Uint8Array, number: number, count: number): Uint8Array => image.subarray((number * image.length) / count, ((number + 1) * image.length) / count)

const pick = (values: Int32Array, rows: Int32Array): Int32Array => rows.map((row) => values[row] ?? 0)

/**
 * The columns of a batch that the loader made from `examples`. `rows` is the number of rows for answers, where there are any.
 * A column that examples of this form do not have is undefined.
 */
export const columnsOf = (examples: Examples, { image, ids, picture }: Pick<Batch, 'image' | 'ids' | 'picture'>, rows: number): Columns => {
  const { detail, views, identity } = examples
  const answers = detail.kind === 'questions' ? answerRows(detail.answers, picture, rows) : undefined
  const of = (column: Column): HostArray | undefined => {
    switch (column) {
      case 'picture':
        return views.count === 1 ? image : undefined
      case 'left':
        return views.count === 2 ? view(image, 0, 2) : undefined
      case 'right':
        return views.count === 2 ? view(image, 1, 2) : undefined
      case 'words':
        return ids
      case 'label':
        return detail.kind === 'labelled' ? pick(detail.label, picture) : undefined
      case 'identity':
        return pick(identity, picture)
      case 'answers':
        return answers?.ids
      case 'answerOf':
        return answers?.of
      case 'answerWeight':
        return answers?.weight
    }
  }
  return { of, dropped: answers?.dropped ?? 0 }
}

/** Examples as they are, without augmentation and in their order: for evaluation. `numbers` are the examples wanted. */
export const plainBatch = (examples: Examples, numbers: Int32Array): Pick<Batch, 'image' | 'ids' | 'picture'> => {
  const { pixels, size, views } = examples
  const bytes = size * size * 3
  const image = new Uint8Array(views.count * numbers.length * bytes)
  numbers.forEach((example, row) => {
    for (let number = 0; number < views.count; number++) {
      const stored = views.rows[example * views.count + number] ?? 0
      image.set(pixels.subarray(stored * bytes, (stored + 1) * bytes), (number * numbers.length + row) * bytes)
    }
  })
  return { image, ids: tokensOf(examples, numbers), picture: numbers }
}
