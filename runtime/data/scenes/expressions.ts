import { areaOf, type Box, overlap } from '../boxes.ts'
import { below, draws, fold, type Key } from '../random.ts'
import { inTurns, pick, shuffled } from './choice.ts'
import { CLEAR_SIZE, DIRECTIONS, ofCategory, onlyOne, type Scene, singles, type Thing, thingsOf } from './scene.ts'

/** Words that mean exactly one thing of a scene. */
export interface Expression {
  readonly form: string
  readonly text: string
  readonly thing: Thing
}

const byNeighbour = (scene: Scene): Expression[] =>
  singles(scene).flatMap((known) =>
    DIRECTIONS.flatMap((direction) => {
      const thing = onlyOne(scene, direction, known)
      return thing === undefined ? [] : [{ form: 'neighbour', text: `the thing ${direction} the ${known.noun.singular}`, thing }]
    }),
  )

const byCategory = (scene: Scene): Expression[] =>
  [...new Set(scene.things.flatMap(({ noun }) => noun.categories))].flatMap((category) => {
    const [thing, ...others] = thingsOf(ofCategory(category), scene.things)
    return thing === undefined || others.length > 0 ? [] : [{ form: 'category', text: `the ${category}`, thing }]
  })

/** The things whose box is clearly the largest and the smallest. */
export const extremes = ({ things }: Scene): { readonly largest: Thing | undefined; readonly smallest: Thing | undefined } => {
  const bySize = [...things].sort((one, other) => areaOf(other.box) - areaOf(one.box))
  const clear = (one: Thing | undefined, other: Thing | undefined) =>
    one !== undefined && other !== undefined && areaOf(one.box) >= CLEAR_SIZE * areaOf(other.box)
  const [first, second] = bySize
  const [last, beforeLast] = [...bySize].reverse()
  return { largest: clear(first, second) ? first : undefined, smallest: clear(beforeLast, last) ? last : undefined }
}

/**
 * Some of the expressions that name one thing of the scene, of different forms as far as there are. As in RefCOCO+, none says
 * where in the picture the thing lies: the places of the proposed boxes alone would answer it.
 */
export const expressionsOn = (key: Key, scene: Scene, count: number): readonly Expression[] => {
  const named = singles(scene).map((thing): Expression => ({ form: 'noun', text: `the ${thing.noun.singular}`, thing }))
  const all = [...named, ...byNeighbour(scene), ...byCategory(scene)]
  return inTurns(shuffled(key, all), ({ form }) => form).slice(0, count)
}

const FALSE_ALARMS = 3

/**
 * Boxes as a detector would propose them: one for each thing, a little off (overlap at least 0.75), and a few that are no thing
 * (overlap with every one below 0.4) but of such sizes, in an order that says nothing.
 */
export const proposalsFor = (key: Key, { things, size }: Scene): readonly Box[] => {
  const random = draws(fold(key, 0))
  const within = (value: number, least: number, most: number) => Math.min(most, Math.max(least, Math.round(value)))
  const shaken = ([left, top, width, height]: Box): Box => {
    const shake = (range: number) => (random() * 2 - 1) * 0.08 * range
    const [x, y] = [within(left + shake(width), 0, size - 2), within(top + shake(height), 0, size - 2)]
    return [x, y, within(width + shake(width), 2, size - x), within(height + shake(height), 2, size - y)]
  }
  const near = (box: Box): Box => {
    for (let attempt = 0; attempt < 50; attempt++) {
      const other = shaken(box)
      if (overlap(other, box) >= 0.75) return other
    }
    return box
  }
  // As large as the things are, so that its size does not tell which box is none.
  const anywhere = (): Box => {
    const [, , width, height] = shaken(pick(random, things)?.box ?? [0, 0, 2, 2])
    return [below(random, size - width + 1), below(random, size - height + 1), width, height]
  }
  const proposals = things.map(({ box }) => near(box))
  for (let attempt = 0; attempt < 200 && proposals.length < things.length + FALSE_ALARMS; attempt++) {
    const box = anywhere()
    if (things.every((thing) => overlap(box, thing.box) < 0.4)) proposals.push(box)
  }
  return shuffled(fold(key, 1), proposals)
}
