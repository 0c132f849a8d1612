import { areaOf, type Box, officialOverlap } from '../data/boxes.ts'
import type { Reference } from '../data/tasks/examples.ts'
import type { Proposals } from '../data/tasks/forms.ts'
import { type HeatMap, resizeMap } from './heat-map.ts'

/** Weakly supervised grounding: maps of a picture are scored on proposed boxes (dataset/utils.py, grounding_eval). */

/** The power of a box's area that its sum is divided by. */
const AREA_POWER = 0.5

/** The sum of the map within each box over a power of the box's area. `map` has the size of the picture. */
export const boxScores = (map: HeatMap, boxes: readonly Box[]): number[] =>
  boxes.map((box) => {
    const [left, top, width, height] = box
    let sum = 0
    for (let row = Math.trunc(top); row < Math.min(map.height, Math.trunc(top + height)); row++)
      for (let column = Math.trunc(left); column < Math.min(map.width, Math.trunc(left + width)); column++) sum += map.data[row * map.width + column] ?? 0
    return sum / areaOf(box) ** AREA_POWER
  })

/** The box of highest score; undefined only where there is none. */
export const bestBox = (map: HeatMap, boxes: readonly Box[]): Box | undefined => {
  const scores = boxScores(map, boxes)
  const best = scores.reduce((most, score, index) => (score > (scores[most] ?? Number.NEGATIVE_INFINITY) ? index : most), 0)
  return boxes[best]
}

/** Whether the highest point of a map lies in a box: the pointing game. */
export const points = ({ data, width }: HeatMap, [left, top, wide, high]: Box): boolean => {
  const at = data.reduce((best, value, index) => (value > (data[best] ?? Number.NEGATIVE_INFINITY) ? index : best), 0)
  const [row, column] = [Math.floor(at / width), at % width]
  return column >= left && column < left + wide && row >= top && row < top + high
}

export interface GroundingResult {
  /** Share of references whose chosen proposal overlaps the true box by half. */
  readonly accuracy: number
  /** Share of references whose map is highest within the true box. */
  readonly pointing: number
  /** References whose picture has no proposals; they count as wrong. */
  readonly withoutProposals: number
  /** The accuracy of each part of the data set, where the references are of several. */
  readonly bySplit?: Readonly<Record<string, number>>
}

/** Marks chosen boxes: right where they overlap the true one by half, by the official measure. */
export const boxAccuracy = (chosen: readonly (Box | undefined)[], references: readonly Reference[]): number =>
  references.filter(({ box }, index) => {
    const own = chosen[index]
    return own !== undefined && box !== undefined && officialOverlap(box, own) >= 0.5
  }).length / Math.max(1, references.length)

const bySplit = (chosen: readonly (Box | undefined)[], references: readonly Reference[]): Pick<GroundingResult, 'bySplit'> => {
  const splits = [...new Set(references.flatMap(({ split }) => split ?? []))].sort()
  const accuracyOf = (wanted: string): number => {
    const own = references.flatMap((reference, at) => (reference.split === wanted ? [{ reference, box: chosen[at] }] : []))
    return boxAccuracy(own.map(({ box }) => box), own.map(({ reference }) => reference))
  }
  return splits.length < 2 ? {} : { bySplit: Object.fromEntries(splits.map(split => [split, accuracyOf(split)])) }
}

/** Marks the maps of all references, each [row, column] of patches and all of one size, one after the other. */
export const groundingAccuracy = (maps: Float32Array, side: { readonly height: number; readonly width: number }, references: readonly Reference[], proposals: Proposals): GroundingResult => {
  const length = side.height * side.width
  const chosen: (Box | undefined)[] = []
  let pointed = 0
  references.forEach((reference, index) => {
    const map = resizeMap({ data: maps.subarray(index * length, (index + 1) * length), ...side }, reference.height, reference.width)
    chosen.push(bestBox(map, proposals.get(reference.imageId) ?? []))
    if (reference.box !== undefined && points(map, reference.box)) pointed++
  })
  return {
    accuracy: boxAccuracy(chosen, references),
    pointing: pointed / Math.max(1, references.length),
    withoutProposals: chosen.filter((box) => box === undefined).length,
    ...bySplit(chosen, references),
  }
}
