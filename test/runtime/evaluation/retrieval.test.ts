import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { draws, keyOf } from '../../../runtime/data/random.ts'
import { chanceRetrieval, nameRetrieval } from '../../../runtime/data/retrieval.ts'
import { nameGallery } from '../../../runtime/evaluation/gallery.ts'
import { evaluateRetrieval, PLACES, type Evaluation, type Scoring } from '../../../runtime/evaluation/retrieval.ts'
import { evaluationOf, tokenizerOf, type Model } from './fake.ts'

const shares = ({ recalls }: Scoring) => ({ imageToText: PLACES.map(k => recalls.imageToText.get(k)), textToImage: PLACES.map(k => recalls.textToImage.get(k)) })

// Pictures 0 and 1 show concept 0, picture 2 shows concept 1, picture 3 shows concept 2.
const concept = [0, 0, 1, 2]
const similarity = [
  [0.9, 0.1, 0.2],
  [0.3, 0.8, 0.4],
  [0.5, 0.6, 0.1],
  [0.7, 0.2, 0.6],
]
const rightly: Model = { similarity, matching: (picture, text) => (concept[picture] === text ? 1 : -1) }

test('contrastive recalls are those of the similarities, in both directions', () => {
  const { contrastive } = evaluateRetrieval(evaluationOf(concept, rightly, { candidates: 2 }).options)
  assert.ok(contrastive)
  // Pictures 0 and 2 find their name first. Name 0 finds picture 0 first; name 1 finds picture 1 before its own; name 2 its own first.
  assert.equal(shares(contrastive), { imageToText: [2 / 4, 1, 1], textToImage: [2 / 3, 1, 1] })
  assert.equal(contrastive.bestPictures, [[0, 3, 2, 1], [1, 2, 3, 0], [3, 1, 0, 2]])
})

test('the candidates are ranked again by the matching score alone', () => {
  const { reranked, candidates } = evaluateRetrieval(evaluationOf(concept, rightly, { candidates: 2 }).options)
  assert.equal(candidates, { imageToText: 2, textToImage: 2 })
  // Picture 1 has names 1 and 2 as its candidates, so its own name does not come first; picture 3's comes first now, and name 1's picture too.
  assert.equal(shares(reranked), { imageToText: [3 / 4, 1, 1], textToImage: [1, 1, 1] })
  assert.equal(reranked.bestPictures, [[0, 3], [2, 1], [3, 1]])
})

test('a matching head that is always wrong loses what the contrastive scores had found', () => {
  const wrongly: Model = { similarity, matching: (picture, text) => (concept[picture] === text ? -50 : -40) }
  const { reranked } = evaluateRetrieval(evaluationOf(concept, wrongly, { candidates: 2 }).options)
  assert.equal(shares(reranked), { imageToText: [0, 1, 1], textToImage: [0, 1, 1] })
})

test('answers that are no candidates count as -100', () => {
  // Seven pictures of seven concepts, each most similar to its own name: with one candidate, that one against six unscored ones.
  const own = Array.from({ length: 7 }, (_, i) => i)
  const diagonal = own.map(row => own.map(column => Number(row === column)))
  const above: Model = { similarity: diagonal, matching: () => -99 }
  assert.equal(shares(evaluateRetrieval(evaluationOf(own, above, { candidates: 1 }).options).reranked), { imageToText: [1, 1, 1], textToImage: [1, 1, 1] })
  const below: Model = { similarity: diagonal, matching: () => -101 }
  assert.equal(shares(evaluateRetrieval(evaluationOf(own, below, { candidates: 1 }).options).reranked), { imageToText: [0, 0, 1], textToImage: [0, 0, 1] })
})

test('there are no more candidates than the gallery holds', () => {
  const { reranked, candidates, scoredPairs } = evaluateRetrieval(evaluationOf(concept, rightly, { candidates: 128 }).options)
  assert.equal(candidates, { imageToText: 3, textToImage: 4 })
  assert.is(scoredPairs, 12)
  assert.equal(shares(reranked), { imageToText: [1, 1, 1], textToImage: [1, 1, 1] })
})

const seed = 17
const random = draws(keyOf(seed))
const randomConcept = [0, 1, 2, 3, 4, 5, 6, 7, 0, 3, 3, 5]
const randomModel: Model = {
  similarity: randomConcept.map(() => Array.from({ length: 8 }, random)),
  matching: (picture, text) => Math.sin(12.9898 * picture + 78.233 * text),
}

