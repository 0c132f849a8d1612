import { defineTask, erase, input, vmap, withChanges, type Changes, type Definition, type Job, type Of, type Tensor } from '../../compiler/language/index.ts'
import { drawn } from './choices.ts'
import { base, emoji, tiny, type Albef } from './config.ts'
import { mapsOf } from './gradcam.ts'
import { bertWeights, officialNames } from './official.ts'
import { albefState, contrasts, twinOf, type State } from './parameters.ts'
import { encodeCaptions, encodePictures, matchPairs, pooledCaptions } from './retrieval.ts'
import { pretrainStep, shardOf, type Batch } from './step.ts'
import { normalizePixels } from './vision.ts'

/** What the loader gives: bytes of pictures, word ids, and (where the text encoder is frozen) the pooled output for each caption. */
export const pretrainBatch = ({ batch: example, vision: { image }, text }: Albef) => ({
  image: input({ example, row: image, column: image, channel: 3 }, 'u8'),
  ids: input({ example, token: text.tokens }, 'i32'),
  pooled: text.encoder === 'cached' ? input({ example, hidden: text.hidden }) : undefined,
})

type Bytes = Of<ReturnType<typeof pretrainBatch>>

const batchOf = ({ image, ids, pooled }: Bytes): Batch => {
  const normalized = vmap('example', (bytes: Tensor<'row' | 'column' | 'channel', 'u8'>) => normalizePixels(bytes))(image)
  return pooled === undefined ? { image: normalized, ids } : { image: normalized, ids, pooled }
}

/** Pre-training as a definition: state, batch, both steps (all losses; contrast alone) and the programs of retrieval. */
export const pretraining = (config: Albef) => {
  const state = albefState(config)
  const batch = pretrainBatch(config)
  const step = (now: State, given: Bytes) => pretrainStep(config, drawn(config))(now, batchOf(given))
  const definition: Definition<typeof state, typeof batch, ReturnType<typeof step>[1]> = {
    state, batch, step,
    shard: shardOf(config),
    // The teacher starts as an exact copy of the student.
    initialize: fresh => ({ ...fresh, teacher: twinOf(fresh.student) }),
    ...(config.headStart > 0 ? { steps: { contrast: (now: State, given: Bytes) => pretrainStep(config, drawn(config), ['contrast'])(now, batchOf(given)) } } : {}),
    evaluate: { captions: encodeCaptions(config), pictures: encodePictures(config), match: matchPairs(config), ...(config.text.encoder === 'cached' ? { pooled: pooledCaptions(config) } : {}) },
  }
  return definition
}

const miniLmLayers = 6

/** Pre-training by a configuration. */
export const pretrainingJob = (config: Albef): Job => ({
  name: config.name,
  config,
  definition: erase(pretraining(config)),
  phases: [...(config.headStart > 0 ? [{ program: 'contrast', share: config.headStart }] : []), { program: 'step', share: 1 - config.headStart }],
  data: {
    set: 'emoji',
    picture: config.vision.image,
    tokens: config.text.tokens,
    words: config.text.words,
    batch: config.batch,
    distinct: 'concept',
    augmentation: { crop: { scale: [0.6, 1], ratio: [3 / 4, 4 / 3] }, flip: true, randaugment: false, grayscale: 0.1 },
    inputs: { image: 'picture', ids: 'words', ...(config.text.encoder === 'cached' ? { pooled: { captions: 'pooled', output: 'pooled' } } : {}) },
  },
  horizon: 'horizon',
  ...(config.text.hidden === 384 ? { weights: { source: 'minilm-l6-v2', names: bertWeights(config, miniLmLayers), copies: [['student/text', 'teacher/text'], ['student/fusion', 'teacher/fusion']] } } : {}),
  names: officialNames(config),
  shown: [
    ...(contrasts(config) ? [{ name: 'lossContrast', digits: 3 }] : []),
    { name: 'lossMatching', digits: 3 },
    { name: 'lossWords', digits: 3 },
    { name: 'matchingAccuracy', digits: 3 },
  ],
  retrieval: { pictures: 'pictures', captions: 'captions', match: 'match', candidates: 8 },
  ...(contrasts(config) ? { maps: mapsOf(config) } : {}),
})

const configured = (config: Albef) => (changes: Changes = {}): Job => pretrainingJob(withChanges(config, changes))

/** Pre-training of ALBEF: contrast, matching and masked words with momentum distillation (arXiv 2107.07651). */
export const task = defineTask({ name: 'albef pre-training', configs: { base: configured(base), emoji: configured(emoji), tiny: configured(tiny) } })
