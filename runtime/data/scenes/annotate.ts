import type { Box } from '../boxes.ts'
import { below, draws, fold, type Key } from '../random.ts'
import { captionsOn } from './captions.ts'
import { inTurns, oneOfEach, shuffled } from './choice.ts'
import { expressionsOn, proposalsFor } from './expressions.ts'
import type { Noun } from './nouns.ts'
import { questionsOn } from './questions.ts'
import type { Scene } from './scene.ts'
import { pairStatementsOn, statementsOn, verdictOf } from './statements.ts'

export const TASKS = ['caption', 'grounding', 'vqa', 'entailment', 'nlvr', 'assignment'] as const
export type TaskName = (typeof TASKS)[number]

type Entry = Readonly<Record<string, string | number | readonly string[] | Box>>

/** Entries in the form of the official annotation files, and the proposed boxes of each picture. */
export interface Annotations {
  readonly entries: Readonly<Record<TaskName, readonly Entry[]>>
  readonly proposals: Readonly<Record<string, readonly Box[]>>
}

const EXPRESSIONS = 3
const STATEMENTS = 6
const PAIR_STATEMENTS = 6

const captions = (key: Key, scenes: readonly Scene[]): Entry[] =>
  scenes.map((scene, index) => ({ image: scene.image, image_id: scene.id, caption: captionsOn(fold(key, index), scene) }))

const grounding = (key: Key, scenes: readonly Scene[]): Entry[] =>
  scenes.flatMap((scene, index) =>
    expressionsOn(fold(key, index), scene, EXPRESSIONS).map(({ text, thing }) => ({ image: scene.image, image_id: scene.id, bbox: thing.box, text })),
  )

const vqa = (key: Key, nouns: readonly Noun[], scenes: readonly Scene[]): Entry[] =>
  questionsOn(key, nouns, scenes).map(({ scene, question, answers }) => ({ dataset: 'vqa', image: scene.image, question, answer: answers }))

/**
 * Each sentence with one picture for each verdict. A neutral one always has a card, so the others have one too wherever there is
 * such a picture, and sentences for which there is go first: otherwise the card would tell the answer.
 */
const entailment = (key: Key, nouns: readonly Noun[], scenes: readonly Scene[]): Entry[] => {
  const covered = ({ card }: Scene) => Number(card !== undefined)
  const candidates = shuffled(fold(key, 0), statementsOn(nouns)).flatMap((statement, index) => {
    const inOrder = shuffled(fold(key, 1, index), scenes).sort((one, other) => covered(other) - covered(one))
    const chosen = oneOfEach(inOrder, (scene) => verdictOf(statement, scene), 3)
    return chosen === undefined ? [] : [{ statement, chosen, cards: chosen.reduce((sum, [scene]) => sum + covered(scene), 0) }]
  })
  candidates.sort((one, other) => other.cards - one.cards)
  return inTurns(candidates, ({ statement }) => statement.form)
    .slice(0, STATEMENTS)
    .flatMap(({ statement, chosen }) => chosen.map(([scene, label]): Entry => ({ image: scene.image, sentence: statement.text, label })))
}

/** Each sentence with one pair of pictures of which it is true and one of which it is false. */
const nlvr = (key: Key, nouns: readonly Noun[], scenes: readonly Scene[]): Entry[] => {
  const pairs = scenes.flatMap((left) => scenes.filter((right) => right !== left).map((right) => ({ left, right })))
  return inTurns(shuffled(fold(key, 0), pairStatementsOn(nouns)), ({ form }) => form)
    .flatMap((statement, index) => {
      const truth = ({ left, right }: (typeof pairs)[number]) => (statement.holds(left, right) ? ('True' as const) : ('False' as const))
      const chosen = oneOfEach(shuffled(fold(key, 1, index), pairs), truth, 2)
      return chosen === undefined
        ? []
        : [chosen.map(([{ left, right }, label]): Entry => ({ images: [left.image, right.image], sentence: statement.text, label }))]
    })
    .slice(0, PAIR_STATEMENTS)
    .flat()
}

/** Captions that are not true of a picture: it lacks one of the things. */
const lacks = (scene: Scene, { things }: Scene): boolean => things.some(({ noun }) => scene.things.every((other) => other.noun.concept !== noun.concept))

/** Each caption with two pictures of the block: its own and another, another and its own, or two others, in turns. Of the others it is not true. */
const assignment = (key: Key, scenes: readonly Scene[]): Entry[] => {
  const turn = below(draws(fold(key, 4)), 3)
  return shuffled(fold(key, 0), scenes).flatMap((scene, index): Entry[] => {
    const [one, other] = shuffled(fold(key, 1, index), scenes.filter((each) => lacks(each, scene)))
    const [sentence] = shuffled(fold(key, 2, index), captionsOn(fold(key, 3, index), scene))
    if (one === undefined || other === undefined || sentence === undefined) return []
    const shown = { first: [scene, one], second: [one, scene], neither: [one, other] } as const
    const label = (['first', 'second', 'neither'] as const)[(turn + index) % 3] ?? 'neither'
    return [{ images: shown[label].map(({ image }) => image), sentence, label }]
  })
}

/** Everything that is said of the scenes of a block; of those with a card only what entailment is about. */
export const annotate = (key: Key, scenes: readonly Scene[]): Annotations => {
  const open = scenes.filter(({ card }) => card === undefined)
  const nouns = [...new Map(scenes.flatMap(({ things }) => things.map(({ noun }) => [noun.concept, noun]))).values()]
  return {
    entries: {
      caption: captions(fold(key, 0), open),
      grounding: grounding(fold(key, 1), open),
      vqa: vqa(fold(key, 2), nouns, open),
      entailment: entailment(fold(key, 3), nouns, scenes),
      nlvr: nlvr(fold(key, 4), nouns, open),
      assignment: assignment(fold(key, 6), open),
    },
    proposals: Object.fromEntries(open.map((scene, index) => [scene.id, proposalsFor(fold(key, 5, index), scene)])),
  }
}
