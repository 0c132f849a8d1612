import { join, resolve } from 'node:path'
import { sequenceS } from 'fp-ts/Apply'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { entryForm, named, readEntries, text } from '../data/entries.ts'
import { describeError } from '../data/errors.ts'
import { proposalFile, sceneFile } from '../data/scenes/build.ts'
import type { TaskName } from '../data/scenes/annotate.ts'
import { SCENE_SPLITS, type SceneSplit } from '../data/scenes/splits.ts'
import { pictureSizes } from '../data/tasks/examples.ts'
import { type Proposals, type QuestionEntry, readProposals, readQuestions, readReferences, readStatements, type ReferenceEntry, type StatementEntry } from '../data/tasks/forms.ts'
import { questionFloors, referenceFloors, type Referring, statementFloors } from './task-floors.ts'

/** The floors of a built set of scenes, part by part: each is trained on `train` and marked on the other parts. */

export const ENTAILMENT_LABELS = { contradiction: 0, neutral: 1, entailment: 2 } as const
export const PAIR_LABELS = { False: 0, True: 1 } as const
export const ASSIGNMENT_LABELS = { first: 0, second: 1, neither: 2 } as const

interface Part {
  readonly references: readonly Referring[]
  readonly questions: readonly QuestionEntry[]
  readonly statements: readonly StatementEntry[]
  readonly pairs: readonly StatementEntry[]
  readonly assignments: readonly StatementEntry[]
  /** Pictures in which a card lies over a thing. */
  readonly cards: ReadonlySet<string>
  /** How many things each picture shows. */
  readonly things: ReadonlyMap<string, number>
}

const list = named('a list', (value): value is unknown[] => Array.isArray(value))
const scene = entryForm({ image: text, things: list }, { card: list })

const truthsOf = (folder: string, split: SceneSplit): TE.TaskEither<string, Pick<Part, 'cards' | 'things'>> =>
  pipe(
    readEntries(join(folder, `scenes_${split}.json`), scene),
    TE.map((scenes) => ({
      cards: new Set(scenes.filter(({ card }) => card !== undefined).map(({ image }) => image)),
      things: new Map(scenes.map(({ image, things }) => [image, things.length])),
    })),
  )

const withSizes = (folder: string, entries: readonly ReferenceEntry[]): TE.TaskEither<string, readonly Referring[]> => {
  const fileOf = ({ image }: ReferenceEntry) => resolve(folder, image)
  return TE.tryCatch(
    async () => {
      const sizes = await pictureSizes([...new Set(entries.map(fileOf))])
      return entries.map((entry) => ({ ...entry, ...(sizes.get(fileOf(entry)) ?? { height: 0, width: 0 }) }))
    },
    (cause) => `${folder}: the size of a picture cannot be read: ${describeError(cause)}`,
  )
}

const readPart = (folder: string, split: SceneSplit): TE.TaskEither<string, Part> =>
  pipe(
    sequenceS(TE.ApplySeq)({
      references: pipe(
        readReferences(sceneFile(folder, 'grounding', split)),
        TE.flatMap((entries) => withSizes(folder, entries)),
      ),
      questions: readQuestions(sceneFile(folder, 'vqa', split)),
      statements: readStatements(sceneFile(folder, 'entailment', split), 1, ENTAILMENT_LABELS),
      pairs: readStatements(sceneFile(folder, 'nlvr', split), 2, PAIR_LABELS),
      assignments: readStatements(sceneFile(folder, 'assignment', split), 2, ASSIGNMENT_LABELS),
      truths: truthsOf(folder, split),
    }),
    TE.map(({ truths, ...rest }) => ({ ...rest, ...truths })),
  )

/** One figure: the share of the examples of a part that a floor gets right. */
export interface Floor {
  readonly task: string
  readonly split: string
  readonly examples: number
  readonly floor: string
  readonly share: number
}

interface Parts extends Readonly<Record<SceneSplit, Part>> {}

const trained = ({ train, ...tests }: Parts, proposals: Proposals) => {
  const cards = new Set([train, ...Object.values(tests)].flatMap((part) => [...part.cards]))
  // The card crossed with the words of the sentence: what somebody would know who saw whether there is a card, and nothing else.
  const hint = ({ images: [image = ''], sentence }: StatementEntry) => (cards.has(image) ? sentence.replace(/\w+/g, '+$&') : '')
  return {
    references: once(() => referenceFloors(train.references, proposals)),
    questions: once(() => questionFloors(train.questions)),
    statements: once(() => statementFloors(train.statements)),
    hinted: once(() => statementFloors(train.statements, hint)),
    pairs: once(() => statementFloors(train.pairs)),
    assignments: once(() => statementFloors(train.assignments)),
  }
}

