import { fold, keyOf, permutation } from '../../data/random.ts'
import type { Evaluated } from '../report.ts'
import { escapeHtml, pictureHtml, type Section } from './html.ts'

const SHOWN = 6
const PICTURES = 8

/** Numbers of the texts found best first: by the place of the first right picture, by that of the similarity where those are equal, then by lot. */
export const textsByPlace = ({ evaluation: { texts, reranked, contrastive } }: Evaluated): readonly number[] => {
  const placed = (text: number): readonly [number, number] => [reranked.places[text] ?? 0, contrastive?.places[text] ?? 0]
  const compare = (one: number, other: number): number => {
    const [[a, c], [b, d]] = [placed(one), placed(other)]
    return a === b ? (c === d ? 0 : c - d) : a - b
  }
  return [...permutation(fold(keyOf(1), 0), texts.length)].sort(compare)
}

const rowHtml = async ({ pairs: { pixels, size }, evaluation: { texts, right, reranked, contrastive, candidates } }: Evaluated, text: number): Promise<string> => {
  const bytes = size * size * 3
  const found = (reranked.bestPictures[text] ?? []).slice(0, PICTURES)
  const pictures = await Promise.all(found.map((picture) => pictureHtml(pixels.subarray(picture * bytes, (picture + 1) * bytes), size, { right: right[picture]?.includes(text) ?? false })))
  const place = (reranked.places[text] ?? 0) + 1
  const said = place > candidates.textToImage ? `no right picture among the ${candidates.textToImage} candidates; by similarity at place ${(contrastive?.places[text] ?? 0) + 1}` : `first right picture at place ${place}`
  return `<p>${escapeHtml(texts[text] ?? '')} <span class="quiet">(${said})</span></p><div class="small">${pictures.join(' ')}</div>`
}

/** The best and the worst retrievals of every part: texts with the pictures found for them, right ones framed. */
export const retrievalSections = async (evaluated: readonly Evaluated[]): Promise<readonly Section[]> => {
  const sections: Section[] = []
  for (const part of evaluated) {
    const order = textsByPlace(part)
    const half = Math.min(SHOWN, Math.ceil(order.length / 2))
    const rows = async (texts: readonly number[]) => (await Promise.all(texts.map((text) => rowHtml(part, text)))).join('\n')
    sections.push({ title: `${part.label}: best`, html: await rows(order.slice(0, half)) }, { title: `${part.label}: worst`, html: await rows(order.slice(half).slice(-half).reverse()) })
  }
  return sections
}
