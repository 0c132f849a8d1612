import { basename } from 'node:path'
import * as A from 'fp-ts/Array'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import type { Job, Measure } from '../../compiler/language/index.ts'
import { answerFile, proposalFile, sceneFile } from '../data/scenes/build.ts'
import { loadExamples, type Examples, type TaskForm } from '../data/tasks/examples.ts'
import { readKnownReferences } from '../data/refcoco.ts'
import { readAnswerList, readProposals } from '../data/tasks/forms.ts'
import { withBoxes } from '../data/tasks/matching.ts'
import { checkMeasure, type Asked } from '../evaluation/measure.ts'
import { emojiParts, type DataPart } from '../evaluation/report.ts'
import { scenesFor } from './built-sets.ts'
import type { Tokenizer } from '../data/tokenizer.ts'
import type { TrainingData } from './data.ts'
import type { Output } from './progress.ts'

/** The files that somebody names to measure a run on. */
export interface Named {
  readonly test: readonly string[]
  /** The list that answers are ranked from. */
  readonly answers: string | undefined
  /** The boxes that maps are scored on. */
  readonly proposals: string | undefined
  /** RefCOCO+'s `refs(unc).p`, which knows the true boxes that its lists of words do not have. */
  readonly references?: string | undefined
}

/** Parts of a data set, and the files that go with them. */
export interface Sources {
  readonly parts: readonly DataPart[]
  readonly answers: string | undefined
  readonly proposals: string | undefined
  readonly references?: string | undefined
}

const SCENE_PARTS = [
  ['val', 'val'],
  ['test_twemoji', 'Twemoji'],
  ['test_openmoji', 'OpenMoji'],
  ['test_unseen', 'unseen things'],
] as const

/** The form of the examples that a job is measured on: that of training, unless its measure says another. */
export const measuredForm = ({ measure, data: { examples } }: Job): Job['data']['examples'] => (measure?.kind === 'labels' ? (measure.form ?? examples) : examples)

const ofScenes = (job: Job, folder: string): Sources => ({
  parts: SCENE_PARTS.map(([name, label]) => ({ name, label, file: sceneFile(folder, scenesFor(measuredForm(job)), name) })),
  answers: job.measure?.kind === 'answers' ? answerFile(folder) : undefined,
  proposals: job.measure?.kind === 'boxes' ? proposalFile(folder) : undefined,
})

/** What a job is measured on: the named files, or the parts of the built set that it was trained on; nothing where there is neither. */
export const sourcesOf = (job: Job, { source }: TrainingData, { test, answers, proposals, references }: Named): E.Either<string, Sources> => {
  const kind = job.measure?.kind
  if (answers !== undefined && kind !== 'answers') return E.left(`--answers ${answers}: '${job.name}' ranks no answers`)
  if (proposals !== undefined && kind !== 'boxes') return E.left(`--proposals ${proposals}: '${job.name}' chooses no boxes`)
  if (references !== undefined && (kind !== 'boxes' || test.length === 0)) return E.left(`--references ${references}: ${kind === 'boxes' ? 'nothing to measure with it: name files with --test' : `'${job.name}' chooses no boxes`}`)
  if (test.length > 0 && kind === 'answers' && answers === undefined) return E.left('answers are ranked from a list: name it with --answers')
  if (test.length > 0 && kind === 'boxes' && proposals === undefined) return E.left('maps are scored on proposed boxes: name their file with --proposals')
  if (test.length === 0 && (answers ?? proposals) !== undefined) return E.left(`${answers ?? proposals ?? ''}: nothing to measure with it: name files with --test`)
  if (test.length > 0) return E.right({ parts: test.map(file => ({ name: basename(file, '.json'), label: basename(file, '.json'), file })), answers, proposals, references })
  if (source.set === 'scenes') return E.right(ofScenes(job, source.folder))
  return E.right({ parts: source.set === 'emoji' ? emojiParts(source.folder) : [], answers, proposals })
}

/** A part, read. */
export interface TaskPart extends DataPart {
  readonly examples: Examples
  /** How many examples cannot be answered right with the list or the boxes. */
  readonly impossible: number
}

/** Everything that a task is measured with. */
export interface TaskData extends Pick<Asked, 'answerList' | 'proposals'> {
  readonly measure: Measure
  readonly parts: readonly TaskPart[]
}