/** Made when it is first asked for. */
const once = <A>(make: () => A): (() => A) => {
  let made: { readonly value: A } | undefined
  return () => (made ??= { value: make() }).value
}

type Measured = Exclude<TaskName, 'caption'>
const MEASURED: readonly Measured[] = ['grounding', 'vqa', 'entailment', 'nlvr', 'assignment']

type Line = (floor: string, share: number) => Floor

const groundingFloors = (line: Line, train: ReturnType<typeof trained>, test: Part): readonly Floor[] => {
  const references = train.references()(test.references)
  // Who sees which boxes are things, but does not read: maps of an untrained model come near this.
  const things = test.references.reduce((sum, { image }) => sum + 1 / (test.things.get(image) ?? 1), 0) / Math.max(1, test.references.length)
  return [
    line('random box', references.randomBox),
    line('centre box', references.centreBox),
    line('largest box', references.largestBox),
    line('words and boxes, no picture', references.wordsAndBoxes),
    line('picture without words: a thing by lot', things),
  ]
}

const floorsOf = (task: Measured, split: SceneSplit, train: ReturnType<typeof trained>, test: Part): readonly Floor[] => {
  const line = (name: string, examples: number): Line => (floor, share) => ({ task: name, split, examples, floor, share })
  switch (task) {
    case 'grounding':
      return groundingFloors(line('grounding', test.references.length), train, test)
    case 'vqa': {
      const [own, questions] = [line('questions', test.questions.length), train.questions()(test.questions)]
      return [own(`majority ('${questions.answer}')`, questions.majority), own('text only', questions.textOnly.accuracy), ...[...questions.textOnly.bySort].map(([sort, { accuracy }]) => own(`  of which ${sort}`, accuracy))]
    }
    case 'entailment': {
      const [own, statements, hinted] = [line('entailment', test.statements.length), train.statements()(test.statements), train.hinted()(test.statements)]
      return [own('majority', statements.majority), own('text only', statements.textOnly), own('text and whether there is a card', hinted.textOnly)]
    }
    case 'nlvr': {
      const [own, pairs] = [line('two pictures', test.pairs.length), train.pairs()(test.pairs)]
      return [own('majority', pairs.majority), own('text only', pairs.textOnly)]
    }
    case 'assignment': {
      const [own, captions] = [line('text assignment', test.assignments.length), train.assignments()(test.assignments)]
      return [own('majority', captions.majority), own('text only', captions.textOnly)]
    }
  }
}

/** Floors of all tasks, or of some, on all parts but the first. Left: a file of the set is missing or wrong. */
export const sceneFloors = (folder: string, tasks: readonly TaskName[] = MEASURED): TE.TaskEither<string, readonly Floor[]> => {
  const part = (split: SceneSplit) => readPart(folder, split)
  return pipe(
    sequenceS(TE.ApplySeq)({
      proposals: readProposals(proposalFile(folder)),
      parts: sequenceS(TE.ApplySeq)({ train: part('train'), val: part('val'), test_twemoji: part('test_twemoji'), test_openmoji: part('test_openmoji'), test_unseen: part('test_unseen') }),
    }),
    TE.map(({ proposals, parts }) => {
      const train = trained(parts, proposals)
      return SCENE_SPLITS.filter((split) => split !== 'train').flatMap((split) => MEASURED.filter((task) => tasks.includes(task)).flatMap((task) => floorsOf(task, split, train, parts[split])))
    }),
  )
}

/** The figures in per cent, a row a floor and a column a part. */
export const floorTable = (floors: readonly Floor[]): string => {
  const splits = [...new Set(floors.map(({ split }) => split))]
  const rows = [...new Set(floors.map(({ task, floor }) => `${task}\t${floor}`))].map((key) => {
    const [task = '', floor = ''] = key.split('\t')
    const own = splits.map((split) => floors.find((one) => one.task === task && one.floor === floor && one.split === split))
    return { task, floor, cells: own.map((one) => (one === undefined ? '-' : (100 * one.share).toFixed(1))) }
  })
  const wide = (texts: readonly string[]) => Math.max(...texts.map(({ length }) => length))
  const [tasks, names, cells] = [wide(rows.map(({ task }) => task)), wide(rows.map(({ floor }) => floor)), wide(splits)]
  const line = (task: string, floor: string, values: readonly string[]) => [task.padEnd(tasks), floor.padEnd(names), ...values.map((value) => value.padStart(cells))].join('  ')
  return [
    line('', 'right, %', splits),
    ...rows.map(({ task, floor, cells: values }, index) => line(rows[index - 1]?.task === task ? '' : task, floor, values)),
  ].join('\n')
}
