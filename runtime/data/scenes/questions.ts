import { fold, type Key } from '../random.ts'
import { oneOfEach, shuffled } from './choice.ts'
import { extremes } from './expressions.ts'
import { type Noun, withArticle } from './nouns.ts'
import { ANYTHING, type Direction, DIRECTIONS, lies, ofCategory, ofNoun, onlyOne, type Scene, singles, thingsOf } from './scene.ts'

/** A question, and its right answers for a scene: several where each of them is right, none where it cannot be asked. */
export interface Question {
  readonly form: string
  readonly text: string
  readonly answers: (scene: Scene) => readonly string[]
}

export interface Asked {
  readonly scene: Scene
  readonly question: string
  readonly answers: readonly string[]
}

const yesNo = (truth: boolean | undefined): readonly string[] => (truth === undefined ? [] : [truth ? 'yes' : 'no'])

const onNoun = (noun: Noun): readonly Question[] => {
  const kind = ofNoun(noun)
  const count = (scene: Scene) => thingsOf(kind, scene.things).length
  return [
    { form: 'is there', text: `is there ${withArticle(kind.singular)}?`, answers: (scene) => yesNo(count(scene) > 0) },
    { form: 'how many', text: `how many ${kind.plural} are there?`, answers: (scene) => [String(count(scene))] },
    ...DIRECTIONS.map((direction): Question => ({ form: 'what', text: `what is ${direction} the ${noun.singular}?`, answers: (scene) => neighbour(scene, direction, noun) })),
  ]
}

const neighbour = (scene: Scene, direction: Direction, noun: Noun): readonly string[] => {
  const from = singles(scene).find((thing) => thing.noun.concept === noun.concept)
  const found = from === undefined ? undefined : onlyOne(scene, direction, from)
  return found === undefined ? [] : [found.noun.singular]
}

const onPair = (one: Noun, other: Noun): readonly Question[] =>
  DIRECTIONS.map((direction) => ({
    form: 'is it',
    text: `is the ${one.singular} ${direction} the ${other.singular}?`,
    answers: (scene) => {
      const [first, second] = [one, other].map((noun) => singles(scene).find((thing) => thing.noun.concept === noun.concept))
      return first === undefined || second === undefined ? [] : yesNo(lies(first.box, direction, second.box, scene.size))
    },
  }))

const general = (nouns: readonly Noun[]): readonly Question[] => [
  ...[...new Set(nouns.flatMap(({ categories }) => categories))].flatMap((category): Question[] => {
    const kind = ofCategory(category)
    const shown = (scene: Scene) => thingsOf(kind, scene.things).map(({ noun }) => noun.singular)
    return [
      { form: 'how many of a category', text: `how many ${kind.plural} are there?`, answers: (scene) => [String(shown(scene).length)] },
      { form: 'which', text: `which ${category} is there?`, answers: (scene) => [...new Set(shown(scene))] },
    ]
  }),
  { form: 'how many things', text: 'how many things are there?', answers: ({ things }) => [String(thingsOf(ANYTHING, things).length)] },
]

/** The extreme thing's noun, where no other thing has the same. */
const bySize = (which: 'largest' | 'smallest'): Question => ({
  form: 'size',
  text: `what is the ${which} thing?`,
  answers: (scene) => {
    const thing = extremes(scene)[which]
    return thing !== undefined && singles(scene).includes(thing) ? [thing.noun.singular] : []
  },
})

/** Questions whose answers are few: each is asked of one scene for every answer, so that its words do not tell the answer. */
const CLOSED: Readonly<Record<string, number>> = { 'is there': 4, 'how many': 2, 'is it': 3, 'how many of a category': 1, 'how many things': 1 }
const OPEN: Readonly<Record<string, number>> = { what: 5, which: 2, size: 2 }

const closed = (key: Key, questions: readonly Question[], scenes: readonly Scene[]): readonly Asked[] =>
  shuffled(fold(key, 0), questions)
    .flatMap((question, index) => {
      const answerOf = (scene: Scene) => question.answers(scene)[0]
      const chosen = oneOfEach(shuffled(fold(key, 1, index), scenes), answerOf, 2)
      return chosen === undefined ? [] : [{ question, chosen }]
    })
    .filter(({ question }, index, all) => all.slice(0, index).filter((other) => other.question.form === question.form).length < (CLOSED[question.form] ?? 0))
    .flatMap(({ question, chosen }) => chosen.map(([scene, answer]) => ({ scene, question: question.text, answers: [answer] })))

const open = (key: Key, questions: readonly Question[], scenes: readonly Scene[]): readonly Asked[] => {
  const all = questions.flatMap(({ form, text, answers }) =>
    scenes.map((scene) => ({ form, asked: { scene, question: text, answers: answers(scene) } })).filter(({ asked }) => asked.answers.length > 0),
  )
  return Object.entries(OPEN).flatMap(([form, count], index) =>
    shuffled(
      fold(key, index),
      all.filter((one) => one.form === form),
    )
      .slice(0, count)
      .map(({ asked }) => asked),
  )
}

/** Questions about the scenes of a block, which share their nouns. */
export const questionsOn = (key: Key, nouns: readonly Noun[], scenes: readonly Scene[]): readonly Asked[] => {
  const pairs = nouns.flatMap((one) => nouns.filter((other) => other !== one).flatMap((other) => onPair(one, other)))
  const all = [...nouns.flatMap(onNoun), ...pairs, ...general(nouns), bySize('largest'), bySize('smallest')]
  return [
    ...closed(
      fold(key, 0),
      all.filter(({ form }) => form in CLOSED),
      scenes,
    ),
    ...open(
      fold(key, 1),
      all.filter(({ form }) => form in OPEN),
      scenes,
    ),
  ]
}

/** Every answer that a question about the nouns can have. */
export const answersOn = (nouns: readonly Noun[]): readonly string[] => ['yes', 'no', '0', '1', '2', '3', '4', ...nouns.map(({ singular }) => singular)]