test('each pair that either direction wants is scored once', () => {
  const reports: (readonly [number, number])[] = []
  const { options, judgedPairs } = evaluationOf(randomConcept, randomModel, { candidates: 3 })
  const { scoredPairs } = evaluateRetrieval({ ...options, onProgress: (done, total) => void reports.push([done, total]) })
  const top = (values: readonly number[]): number[] => values.map((_, i) => i).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0)).slice(0, 3)
  const fromPictures = randomConcept.flatMap((_, picture) => top(randomModel.similarity[picture] ?? []).map(text => `${picture}-${text}`))
  const fromTexts = Array.from({ length: 8 }, (_, text) => top(randomModel.similarity.map(row => row[text] ?? 0)).map(picture => `${picture}-${text}`)).flat()
  const wanted = [...new Set([...fromPictures, ...fromTexts])].sort()
  assert.ok(wanted.length < fromPictures.length + fromTexts.length, `seed ${seed}: no pair is wanted twice`)
  assert.equal(judgedPairs.map(pair => pair.join('-')).sort(), wanted, `seed ${seed}`)
  assert.is(scoredPairs, wanted.length)
  assert.equal(reports, wanted.map((_, i) => [i + 1, wanted.length]))
})

test('the sizes of the programs’ batches change nothing', () => {
  const withoutSeconds = ({ seconds: _, ...rest }: Evaluation) => rest
  const alone = withoutSeconds(evaluateRetrieval(evaluationOf(randomConcept, randomModel, { candidates: 3, encoded: 1 }).options))
  for (const [encoded, judged] of [[5, 4], [12, 7], [64, 256]] as const)
    assert.equal(withoutSeconds(evaluateRetrieval(evaluationOf(randomConcept, randomModel, { candidates: 3, encoded, judged }).options)), alone, `seed ${seed}`)
})

test('all candidates ranked by the contrastive scores themselves give the contrastive recalls, which are those of nameRetrieval', () => {
  const again: Model = { ...randomModel, matching: (picture, text) => randomModel.similarity[picture]?.[text] ?? 0 }
  const { contrastive, reranked } = evaluateRetrieval(evaluationOf(randomConcept, again, { candidates: 12 }).options)
  assert.ok(contrastive)
  assert.equal(reranked, contrastive, `seed ${seed}`)
  const { imageToText, textToImage } = nameRetrieval(Float32Array.from(again.similarity.flat()), Int32Array.from(randomConcept), 8, PLACES)
  assert.equal(contrastive.recalls, { imageToText, textToImage }, `seed ${seed}`)
})

test('a model that scores everything alike finds nothing that it must not', () => {
  const own = Array.from({ length: 8 }, (_, i) => i)
  for (const value of [0, Number.NaN]) {
    const model: Model = { similarity: own.map(() => own.map(() => value)), matching: () => value }
    const { contrastive, reranked } = evaluateRetrieval(evaluationOf(own, model, { candidates: 6 }).options)
    assert.ok(contrastive)
    assert.equal(shares(contrastive), { imageToText: [0, 0, 1], textToImage: [0, 0, 1] })
    // The right answer is no candidate: it is as good as the other one that is none, and no better than it.
    assert.equal(shares(reranked), { imageToText: [0, 0, 1], textToImage: [0, 0, 1] })
    assert.ok(reranked.bestPictures.every((pictures, text) => !pictures.includes(text)))
  }
  assert.is(chanceRetrieval(Int32Array.from(own), 8, [1]).imageToText.get(1), 1 / 8)
})

test('names that are the same text once cleaned are one text of the gallery', () => {
  const tokenizer = tokenizerOf(['keycap', 'red', 'heart'])
  const { texts, ids, right } = nameGallery({ concepts: ['Keycap: #', 'red heart', 'keycap: *'], concept: Int32Array.of(2, 1, 0, 1) }, tokenizer, 4)
  assert.equal(texts, ['keycap', 'red heart'])
  assert.equal(right, [[0], [1], [0], [1]])
  assert.equal([...ids], [2, 5, 0, 0, 2, 6, 7, 0])
  assert.equal([...nameGallery({ concepts: ['red heart'], concept: Int32Array.of(0) }, tokenizer, 2).ids], [2, 6])
})

test('a model without features has every pair ranked by the matching score, whatever the number of candidates', () => {
  const { options } = evaluationOf(randomConcept, randomModel, { candidates: 3 })
  const { session } = options
  const signatures = Object.fromEntries(Object.entries(session.signatures).map(([name, one]) => [name, { ...one, outputs: one.outputs.filter(output => output.name !== 'feature') }]))
  const { contrastive, reranked, candidates } = evaluateRetrieval({ ...options, session: { ...session, signatures } })
  assert.is(contrastive, undefined)
  assert.equal(candidates, { imageToText: 8, textToImage: 12 }, `seed ${seed}`)
  assert.equal(reranked, evaluateRetrieval(evaluationOf(randomConcept, randomModel, { candidates: 12 }).options).reranked, `seed ${seed}`)
})

test.run()
