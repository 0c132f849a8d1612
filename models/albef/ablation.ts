import { defineTask, withChanges, type Changes, type Job } from '../../compiler/language/index.ts'
import { base, emoji, type Albef } from './config.ts'
import { pretrainingJob } from './pretrain.ts'
import { emoji as retrieval, retrievalJob, type Retrieval } from './retrieval-task.ts'
import { configured } from './tuning.ts'

/** A model of two million weights beside its word table, for pictures of 32 px: nothing in it is trained beforehand. */
const small: Albef = {
  ...emoji,
  name: 'ablation',
  vision: { image: 32, patch: 8, hidden: 96, layers: 3, heads: 3, inner: 384, stem: [{ size: 4, channels: 48 }] },
  text: { ...base.text, hidden: 96, heads: 4, inner: 384, layers: 1, fusionLayers: 2, tokens: 8, dropout: 0, pool: 'first', encoder: 'trained' },
  embed: 96,
  queue: 256,
  batch: 64,
  anchors: 32,
  masking: { kind: 'fixed', count: 1 },
  distillation: { alpha: 0.4, ramp: 200 },
  schedule: { kind: 'linear', first: 1e-5, peak: 1e-3, last: 1e-5, warmup: 50, steps: 1500, epoch: 1 },
  headStart: 0,
}

const uniform: Albef['negatives'] = { easyUntil: 1, hardFrom: 1 }

/** What is added to matching and masked words from row to row of the paper's Table 1. */
const rows = {
  'mlm-itm': { ...small, losses: ['words', 'matching'], distilled: [], negatives: uniform },
  itc: { ...small, distilled: [], negatives: uniform },
  hard: { ...small, distilled: [] },
  'itc-distilled': { ...small, distilled: ['contrast'] },
  full: small,
} satisfies Record<string, Albef>

/** Fine-tuning for retrieval of any of them; `retrieval-distilled` with the teacher's share in its targets. */
const tuned = (teacher: 'momentum' | 'none'): Retrieval => ({
  ...retrieval,
  name: small.name,
  vision: small.vision,
  text: small.text,
  embed: small.embed,
  queue: small.queue,
  batch: small.batch,
  optimizer: small.optimizer,
  negatives: { easyUntil: 0, hardFrom: 0 },
  distillation: { alpha: teacher === 'none' ? 0 : 0.4, ramp: 0, teacher },
  schedule: { ...small.schedule, peak: 3e-4, warmup: 20, steps: 100 },
  candidates: 16,
  pretrained: small.vision.image,
})

/** Pictures of the emoji set, one of a concept in a batch, without those changes of a picture that need larger ones. */
const ofEmoji = (job: Job): Job => ({ ...job, data: { ...job.data, set: 'emoji', distinct: 'concept', augmentation: { crop: { scale: [0.6, 1], ratio: [3 / 4, 4 / 3] }, flip: true, randaugment: false, grayscale: 0.1 } } })

const pretraining = (config: Albef) => (changes: Changes = {}): Job => ofEmoji(pretrainingJob(withChanges(config, changes)))
const tuning = (config: Retrieval) => configured(config, own => ofEmoji(retrievalJob('retrieval', own)))

/** The rows of the paper's Table 1 in small: five ways of pre-training, and fine-tuning for retrieval with and without distillation. */
export const task = defineTask({
  name: 'ablation',
  configs: {
    ...Object.fromEntries(Object.entries(rows).map(([name, config]) => [name, pretraining(config)])),
    retrieval: tuning(tuned('none')),
    'retrieval-distilled': tuning(tuned('momentum')),
  },
})
