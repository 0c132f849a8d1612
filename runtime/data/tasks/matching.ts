import * as E from 'fp-ts/Either'
import type { Box } from '../boxes.ts'
import type { KnownReferences } from '../refcoco.ts'
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

/**
 * References with the boxes that another file knows of them, by their `ref_id`. Left: a reference is not in it, or is of another picture or a picture
 * of another size there, so the file belongs to other data.
 */
export const withBoxes = (known: KnownReferences, examples: Examples): E.Either<string, Examples> => {
  if (examples.detail.kind !== 'references') return E.left('boxes of references go with references, and these examples are none')
  const references: Reference[] = []
  for (const own of examples.detail.references) {
    const found = known.get(String(own.refId))
    if (found === undefined) return E.left(`reference ${String(own.refId)} of picture '${own.imageId}' is not among the ${known.size} references: it is another data set's file`)
    if (/^\d+$/.test(own.imageId) && own.imageId !== found.imageId) return E.left(`reference ${String(own.refId)} is of picture '${own.imageId}' in the data, and of '${found.imageId}' there: it is another data set's file`)
    if (own.height !== found.height || own.width !== found.width) return E.left(`picture '${own.imageId}' is ${own.width} pixels wide and ${own.height} high, and the boxes are for ${found.width} and ${found.height}`)
    references.push({ ...own, imageId: found.imageId, box: found.box, split: found.split })
  }
  return E.right({ ...examples, detail: { ...examples.detail, references } })
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
  if (unknown !== undefined) return E.left(`reference ${String(unknown.refId)} has no true box: expected the field 'bbox', or a file of references that has it`)
  const withoutProposals = references.filter(({ imageId }) => (proposals.get(imageId) ?? []).length === 0).length
  if (withoutProposals === references.length)
    return E.left(`no picture has proposals (the first reference's picture is '${references[0]?.imageId ?? ''}', the first proposals are for '${[...proposals.keys()][0] ?? 'none'}'): it is another data set's file`)
  for (const reference of references) {
    const wrong = (proposals.get(reference.imageId) ?? []).find((box) => leaves(box, reference))
    if (wrong !== undefined) return E.left(`picture '${reference.imageId}' is ${reference.width} pixels wide and ${reference.height} high, and the proposal [${wrong.join(', ')}] lies outside of it: the boxes belong to other pictures`)
  }
  return E.right({ withoutProposals })
}
