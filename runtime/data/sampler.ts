import * as E from 'fp-ts/Either'
import type { PairTable } from './dataset.ts'
import { below, draws, fold, type Key, keyOf, permutation } from './random.ts'

/** The rows of one batch: which picture, and which of the distinct captions with it. */
export interface BatchRows {
  readonly picture: Int32Array
  readonly caption: Int32Array
}

/** The order of the data as a function of (seed, step): a run that goes on at a step needs nothing else to be exact. */
export interface Sampler {
  /** Full batches of one pass over the data; what does not fill a batch is left out of the pass, other pictures each time. */
  readonly stepsPerEpoch: number
  readonly indicesOf: (step: number) => BatchRows
}

export interface SamplerOptions {
  readonly batch: number
  readonly seed: number
  /** 'concept': no concept twice in a batch. 'picture' (the default): no picture twice in a pass. */
  readonly distinct?: 'concept' | 'picture'
}

type Labels = Pick<PairTable, 'pictures' | 'captionStart' | 'captionRows' | 'concept'>

const STREAM = { order: 1, caption: 2 } as const

const countConcepts = (concept: Int32Array): Map<number, number> => {
  const counts = new Map<number, number>()
  for (const value of concept) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

/**
 * The most batches without a repeated concept. With s batches a concept can be used at most s times, so s batches can be
 * filled exactly if the sum of min(pictures of the concept, s) reaches s · batch.
 */
const mostDistinctBatches = (counts: Iterable<number>, pictures: number, batch: number): number => {
  const all = [...counts]
  const fits = (steps: number) => all.reduce((sum, count) => sum + Math.min(count, steps), 0) >= steps * batch
  let steps = Math.floor(pictures / batch)
  while (steps > 0 && !fits(steps)) steps--
  return steps
}

/** The first pictures in a random order, as many as fill the batches, no concept more often than there are batches. */
const chosen = (key: Key, concept: Int32Array, steps: number, batch: number): number[] => {
  const used = new Map<number, number>()
  const pictures: number[] = []
  for (const picture of permutation(key, concept.length)) {
    if (pictures.length === steps * batch) break
    const own = concept[picture] ?? 0
    const count = used.get(own) ?? 0
    if (count === steps) continue
    used.set(own, count + 1)
    pictures.push(picture)
  }
  return pictures
}

/**
 * Deals the pictures, sorted by concept in the order in which concepts first appear, out over the batches in turn: one
 * concept's pictures lie side by side and are at most as many as there are batches, so they fall into different ones.
 */
const dealt = (pictures: readonly number[], concept: Int32Array, steps: number, batch: number): Int32Array => {
  const groups = new Map<number, number[]>()
  for (const picture of pictures) {
    const own = concept[picture] ?? 0
    const group = groups.get(own)
    if (group === undefined) groups.set(own, [picture])
    else group.push(picture)
  }
  const order = new Int32Array(steps * batch)
  let dealtOut = 0
  for (const group of groups.values())
    for (const picture of group) {
      order[(dealtOut % steps) * batch + Math.floor(dealtOut / steps)] = picture
      dealtOut++
    }
  return order
}

/** Batches in random order, and the rows of each too, so that a row's place says nothing about how common its concept is. */
const shuffleBatches = (key: Key, order: Int32Array, steps: number, batch: number): Int32Array => {
  const shuffled = new Int32Array(order.length)
  permutation(key, steps).forEach((from, to) => {
    permutation(fold(key, to, 1), batch).forEach((row, place) => {
      shuffled[to * batch + place] = order[from * batch + row] ?? 0
    })
  })
  return shuffled
}

/** Random order in which no concept stands twice in a batch. */
const distinctOrder = (key: Key, { concept }: Labels, steps: number, batch: number): Int32Array =>
  shuffleBatches(fold(key, 1), dealt(chosen(key, concept, steps, batch), concept, steps, batch), steps, batch)

/** The order of the pictures in one pass; made anew for each epoch and kept until another is asked for. */
const epochOrders = (labels: Labels, { batch, seed, distinct }: SamplerOptions, steps: number) => {
  let kept: { epoch: number; order: Int32Array } | undefined
  return (epoch: number): Int32Array => {
    if (kept?.epoch === epoch) return kept.order
    const key = fold(keyOf(seed), STREAM.order, epoch)
    const order = distinct === 'concept' ? distinctOrder(key, labels, steps, batch) : permutation(key, labels.pictures)
    kept = { epoch, order }
    return order
  }
}

/** Left: the set cannot fill one batch. */
export const createSampler = (labels: Labels, options: SamplerOptions): E.Either<string, Sampler> => {
  const { batch, seed } = options
  const counts = countConcepts(labels.concept)
  const distinct = options.distinct === 'concept'
  const stepsPerEpoch = distinct ? mostDistinctBatches(counts.values(), labels.pictures, batch) : Math.floor(labels.pictures / batch)
  if (stepsPerEpoch === 0)
    return E.left(`a batch of ${batch} is larger than the data: ${distinct ? `${counts.size} concepts` : `${labels.pictures} pictures`}`)
  const orderOf = epochOrders(labels, options, stepsPerEpoch)
  const captionKey = fold(keyOf(seed), STREAM.caption)
  const indicesOf = (step: number): BatchRows => {
    const start = (step % stepsPerEpoch) * batch
    const picture = orderOf(Math.floor(step / stepsPerEpoch)).slice(start, start + batch)
    const caption = picture.map((index, row) => {
      const first = labels.captionStart[index] ?? 0
      const count = (labels.captionStart[index + 1] ?? 0) - first
      return labels.captionRows[first + below(draws(fold(captionKey, step, row)), count)] ?? 0
    })
    return { picture, caption }
  }
  return E.right({ stepsPerEpoch, indicesOf })
}
