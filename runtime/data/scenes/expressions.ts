import { areaOf, type Box, overlap } from '../boxes.ts'
import { below, draws, fold, type Key } from '../random.ts'
import { inTurns, shuffled } from './choice.ts'
import { CLEAR_SIZE, type Direction, DIRECTIONS, lies, ofCategory, onlyOne, type Scene, singles, type Thing, thingsOf } from './scene.ts'

/** Words that mean exactly one thing of a scene. */
export interface Expression {
  readonly form: string
  readonly text: string
  readonly thing: Thing
}

const OF_TWO: Readonly<Record<Direction, string>> = { 'left of': 'on the left', 'right of': 'on the right', above: 'at the top', below: 'at the bottom' }

/** The one of two things of a noun, by where it lies. */
const ofTwo = (scene: Scene): Expression[] =>
  scene.things.flatMap((thing) => {
    const twins = scene.things.filter((other) => other !== thing && other.noun.concept === thing.noun.concept)
    const [twin] = twins
    if (twin === undefined || twins.length > 1) return []
    return DIRECTIONS.filter((direction) => lies(thing.box, direction, twin.box, scene.size) === true).map((direction) => ({
      form: 'one of two',
      text: `the ${thing.noun.singular} ${OF_TWO[direction]}`,
      thing,
    }))
  })

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

const bySize = (scene: Scene): Expression[] => {
  const { largest, smallest } = extremes(scene)
  return [
    ...(largest === undefined ? [] : [{ form: 'size', text: 'the largest thing', thing: largest }]),
    ...(smallest === undefined ? [] : [{ form: 'size', text: 'the smallest thing', thing: smallest }]),
  ]
}

/** Some of the expressions that name one thing of the scene, of different forms as far as there are. */
export const expressionsOn = (key: Key, scene: Scene, count: number): readonly Expression[] => {
  const named = singles(scene).map((thing): Expression => ({ form: 'noun', text: `the ${thing.noun.singular}`, thing }))
  const all = [...named, ...ofTwo(scene), ...byNeighbour(scene), ...byCategory(scene), ...bySize(scene)]
  return inTurns(key, all, ({ form }) => form).slice(0, count)
}

const FALSE_ALARMS = 3

/**
 * Boxes as a detector would propose them: one for each thing, a little off (overlap at least 0.75), and a few that are no thing
 * (overlap with every one below 0.4), in an order that says nothing.
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
  const anywhere = (): Box => {
    const [width, height] = [0.2 + 0.35 * random(), 0.2 + 0.35 * random()].map((share) => Math.round(share * size))
    const [w, h] = [width ?? 2, height ?? 2]
    return [below(random, size - w + 1), below(random, size - h + 1), w, h]
  }
  const proposals = things.map(({ box }) => near(box))
  for (let attempt = 0; attempt < 200 && proposals.length < things.length + FALSE_ALARMS; attempt++) {
    const box = anywhere()
    if (things.every((thing) => overlap(box, thing.box) < 0.4)) proposals.push(box)
  }
  return shuffled(fold(key, 1), proposals)
}
