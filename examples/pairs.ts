// Pictures and their names in one space, the smallest way: a picture is the mean of its patches, a caption the mean of its words.
// `npx axle train examples/pairs.ts --minutes 1` trains it on the emoji set.
import {
  add, buffer, cast, crossEntropyAt, defineTask, div, dot, equal, erase, flatten, gather, gelu, input, l2Normalize, max, mean, mul, normal, not, param, position, rename, scalar, sum,
  unflatten, valueAndGrad, vmap, whole, withChanges, zero, zerosLike, type Changes, type Job, type Of, type Tensor,
} from '../compiler/language/index.ts'
import { linear, linearParams } from '../models/layers/linear.ts'
import { adamw } from '../models/transforms/adamw.ts'

interface Pairs {
  readonly name: string
  readonly picture: number
  readonly patch: number
  readonly hidden: number
  readonly embed: number
  readonly words: number
  readonly tokens: number
  readonly batch: number
  readonly rate: number
}

const emoji: Pairs = { name: 'emoji', picture: 64, patch: 16, hidden: 128, embed: 64, words: 30522, tokens: 14, batch: 64, rate: 1e-3 }
const tiny: Pairs = { ...emoji, name: 'tiny', picture: 8, patch: 4, hidden: 16, embed: 8, words: 50, tokens: 5, batch: 8, rate: 1e-2 }

const modelOf = ({ patch, hidden, embed, words }: Pairs) => ({
  patch: linearParams({ y: patch, x: patch, channel: 3 }, { hidden }, normal(1 / patch)),
  picture: linearParams({ hidden }, { embed }, normal(hidden ** -0.5)),
  words: param({ word: words, embed }, normal(0.1)),
})
type Model = Of<ReturnType<typeof modelOf>>

const pictureFeature = ({ picture, patch }: Pairs) => (p: Model, bytes: Tensor<'row' | 'column' | 'channel', 'u8'>): Tensor<'embed'> => {
  const across = picture / patch
  const cut = unflatten(unflatten(div(cast('f32', bytes), 255), 'row', { patchRow: across, y: patch }), 'column', { patchColumn: across, x: patch })
  return l2Normalize('embed', linear(p.picture, mean('patch', gelu(linear(p.patch, flatten(cut, ['patchRow', 'patchColumn'], 'patch'))))))
}

/** Word 0 is padding. A caption has at least its [CLS]. */
const captionFeature = (p: Model, ids: Tensor<'token', 'i32'>): Tensor<'embed'> => {
  const real = cast('f32', not(equal(ids, 0)))
  return l2Normalize('embed', div(sum('token', mul(gather('word', p.words, ids), real)), max(sum('token', real), 1)))
}

const batchOf = ({ batch, picture, tokens }: Pairs) => ({ image: input({ batch, row: picture, column: picture, channel: 3 }, 'u8'), ids: input({ batch, token: tokens }, 'i32') })
type Batch = Of<ReturnType<typeof batchOf>>

/** Each picture finds its caption among those of the batch, and each caption its picture (InfoNCE at temperature 0.07). */
const lossOf = (config: Pairs, { image, ids }: Batch) => (p: Model): Tensor => {
  const pictures = vmap('batch', (one: Tensor<'row' | 'column' | 'channel', 'u8'>) => pictureFeature(config)(p, one))(image)
  const captions = vmap('batch', (one: Tensor<'token', 'i32'>) => captionFeature(p, one))(ids)
  const found = (from: Tensor<'batch' | 'embed'>, among: Tensor<'batch' | 'embed'>): Tensor => {
    const scores = div(dot('embed', from, rename(among, { batch: 'candidate' })), 0.07)
    return mean('batch', crossEntropyAt('candidate', scores, position('batch', scores)))
  }
  return div(add(found(pictures, captions), found(captions, pictures)), 2)
}

const stateOf = (config: Pairs) => ({
  model: modelOf(config),
  moments: { first: zerosLike(modelOf(config)), second: zerosLike(modelOf(config)) },
  step: buffer({}, 'i32', zero),
  horizon: buffer({}, 'i32', whole(1)),
})
type State = Of<ReturnType<typeof stateOf>>

const stepOf = (config: Pairs) => (now: State, batch: Batch) => {
  const { value, grad } = valueAndGrad(lossOf(config, batch))(now.model)
  const step = add(now.step, 1)
  const move = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.01, decays: path => path.endsWith('weight'), factor: () => 1, steps: () => cast('f32', step) })
  const [model, moments] = move(grad, now.moments, now.model, scalar(config.rate))
  const next: State = { model, moments, step, horizon: now.horizon }
  return [next, { loss: value }] as const
}

const job = (config: Pairs): Job => ({
  name: `pairs-${config.name}`,
  config,
  definition: erase({ state: stateOf(config), batch: batchOf(config), step: stepOf(config) }),
  phases: [{ program: 'step', share: 1 }],
  data: {
    set: 'emoji',
    picture: config.picture,
    tokens: config.tokens,
    batch: config.batch,
    distinct: 'concept',
    augmentation: { crop: { scale: [0.6, 1], ratio: [3 / 4, 4 / 3] }, flip: true, randaugment: false, grayscale: 0.1 },
    inputs: { image: 'picture', ids: 'words' },
  },
  horizon: 'horizon',
  names: [],
  shown: [{ name: 'loss', digits: 3 }],
})

const configured = (config: Pairs) => (changes: Changes = {}): Job => job(withChanges(config, changes))

export const task = defineTask({ name: 'pairs', configs: { emoji: configured(emoji), tiny: configured(tiny) } })
