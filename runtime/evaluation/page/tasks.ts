import { type Box, officialOverlap } from '../../data/boxes.ts'
import { fold, keyOf, permutation } from '../../data/random.ts'
import type { Examples } from '../../data/tasks/examples.ts'
import type { Proposals } from '../../data/tasks/forms.ts'
import { type AnswerSort, markOf, mostFrequent, sortOf } from '../answers.ts'
import { bestBox } from '../grounding.ts'
import { resizeMap } from '../heat-map.ts'
import type { Measured } from '../measure.ts'
import { overlay } from '../overlay.ts'
import type { MeasuredPart } from '../task-report.ts'
import { confusionHtml, type Drawn, escapeHtml, pictureHtml, type Section } from './html.ts'

const SHOWN = 7

const SORTS: readonly AnswerSort[] = ['yes or no', 'number', 'other']

/** How often a question of one sort of answer was answered with what sort, [is][said]. */
export const sortConfusion = (answers: readonly string[], given: readonly (readonly string[])[]): readonly (readonly number[])[] =>
  SORTS.map((is) => SORTS.map((said) => given.filter((own, index) => sortOf(mostFrequent(own) ?? '') === is && sortOf(answers[index] ?? '') === said).length))

/** One example: whether it is right, and what is said below its pictures. */
interface Shown {
  readonly right: boolean
  readonly said: string
  readonly boxes?: readonly Drawn[]
  readonly map?: { readonly data: Float32Array; readonly height: number; readonly width: number }
}

type Of<K extends Measured['kind']> = Extract<Measured, { readonly kind: K }>

const shownLabel = ({ detail }: Examples, { names, chosen }: Of<'labels'>, index: number): Shown => {
  const [is, said] = [detail.kind === 'labelled' ? (detail.label[index] ?? 0) : 0, chosen[index] ?? 0]
  return { right: is === said, said: is === said ? (names[is] ?? '') : `${names[is] ?? ''}, taken for ${names[said] ?? ''}` }
}

const shownAnswer = ({ detail }: Examples, { answers, probability }: Of<'answers'>, index: number): Shown => {
  const given = detail.kind === 'questions' ? (detail.given[index] ?? []) : []
  const answer = answers[index] ?? ''
  const right = markOf(answer, given) >= 0.5
  return { right, said: `${answer} (${Math.round(100 * (probability[index] ?? 0))} %)${right ? '' : `; right: ${mostFrequent(given) ?? 'unknown'}`}` }
}

const GREEN = '#19c25e'

const shownBox = ({ detail }: Examples, { maps, height, width }: Of<'boxes'>, proposals: Proposals, index: number): Shown => {
  const reference = detail.kind === 'references' ? detail.references[index] : undefined
  if (reference === undefined) return { right: false, said: '' }
  const map = { data: maps.subarray(index * height * width, (index + 1) * height * width), height, width }
  const boxes = proposals.get(reference.imageId) ?? []
  const chosen = bestBox(resizeMap(map, reference.height, reference.width), boxes)
  const right = chosen !== undefined && reference.box !== undefined && officialOverlap(reference.box, chosen) >= 0.5
  const drawn = (box: Box | undefined, stroke: string, dashed: boolean): readonly Drawn[] => (box === undefined ? [] : [{ box, stroke, dashed }])
  return { right, said: right ? '' : chosen === undefined ? 'no proposals' : 'another box', boxes: [...drawn(reference.box, GREEN, false), ...drawn(chosen, 'white', true)], map }
}

const shownOf = ({ examples, measured }: MeasuredPart, proposals: Proposals) => (index: number): Shown => {
  switch (measured.kind) {
    case 'labels':
      return shownLabel(examples, measured, index)
    case 'answers':
      return shownAnswer(examples, measured, index)
    case 'boxes':
      return shownBox(examples, measured, proposals, index)
  }
}

const figure = async (examples: Examples, index: number, { said, boxes, map }: Shown): Promise<string> => {
  const { pixels, size, views, texts, detail } = examples
  const bytes = size * size * 3
  const reference = detail.kind === 'references' ? detail.references[index] : undefined
  const pictures: string[] = []
  for (let view = 0; view < views.count; view++) {
    const row = views.rows[index * views.count + view] ?? 0
    const own = pixels.subarray(row * bytes, (row + 1) * bytes)
    const drawn = map === undefined ? own : overlay({ pixels: own, size }, map)
    pictures.push(await pictureHtml(drawn, size, { boxes: boxes ?? [], ...(reference === undefined ? {} : { height: reference.height, width: reference.width }) }))
  }
  return `<figure${views.count === 2 ? ' class="two"' : ''}>${pictures.join('')}<figcaption>${escapeHtml(texts[index] ?? '')}<br><span class="quiet">${escapeHtml(said)}</span></figcaption></figure>`
}

const confusionOf = ({ examples: { detail }, measured }: MeasuredPart): string => {
  if (measured.kind === 'labels') return confusionHtml(measured.names, measured.result.confusion)
  if (measured.kind === 'answers' && detail.kind === 'questions') return confusionHtml(SORTS, sortConfusion(measured.answers, detail.given))
  return `<p class="quiet">Green: what is meant. Dashed: the proposal that was chosen. Colours: the map, each relative to its own peak.</p>`
}

/** Some examples that are right and some that are wrong, by lot, from the first that the lot names. */
const sample = (part: MeasuredPart, proposals: Proposals) => {
  const shown = shownOf(part, proposals)
  const [right, wrong]: [(readonly [number, Shown])[], (readonly [number, Shown])[]] = [[], []]
  for (const index of permutation(fold(keyOf(1), 0), part.examples.pictures)) {
    const own = shown(index)
    const list = own.right ? right : wrong
    if (list.length < SHOWN) list.push([index, own])
    if (right.length === SHOWN && wrong.length === SHOWN) break
  }
  return { right, wrong }
}

/** Confusion and examples of every part; for grounding, maps with the true and the chosen boxes. */
export const taskSections = async (parts: readonly MeasuredPart[], proposals: Proposals = new Map()): Promise<readonly Section[]> => {
  const sections: Section[] = []
  for (const part of parts) {
    const { right, wrong } = sample(part, proposals)
    const figures = async (list: readonly (readonly [number, Shown])[]) => (await Promise.all(list.map(([index, shown]) => figure(part.examples, index, shown)))).join('\n')
    sections.push({ title: part.label, html: `${confusionOf(part)}<h3>right</h3>${await figures(right)}<h3>wrong</h3>${await figures(wrong)}` })
  }
  return sections
}
