import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { counted, type Noun, NOUNS, withArticle } from '../../../../runtime/data/scenes/nouns.ts'
import { expressionsOn } from '../../../../runtime/data/scenes/expressions.ts'
import { answersOn, questionsOn } from '../../../../runtime/data/scenes/questions.ts'
import type { Box } from '../../../../runtime/data/boxes.ts'
import type { Scene } from '../../../../runtime/data/scenes/scene.ts'
import { pairStatementsOn, statementsOn, verdictOf } from '../../../../runtime/data/scenes/statements.ts'
import { keyOf } from '../../../../runtime/data/random.ts'

const noun = (name: string): Noun => {
  const found = NOUNS.find(({ singular }) => singular === name)
  if (found === undefined) throw new Error(`no noun ${name}`)
  return found
}

const scene = (things: Readonly<Record<string, Box>>, card?: Box): Scene => ({
  id: 's',
  image: 's.png',
  size: 100,
  things: Object.entries(things).map(([name, box]) => ({ noun: noun(name.replace(/\d$/, '')), style: 'noto', box })),
  card,
})

const LEFT: Box = [5, 40, 20, 20]
const MIDDLE: Box = [40, 40, 22, 22]
const RIGHT: Box = [75, 40, 20, 20]

test('nouns: distinct, with proper articles and plurals', () => {
  assert.ok(NOUNS.length > 200)
  assert.is(new Set(NOUNS.map(({ singular }) => singular)).size, NOUNS.length)
  assert.is(new Set(NOUNS.map(({ concept }) => concept)).size, NOUNS.length)
  const words = [['hourglass', 'an hourglass', 'two hourglasses'], ['unicorn', 'a unicorn', 'two unicorns'], ['mouse', 'a mouse', 'two mice'], ['pair of scissors', 'a pair of scissors', 'two pairs of scissors'], ['octopus', 'an octopus', 'two octopuses'], ['loaf of bread', 'a loaf of bread', 'two loaves of bread'], ['deer', 'a deer', 'two deer']] as const
  for (const [name, one, two] of words) assert.equal([withArticle(name), counted(2, noun(name))], [one, two])
  assert.is(counted(1, noun('ant'), 'one'), 'one ant')
})

const verdict = (text: string, about: Scene, ...names: readonly string[]) => {
  const statement = statementsOn(names.map(noun)).find((one) => one.text === text)
  if (statement === undefined) throw new Error(`no statement '${text}'`)
  return verdictOf(statement, about)
}

test('a card makes neutral what depends on the thing under it, and nothing else', () => {
  const open = scene({ dog: LEFT, cat: RIGHT })
  const card = scene({ dog: LEFT }, RIGHT)
  assert.is(verdict('there is a dog', open, 'dog'), 'entailment')
  assert.is(verdict('there is a cat', scene({ dog: LEFT }), 'cat'), 'contradiction')
  assert.is(verdict('there is a dog', card, 'dog'), 'entailment')
  assert.is(verdict('there is a cat', card, 'cat'), 'neutral')
  assert.is(verdict('there is no dog', card, 'dog'), 'contradiction')
  assert.is(verdict('there is exactly one dog', card, 'dog'), 'neutral')
  assert.is(verdict('there are at least two cats', card, 'cat'), 'contradiction')
  assert.is(verdict('there is an animal', scene({ hammer: LEFT }, RIGHT), 'dog'), 'neutral')
  assert.is(verdict('a dog is left of a cat', open, 'dog', 'cat'), 'entailment')
  assert.is(verdict('a cat is left of a dog', open, 'dog', 'cat'), 'contradiction')
  assert.is(verdict('a dog is left of a cat', card, 'dog', 'cat'), 'neutral')
  assert.is(verdict('a dog is right of a cat', card, 'dog', 'cat'), 'contradiction')
})

test('what lies nearly side by side is neither left nor right', () => {
  assert.is(verdict('a dog is left of a cat', scene({ dog: [40, 5, 20, 20], cat: [45, 60, 20, 20] }), 'dog', 'cat'), undefined)
})

test('expressions mean one thing: neighbours are unique, and categories', () => {
  const texts = (about: Scene) => expressionsOn(keyOf(1), about, 100).map(({ text, thing }) => `${text}: ${thing.noun.singular}`)
  const three = texts(scene({ dog: LEFT, hammer: MIDDLE, cat: RIGHT }))
  assert.ok(three.includes('the thing left of the hammer: dog'))
  assert.ok(three.includes('the thing right of the hammer: cat'))
  assert.not.ok(three.some((text) => text.startsWith('the thing right of the dog')), 'two things are right of the dog')
  assert.not.ok(three.some((text) => text.startsWith('the animal')), 'there are two animals')
  assert.equal(texts(scene({ dog1: LEFT, dog2: RIGHT })), [], 'neither of two dogs is the dog')
})

test('questions: closed ones are asked once for each answer; every answer is in the list', () => {
  const scenes = [scene({ dog: LEFT, cat: RIGHT }), scene({ cat: LEFT, dog: RIGHT }), scene({ dog1: LEFT, dog2: RIGHT, hammer: MIDDLE }), scene({ hammer: LEFT, lemon: RIGHT })]
  const nouns = ['dog', 'cat', 'hammer', 'lemon'].map(noun)
  const asked = questionsOn(keyOf(3), nouns, scenes)
  const list = answersOn(nouns)
  assert.ok(asked.length > 15)
  for (const { answers } of asked) for (const answer of answers) assert.ok(list.includes(answer), answer)
  const closed = asked.filter(({ question }) => question.startsWith('is '))
  assert.ok(closed.length >= 4)
  for (const { question } of closed) assert.equal(closed.filter((one) => one.question === question).flatMap(({ answers }) => answers).sort(), ['no', 'yes'])
})

test('statements about two pictures', () => {
  const [left, right] = [scene({ dog1: LEFT, dog2: RIGHT }), scene({ dog: LEFT, hammer: RIGHT })]
  const truth = new Map(pairStatementsOn([noun('dog'), noun('hammer')]).map(({ text, holds }) => [text, holds(left, right)]))
  const expected = { 'both images contain a dog': true, 'only the left image contains a dog': false, 'only the right image contains a hammer': true, 'the left image contains more dogs than the right image': true, 'there are exactly two dogs in total': false, 'exactly one of the images contains a hammer': true, 'both images contain the same number of things': true }
  for (const [text, value] of Object.entries(expected)) assert.is(truth.get(text), value, text)
})

test.run()
