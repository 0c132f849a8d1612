import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Task } from '../../../compiler/language/index.ts'
import { task as clip } from '../../../models/compare/clip.ts'
import { task as vilt } from '../../../models/compare/vilt.ts'
import type { HostArray, Session } from '../../../runtime/backends/backend.ts'
import { draws, keyOf } from '../../../runtime/data/random.ts'
import { bestColumns } from '../../../runtime/evaluation/candidates.ts'
import { scorePairs } from '../../../runtime/evaluation/matching.ts'
import { similarities } from '../../../runtime/evaluation/similarities.ts'
import { runInBatches } from '../../../runtime/training/feeds.ts'
import { initializeState, openJob } from '../../../runtime/training/session.ts'

const [seed, count] = [4, 12]

/** One batch of random pictures and captions: nothing to generalise, everything to remember. */
const open = async (task: Task) => {
  const job = task.configs['tiny']?.({ batch: count, 'vision.image': 16, 'text.layers': 1, 'text.tokens': 6, 'schedule.peak': 3e-3, 'schedule.warmup': 5, 'schedule.kind': 'linear' })
  assert.ok(job?.retrieval)
  const opened = await openJob(job)()
  if (E.isLeft(opened)) throw new Error(opened.left)
  const { session } = opened.right
  assert.ok(E.isRight(await initializeState(job, session, seed, 460)()))
  const random = draws(keyOf(seed))
  const { picture, tokens } = job.data
  const colours = Uint8Array.from({ length: 3 * count }, () => 256 * random())
  const image = Uint8Array.from({ length: count * picture * picture * 3 }, (_, i) => colours[Math.floor(i / (picture * picture * 3)) * 3 + (i % 3)] ?? 0)
  const ids = Int32Array.from({ length: count * tokens }, (_, i) => (i % tokens === 0 ? 2 : i % tokens > 4 ? 0 : 5 + Math.floor(90 * random())))
  return { session, retrieval: job.retrieval, phases: job.phases, feeds: { image, ids } }
}

const train = (session: Session, program: string, steps: number, feeds: Readonly<Record<string, HostArray>>): readonly number[] =>
  Array.from({ length: steps }, () => Number(session.run(program, feeds)['loss']?.[0]))

/** Recall at 1 from pictures to captions, by the matching program on every pair. */
const found = ({ session, retrieval, feeds }: Awaited<ReturnType<typeof open>>) => {
  const [pictures, captions] = [runInBatches(session, retrieval.pictures, { image: feeds.image }, count), runInBatches(session, retrieval.captions, { ids: feeds.ids }, count)]
  const table = (outputs: typeof pictures, name: string): Float32Array => outputs[name] ?? new Float32Array()
  const all = Array.from({ length: count * count }, (_, i) => [Math.floor(i / count), i % count] as const)
  const scores = scorePairs(session, retrieval.match, { pictures: table(pictures, 'tokens'), captions: table(captions, 'tokens'), ids: feeds.ids }, all)
  const right = Array.from({ length: count }, (_, row) => bestColumns(scores, row, count, 1, [row])[0] === row).filter(Boolean).length
  return { right, scores, dots: similarities(table(pictures, 'feature'), table(captions, 'feature'), table(pictures, 'feature').length / count) }
}

test('CLIP: pictures find their captions; what the matching program says is the similarity', async () => {
  const opened = await open(clip)
  const losses = train(opened.session, 'step', 80, opened.feeds)
  assert.ok(Math.abs((losses[0] ?? 0) - Math.log(count)) < 2.5 && (losses.at(-1) ?? 9) < 0.5, `${losses[0]}, then ${losses.at(-1)} (seed ${seed})`)
  const { right, scores, dots } = found(opened)
  opened.session.close()
  assert.ok(right >= count - 1, `${right} of ${count}`)
  scores.forEach((score, i) => assert.ok(Math.abs(score - (dots[i] ?? 0)) < 1e-5))
})

test('ViLT: pre-training and ranking both learn, and the one stream finds the captions', async () => {
  const opened = await open(vilt)
  assert.equal(opened.phases.map(({ program }) => program), ['step', 'rank'])
  const [first, second] = [train(opened.session, 'step', 60, opened.feeds), train(opened.session, 'rank', 400, opened.feeds)]
  const { right, dots } = found(opened)
  opened.session.close()
  assert.ok((first.at(-1) ?? 9) < (first[0] ?? 0) - 0.5, `${first[0]}, then ${first.at(-1)} (seed ${seed})`)
  assert.ok((second.at(-1) ?? 9) < 0.5, `ranking ${second[0]}, then ${second.at(-1)}`)
  assert.ok(right >= 9, `${right} of ${count}; ranking ${second[0]}, ${second[100]}, ${second.at(-1)}`)
  assert.ok(dots.every(dot => dot === 0))
})

test.run()
