/** Left, top, width and height in pixels, as in COCO's annotations. */
export type Box = readonly [left: number, top: number, width: number, height: number]

export const centreOf = ([left, top, width, height]: Box): readonly [x: number, y: number] => [left + width / 2, top + height / 2]
export const areaOf = ([, , width, height]: Box): number => width * height

/** Intersection over union. */
export const overlap = (one: Box, other: Box): number => {
  const shared = sharedArea(one, other, 0)
  return shared / (areaOf(one) + areaOf(other) - shared)
}

/**
 * Intersection over union as the official evaluation has it (dataset/utils.py, computeIoU): the last pixel belongs to the
 * intersection, and boxes that share a single row or column of pixels share nothing.
 */
export const officialOverlap = (one: Box, other: Box): number => {
  const shared = sharedArea(one, other, 1)
  return shared / (areaOf(one) + areaOf(other) - shared)
}

/** Area of the intersection; more than `least` pixels wide and high, or 0. */
const sharedArea = ([left, top, width, height]: Box, [l, t, w, h]: Box, least: number): number => {
  const across = Math.min(left + width, l + w) - Math.max(left, l)
  const down = Math.min(top + height, t + h) - Math.max(top, t)
  return across > least && down > least ? across * down : 0
}
