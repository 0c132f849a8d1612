import type { Session } from '../backends/backend.ts'
import { loadPairs } from '../data/dataset.ts'
import { chanceOf, type Recalls } from '../data/retrieval.ts'
import { someConcepts } from '../evaluation/gallery.ts'
import { bothWays, emojiParts } from '../evaluation/report.ts'
import { evaluateRetrieval, PLACES, type Evaluation } from '../evaluation/retrieval.ts'
import { stateSpecs } from '../state.ts'
import { openData } from '../training/data.ts'
import { trainedModel, type OpenedRun } from '../training/evaluate.ts'
import { progressBar, type Output } from '../training/progress.ts'
import { need, Refusal } from '../training/refusal.ts'
import type { Cell, MarksOfCell } from './cell.ts'
import { groupedBy } from './groups.ts'
import { linesOf } from './lines.ts'
import type { Planned } from './plan.ts'

/** A model of the comparison: what the table calls it, its file, and by which orders of the evaluation it is judged. */
export interface Contender {
  readonly name: string
  readonly file: string
  readonly by: readonly MarksOfCell['by'][]
}

/** Candidates that are ranked again, at the least: with fewer, nothing could be found at place 10. */
const LEAST_CANDIDATES = 16

/** Seconds that one text takes: encoding it, comparing its feature with all pictures, and matching its candidates. */
export const secondsPerQuery = ({ seconds, texts, scoredPairs, candidates }: Pick<Evaluation, 'seconds' | 'texts' | 'scoredPairs' | 'candidates'>, by: MarksOfCell['by']): number =>
  (seconds.texts + seconds.similarities) / texts.length + (by === 'reranked' && scoredPairs > 0 ? (seconds.matching / scoredPairs) * candidates.textToImage : 0)

const parametersOf = (session: Session): number =>
  [...stateSpecs(session).values()].filter(({ name }) => name.startsWith('student/')).reduce((sum, { axes }) => sum + axes.reduce((product, { size }) => product * size, 1), 0)

const refused = (sentence: string): never => {
  throw new Refusal(sentence)
}

const firstPlace = (recalls: Recalls): number => 100 * (recalls.get(1) ?? 0)

const recallsOf = (evaluation: Evaluation, by: MarksOfCell['by']) => evaluation[by]?.recalls ?? refused('the model has no contrastive features to be judged by')

const marksOf = (by: MarksOfCell['by'], names: Evaluation, groups: Evaluation): MarksOfCell =>
  ({ by, ...bothWays(recallsOf(names, by)), groups: firstPlace(recallsOf(groups, by).imageToText), secondsPerQuery: secondsPerQuery(names, by) })

/**
 * Measures a finished run on the names of `gallery` concepts of each test split of the emoji set, and on the groups of all its pictures. Refuses a
 * model that has no programs for retrieval.
 */
export const measure = async ({ name, file, by }: Contender, opened: OpenedRun, { steps, secondsOfStep }: Planned, gallery: number, output: Output): Promise<Cell> => {
  const { job, config } = opened
  if (job.retrieval === undefined) throw new Refusal(`${file}: '${job.name}' has no programs for retrieval`)
  const data = need(await openData(job, config.data ?? undefined, output)())
  if (data.kind === 'examples' || data.source.set !== 'emoji') throw new Refusal(`${file}: the comparison is made on the emoji set`)
  const session = await trainedModel(opened)
  const programs = { ...job.retrieval, candidates: Math.max(job.retrieval.candidates, LEAST_CANDIDATES) }
  const asked = { session, programs, tokenizer: data.tokenizer, tokens: job.data.tokens }
  // TensorFlow prepares itself in the first call of each program: that is no query's time.
  evaluateRetrieval({ ...asked, pairs: someConcepts(data.pairs, 1) })
  const splits: Cell['splits'] = []
  for (const part of emojiParts(data.source.folder)) {
    const all = need(await loadPairs(part.file, { size: job.data.picture, tokenizer: data.tokenizer, maxTokens: job.data.tokens })())
    const pairs = someConcepts(all, gallery)
    let bar: ReturnType<typeof progressBar> | undefined
    const onProgress = (done: number, total: number): void => {
      bar ??= progressBar(output, `matching, ${part.label}`, total)
      bar.update(done)
    }
    const names = evaluateRetrieval({ ...asked, pairs, onProgress })
    bar?.finish()
    const { pairs: grouped, majority } = need(await groupedBy(part.file, all)())
    const groups = evaluateRetrieval({ ...asked, pairs: grouped })
    const chance = { ...bothWays(chanceOf(names.right, names.texts.length, PLACES)), groups: 100 * majority }
    splits.push({ label: part.label, images: names.pictures, texts: names.texts.length, chance, marks: by.map(each => marksOf(each, names, groups)) })
  }
  const parameters = parametersOf(session)
  session.close()
  return { model: name, steps, secondsOfStep, parameters, lines: need(await linesOf(file)()), splits }
}