const optional = <A>(read: (file: string) => TE.TaskEither<string, A>, file: string | undefined): TE.TaskEither<string, A | undefined> => (file === undefined ? TE.right(undefined) : read(file))

const WHY: Readonly<Record<Measure['kind'], string>> = { labels: '', answers: 'have no answer in the list', boxes: 'are of pictures without proposals' }

/**
 * Reads what a task is measured on. Left: a file cannot be read, or the answer list or the boxes belong to other data, than the parts or
 * (answers) than the training data.
 */
export const openTaskData = (job: Job, measure: Measure, form: TaskForm, { parts, ...files }: Sources, { tokenizer, trained }: { readonly tokenizer: Tokenizer; readonly trained?: Examples }, output: Output): TE.TaskEither<string, TaskData> => {
  const reading = { size: job.data.picture, tokenizer, maxTokens: job.data.tokens, onWarning: (line: string) => void output.write(`${line}\n`) }
  const file = files.answers ?? files.proposals
  const because = (reason: string): string => (file === undefined ? reason : `${file}: ${reason}`)
  return pipe(
    TE.Do,
    TE.bind('answerList', () => optional(readAnswerList, files.answers)),
    TE.bind('proposals', () => optional(readProposals, files.proposals)),
    TE.bind('known', () => optional(readKnownReferences, files.references)),
    TE.chain(({ answerList, proposals, known }) => {
      const given = { measure, tokenizer, ...(answerList === undefined ? {} : { answerList }), ...(proposals === undefined ? {} : { proposals }) }
      const boxed = (part: DataPart, examples: Examples) =>
        known === undefined ? E.right(examples) : pipe(withBoxes(known, examples), E.mapLeft(reason => `${files.references ?? ''}: ${part.label}: ${reason}`))
      const checked = (part: DataPart, examples: Examples): E.Either<string, TaskPart> =>
        pipe(
          checkMeasure({ ...given, examples }),
          E.bimap(reason => because(`${part.label}: ${reason}`), impossible => {
            if (impossible > 0) output.write(`${part.label}: ${impossible} of ${examples.pictures} examples ${WHY[measure.kind]}; they count as wrong\n`)
            return { ...part, examples, impossible }
          }),
        )
      return pipe(
        TE.fromEither(measure.kind === 'answers' && parts.length > 0 && trained !== undefined ? pipe(checkMeasure({ ...given, examples: trained }), E.mapLeft(reason => because(`training data: ${reason}`))) : E.right(0)),
        TE.chain(() => pipe([...parts], A.traverse(TE.ApplicativeSeq)(part => pipe(loadExamples(part.file, form, reading), TE.chainEitherK(examples => boxed(part, examples)), TE.chainEitherK(examples => checked(part, examples)))))),
        TE.map((read): TaskData => ({ ...given, parts: read })),
      )
    }),
  )
}

/** What a run is measured on at its end: examples of a task, or parts for retrieval. */
export type Measured = { readonly kind: 'task'; readonly data: TaskData } | { readonly kind: 'retrieval'; readonly parts: readonly DataPart[]; readonly texts: 'names' | 'captions' } | { readonly kind: 'nothing' }

/** Opens and checks everything that a run is measured on, so that nothing is refused after training. */
export const openMeasured = (job: Job, data: TrainingData, named: Named, output: Output): TE.TaskEither<string, Measured> => {
  const { measure } = job
  const form = measuredForm(job)
  return pipe(
    TE.fromEither(sourcesOf(job, data, named)),
    TE.chain((sources): TE.TaskEither<string, Measured> => {
      if (sources.parts.length === 0) return TE.right({ kind: 'nothing' })
      if (measure !== undefined && form !== undefined && form.kind !== 'captions')
        return pipe(openTaskData(job, measure, form, sources, data.kind === 'examples' ? { tokenizer: data.tokenizer, trained: data.pairs } : { tokenizer: data.tokenizer }, output), TE.map(opened => ({ kind: 'task', data: opened })))
      if (job.retrieval !== undefined && data.kind === 'pairs') return TE.right({ kind: 'retrieval', parts: sources.parts, texts: data.source.set === 'emoji' && named.test.length === 0 ? 'names' : 'captions' })
      return named.test.length > 0 ? TE.left(`'${job.name}' has no measure: leave out --test`) : TE.right({ kind: 'nothing' })
    }),
  )
}
