/** The three losses of pre-training. */
export type Loss = 'contrast' | 'matching' | 'words'

/** Sizes and constants of ALBEF (arXiv 2107.07651) and its pre-training; the official values are those of `base`. */
export interface Albef {
  readonly name: string
  readonly vision: {
    readonly image: number
    readonly patch: number
    readonly hidden: number
    readonly layers: number
    readonly heads: number
    readonly inner: number
    /** Stages before the patch embedding, each a linear map of squares of `size` to `channels`; none in the paper. */
    readonly stem: readonly { readonly size: number; readonly channels: number }[]
  }
  readonly text: {
    readonly words: number
    readonly places: number
    readonly hidden: number
    readonly heads: number
    readonly inner: number
    /** Layers that read text alone, and layers that also look at the image. */
    readonly layers: number
    readonly fusionLayers: number
    /** Tokens of a caption, [CLS] included. */
    readonly tokens: number
    readonly dropout: number
    readonly special: { readonly pad: number; readonly cls: number; readonly mask: number }
    /** The contrastive feature comes from [CLS], as in the paper, or from the mean over the words. */
    readonly pool: 'first' | 'mean'
    /** Trained with the rest; or frozen; or frozen with its pooled output computed once a caption and given with the batch. */
    readonly encoder: 'trained' | 'frozen' | 'cached'
  }
  /** Length of the contrastive features. */
  readonly embed: number
  /** Rows of each queue of momentum features; a multiple of the batch. */
  readonly queue: number
  /** Examples of a step. */
  readonly batch: number
  /** Groups of a batch, equally large, each of which has its own losses and negatives: officially one a device. */
  readonly groups: number
  /** Examples of a group that the matching and masking losses see: the first so many. */
  readonly anchors: number
  /** Which positions of a caption are masked: each with a probability (the paper), or a fixed number, drawn. */
  readonly masking: { readonly kind: 'bernoulli'; readonly probability: number } | { readonly kind: 'fixed'; readonly count: number }
  /**
   * The negatives of matching are drawn by similarity from the first joint step on (0 and 0: the paper); or uniformly for a share of the joint
   * steps, then ever more by similarity up to a later share. A fusion encoder that starts from nothing learns nothing from hard pairs alone.
   */
  readonly negatives: { readonly easyUntil: number; readonly hardFrom: number }
  /** The losses whose sum is trained; all three in the paper. */
  readonly losses: readonly Loss[]
  /** The losses whose targets are mixed with the teacher's; both in the paper. */
  readonly distilled: readonly ('contrast' | 'words')[]
  readonly momentum: number
  readonly temperature: { readonly first: number; readonly low: number; readonly high: number }
  /** Share of the teacher's distribution in the targets; rises from 0 over `ramp` steps. */
  readonly distillation: { readonly alpha: number; readonly ramp: number }
  readonly optimizer: { readonly decay: number; readonly beta1: number; readonly beta2: number; readonly epsilon: number; /** Learning rates of parts, as factors of the schedule's. */ readonly factors: Readonly<Record<string, number>> }
  readonly schedule: Schedule
  /** Share of the steps, at the start, that trains the contrastive loss alone. */
  readonly headStart: number
}

/** Learning rates, per step. `staircase` is what the official code does, `linear` what the paper says. */
export interface Schedule {
  readonly kind: 'staircase' | 'linear'
  readonly first: number
  readonly peak: number
  readonly last: number
  /** Steps of warm-up, and steps in all. */
  readonly warmup: number
  readonly steps: number
  /** Steps of an epoch; only the staircase looks at it. */
  readonly epoch: number
  /** Where given: a warm-up and a descent of their own, over the joint steps, for the parts that a head start leaves alone. */
  readonly joint?: { readonly peak: number; readonly warmup: number }
}

const special = { pad: 0, cls: 101, mask: 103 } as const
const adam = { decay: 0.02, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, factors: {} } as const

/** The paper's model: ViT-B/16 and BERT-base, 209,937,725 online parameters, pre-trained at 256 px on 8 groups of 64 pairs a step. */
export const base: Albef = {
  name: 'base',
  vision: { image: 256, patch: 16, hidden: 768, layers: 12, heads: 12, inner: 3072, stem: [] },
  text: { words: 30522, places: 512, hidden: 768, heads: 12, inner: 3072, layers: 6, fusionLayers: 6, tokens: 30, dropout: 0.1, special, pool: 'first', encoder: 'trained' },
  embed: 256,
  queue: 65536,
  batch: 512,
  groups: 8,
  anchors: 64,
  masking: { kind: 'bernoulli', probability: 0.15 },
  negatives: { easyUntil: 0, hardFrom: 0 },
  losses: ['words', 'contrast', 'matching'],
  distilled: ['contrast', 'words'],
  momentum: 0.995,
  temperature: { first: 0.07, low: 0.001, high: 0.5 },
  distillation: { alpha: 0.4, ramp: 10_000 },
  optimizer: adam,
  schedule: { kind: 'staircase', first: 1e-5, peak: 1e-4, last: 1e-5, warmup: 2000, steps: 300_000, epoch: 10_000 },
  headStart: 0,
}

/** The sizes of the recorded reference numbers: for tests. */
export const tiny: Albef = {
  ...base,
  name: 'tiny',
  vision: { image: 32, patch: 8, hidden: 48, layers: 2, heads: 3, inner: 192, stem: [] },
  text: { ...base.text, words: 100, places: 16, hidden: 48, heads: 4, inner: 96, layers: 2, fusionLayers: 2, tokens: 10, dropout: 0, special: { pad: 0, cls: 2, mask: 4 } },
  embed: 16,
  queue: 16,
  batch: 4,
  groups: 1,
  anchors: 4,
  masking: { kind: 'bernoulli', probability: 0.3 },
}

/**
 * A small ALBEF for 64 px pictures of emoji on two cores: the whole method, a text encoder that starts from MiniLM (384 wide, 6 layers) and
 * stays as it is, its pooled output computed once a caption.
 */
export const emoji: Albef = {
  name: 'emoji',
  vision: { image: 64, patch: 16, hidden: 128, layers: 4, heads: 4, inner: 512, stem: [{ size: 8, channels: 96 }] },
  text: { ...base.text, hidden: 384, inner: 1536, layers: 6, fusionLayers: 2, tokens: 14, dropout: 0, pool: 'mean', encoder: 'cached' },
  embed: 256,
  queue: 512,
  batch: 128,
  groups: 1,
  anchors: 24,
  masking: { kind: 'fixed', count: 2 },
  negatives: { easyUntil: 0.3, hardFrom: 1 },
  losses: base.losses,
  distilled: base.distilled,
  momentum: 0.99,
  temperature: base.temperature,
  distillation: { alpha: 0.4, ramp: 1000 },
  optimizer: { ...adam, factors: { temperature: 0.1 } },
  schedule: { kind: 'linear', first: 1e-5, peak: 2e-3, last: 1e-5, warmup: 100, steps: 2000, epoch: 1, joint: { peak: 1e-3, warmup: 30 } },
  headStart: 0.714,
}
