import * as E from 'fp-ts/Either'
import type { Box } from '../boxes.ts'
import type { Examples, Reference } from './examples.ts'
import type { Proposals } from './forms.ts'

/** Whether a list of answers or a file of boxes belongs to the data that it is used with: looked at before anything is trained. */

/** More questions than this share without any answer in the list: then it is some other list. */
const UNANSWERABLE = 0.1

const percent = (share: number): string => `${Math.round(100 * share)} %`

/** How many questions no answer of the list is right for. Left: so many that the list belongs to other data. */
export const matchAnswers = (list: readonly string[], examples: Examples): E.Either<string, { readonly unanswerable: number }> => {
  if (examples.detail.kind !== 'questions') return E.left('an answer list goes with questions, and these examples are none')
  const known = new Set(list)
  const asked = examples.detail.given.map((given, index) => ({ given, index })).filter(({ given }) => given.length > 0)
  const without = asked.filter(({ given }) => !given.some((answer) => known.has(answer)))
  const [first] = without
  if (first !== undefined && without.length > UNANSWERABLE * asked.length)
    return E.left(
      `${percent(without.length / asked.length)} of the questions have no answer in the list of ${list.length} (the first is question ${String(examples.detail.questionId[first.index])}, '${examples.texts[first.index] ?? ''}', answered '${first.given[0] ?? ''}'): it is another data set's list`,
    )
  return E.right({ unanswerable: without.length })
}

/** Rounding of boxes in pixels. */
const SLACK = 2

const leaves = ([left, top, width, height]: Box, picture: Reference): boolean =>
  left < -SLACK || top < -SLACK || left + width > picture.width + SLACK || top + height > picture.height + SLACK

/**
 * How many references have no proposals for their picture. Left: a reference has no true box, no picture has proposals, or a
 * proposal lies outside of its picture, so the file belongs to other data or to pictures of another size.
 */
export const matchProposals = (proposals: Proposals, examples: Examples): E.Either<string, { readonly withoutProposals: number }> => {
  if (examples.detail.kind !== 'references') return E.left('proposals go with references, and these examples are none')
  const { references } = examples.detail
  const unknown = references.find(({ box }) => box === undefined)
  if (unknown !== undefined) return E.left(`reference ${String(unknown.refId)} has no true box: expected the field 'bbox'`)
  const withoutProposals = references.filter(({ imageId }) => (proposals.get(imageId) ?? []).length === 0).length
  if (withoutProposals === references.length)
    return E.left(`no picture has proposals (the first reference's picture is '${references[0]?.imageId ?? ''}', the first proposals are for '${[...proposals.keys()][0] ?? 'none'}'): it is another data set's file`)
  for (const reference of references) {
    const wrong = (proposals.get(reference.imageId) ?? []).find((box) => leaves(box, reference))
    if (wrong !== undefined) return E.left(`picture '${reference.imageId}' is ${reference.width} pixels wide and ${reference.height} high, and the proposal [${wrong.join(', ')}] lies outside of it: the boxes belong to other pictures`)
  }
  return E.right({ withoutProposals })
}
