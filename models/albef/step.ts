import { add, at, broadcast, cast, clamp, decayedPaths, fail, flatten, fold, groupwise, mean, mod, mul, rename, scalar, slice, stopGradient, sub, valueAndGradWithAux, vmap, write, type Key, type Lift, type Tensor } from '../../compiler/language/index.ts'
import { dropoutAt } from '../layers/dropout.ts'
import { adamw } from '../transforms/adamw.ts'
import { ema } from '../transforms/ema.ts'
import { jointRateAt, type Choices, type Clock, type Similarities } from './choices.ts'
import type { Albef, Loss } from './config.ts'
import { contrastiveLoss, meanOfTokens, project, projectPooled, type Contrast, type Pair } from './contrast.ts'
import { maskingLoss } from './masking.ts'
import { matchingLoss } from './matching.ts'
import { studentParams, twinOf, type Encoders, type Queues, type State, type Student, type Towers } from './parameters.ts'
import { attentionMask, textEncoder } from './text.ts'
import { visionTransformer } from './vision.ts'

/** Normalised pictures, and captions as word ids ([CLS] first, padded). */
interface Pairs<B extends string> {
  readonly image: Tensor<B | 'row' | 'column' | 'channel'>
  readonly ids: Tensor<B | 'token', 'i32'>
  /** The pooled output of a frozen text encoder, where it was computed beforehand. */
  readonly pooled?: Tensor<B | 'hidden'>
}

/** All examples of a step. */
export type Batch = Pairs<'example'>
/** Those of a group, which the losses see: all of a step where there is one group. */
export type Examples = Pairs<'batch'>

type Tokens = Tensor<'batch' | 'token' | 'hidden'>

/** The first so many of a batch. They are counted under a name of their own: where a batch is split over devices, they come together for it. */
export function firstOf<L extends string, D extends 'f32' | 'i32'>(count: number, x: Tensor<L | 'batch', D>): Tensor<L | 'batch', D>
export function firstOf(count: number, x: Tensor<'batch'>): Tensor<'batch'> {
  return rename(slice('anchor', 0, count, rename(x, { batch: 'anchor' })), { anchor: 'batch' })
}

/** A batch after the unimodal encoders. Caption tokens are those of the anchors alone where the rest has its pooled output already. */
interface Unprojected {
  readonly images: Tokens
  readonly captions: Tokens
  readonly pooled: Tensor<'batch' | 'hidden'>
}

/** The same with the contrastive features. */
export interface Encoded extends Unprojected {
  readonly features: Pair
}

/** Images and captions, each by its own encoder. */
const unprojected = (p: Pick<Towers, 'vision' | 'text'>, config: Pick<Albef, 'vision' | 'text' | 'anchors'>, examples: Examples, key: Key): Unprojected => {
  const { text, anchors } = config
  const images = vmap('batch', visionTransformer(p.vision, config.vision))(examples.image)
  const ids = examples.pooled === undefined ? examples.ids : firstOf(anchors, examples.ids)
  const mask = masksOf(config, ids)
  const captions = vmap('batch', (own: Tensor<'token', 'i32'>, present: Tensor<'token'>) => {
    const tokens = textEncoder(p.text, text, dropoutAt(key, text.dropout))(own, present)
    return { tokens, pooled: poolTokens(config, tokens, present) }
  })(ids, mask)
  return { images, captions: captions.tokens, pooled: examples.pooled ?? captions.pooled }
}

/** Images and captions, each by its own encoder, and their contrastive features. */
export const encode = (p: Towers, config: Pick<Albef, 'vision' | 'text' | 'anchors'>, examples: Examples, key: Key): Encoded => {
  const tokens = unprojected(p, config, examples, key)
  const image = vmap('batch', (own: Tensor<'token' | 'hidden'>) => project(p.visionProjection, own))(tokens.images)
  const text = vmap('batch', (x: Tensor<'hidden'>) => projectPooled(p.textProjection, x))(tokens.pooled)
  return { ...tokens, features: { image, text } }
}

/** The one vector of a caption that is projected to its contrastive feature. */
export const poolTokens = ({ text }: Pick<Albef, 'text'>, tokens: Tensor<'token' | 'hidden'>, mask: Tensor<'token'>): Tensor<'hidden'> => (text.pool === 'mean' ? meanOfTokens(tokens, mask) : at('token', 0, tokens))

/** 1 at the tokens of each caption, 0 at padding. */
export const masksOf = ({ text }: Pick<Albef, 'text'>, ids: Tensor<'batch' | 'token', 'i32'>): Tensor<'batch' | 'token'> => vmap('batch', (own: Tensor<'token', 'i32'>) => attentionMask(own, text.special.pad))(ids)

/** What a loss is given beside the parameters that it is differentiated with respect to. */
export interface Surroundings {
  readonly teacher: Encoders
  readonly queues: Queues | undefined
  readonly examples: Examples
  readonly key: Key
  readonly clock: Clock
  /** Joint steps made, and in the whole run. */
  readonly joint: Clock
}

/** The part of a model that the contrastive loss differentiates; nothing where the model has no projections. */
const projecting = ({ visionProjection, textProjection, ...rest }: Encoders): Towers | undefined =>
  visionProjection === undefined || textProjection === undefined ? undefined : { ...rest, visionProjection, textProjection }

/** What the contrastive loss comes to, with everything that later losses build on. */
interface Contrasted {
  readonly online: Encoded
  readonly target: Encoded
  readonly contrast: Contrast
}

/** The contrastive loss of a batch; nothing where the model has none. */
const contrastOf = (config: Albef, { teacher, queues, examples, key }: Surroundings, student: Student, alpha: Tensor): Contrasted | undefined => {
  const [own, other] = [projecting(student), projecting(teacher)]
  if (own === undefined || other === undefined || queues === undefined || student.temperature === undefined) return undefined
  const online = encode(own, config, examples, fold(key, 'student'))
  const target = encode(other, config, examples, fold(key, 'teacher'))
  const share = config.distilled.includes('contrast') ? alpha : scalar(0)
  return { online, target, contrast: contrastiveLoss(online.features, target.features, queues, student.temperature, share) }
}

/** What negatives are drawn by among the anchors: similarities; where there are none, draws are uniform. */
const similaritiesOf = (anchors: number, contrasted: Contrasted | undefined): Similarities => {
  const among = (x: Tensor<'batch' | 'candidate'>) => stopGradient(slice('candidate', 0, anchors, firstOf(anchors, x)))
  if (contrasted !== undefined) return { imageToText: among(contrasted.contrast.imageToText.inBatch), textToImage: among(contrasted.contrast.textToImage.inBatch) }
  const flat = broadcast(scalar(0), { batch: anchors, candidate: anchors })
  return { imageToText: flat, textToImage: flat }
}

/** The contrastive loss alone: the head start. */
export const contrastOnly = (config: Albef, choices: Choices, given: Surroundings) => (student: Student): readonly [loss: Tensor, rest: Omit<OfGroup, 'loss'>] => {
  const contrasted = contrastOf(config, given, student, choices.alpha(given.clock))
  if (contrasted === undefined) return fail('AX032', "the configuration trains contrast alone, which is not among its 'losses'")
  const { contrast, target } = contrasted
  return [contrast.loss, { features: target.features, metrics: { lossContrast: contrast.loss } }]
}

/** The losses of pre-training, added with weight one: contrast, matching, masked words, or some of them. The second part is for metrics and parity. */
export const pretrainLoss = (config: Albef, choices: Choices, given: Surroundings, losses: readonly Loss[] = config.losses) => (student: Student) => {
  const { text, anchors } = config
  const { key, teacher } = given
  const alpha = choices.alpha(given.clock)
  const contrasted = contrastOf(config, given, student, alpha)
  const { online, target } = contrasted ?? { online: unprojected(student, config, given.examples, fold(key, 'student')), target: unprojected(teacher, config, given.examples, fold(key, 'teacher')) }
  const ids = firstOf(anchors, given.examples.ids)
  const mask = masksOf(config, ids)
  const negatives = choices.negatives(fold(key, 'negatives'), similaritiesOf(anchors, contrasted), given.joint)
  const captions = firstOf(anchors, online.captions)
  const images = firstOf(anchors, online.images)
  const matching = matchingLoss(student, config, dropoutAt(fold(key, 'matching'), text.dropout), captions, images, mask, negatives)
  const masked = choices.mask(fold(key, 'mask'), ids)
  const masking = maskingLoss(
    { params: student, images, drop: dropoutAt(fold(key, 'words'), text.dropout) },
    { params: teacher, images: firstOf(anchors, target.images), drop: dropoutAt(fold(key, 'teacher words'), text.dropout) },
    config, ids, mask, masked, config.distilled.includes('words') ? alpha : scalar(0),
  )
  const each = { words: masking.loss, contrast: contrasted?.contrast.loss, matching: matching.loss }
  const total = losses.flatMap(name => each[name] ?? []).reduce((sum, loss) => add(sum, loss))
  const ofContrast: Readonly<Record<string, Tensor>> = contrasted === undefined ? {} : { lossContrast: contrasted.contrast.loss }
  const metrics = { ...ofContrast, lossMatching: matching.loss, lossWords: masking.loss, matchingAccuracy: matching.accuracy, alpha }
  return [total, { features: contrasted?.target.features, metrics, inside: { contrasted, matching, masking, negatives, masked, mask } }] as const
}

/** The queues with this batch's features over the oldest. */
export const queuesAfter = (queues: Queues, features: Pair, { queue, batch }: Pick<Albef, 'queue' | 'batch'>): Queues => ({
  image: write('slot', queues.image, queues.next, rename(features.image, { batch: 'slot' })),
  text: write('slot', queues.text, queues.next, rename(features.text, { batch: 'slot' })),
  next: mod(add(queues.next, batch), queue),
})

/** Parts of the model that the contrastive loss alone does not touch. */
const jointParts = ['fusion', 'words', 'matching']
const partOf = (path: string): string => path.split('/')[0] ?? ''

/** The learning rate of a parameter as a factor of the step's: 0 for whatever this step does not train. */
const factorOf = ({ text, optimizer }: Albef, losses: readonly Loss[]) => (path: string): number => {
  const part = partOf(path)
  if (part === 'text' && text.encoder !== 'trained') return 0
  if (alone(losses) && jointParts.includes(part)) return 0
  return optimizer.factors[part] ?? 1
}

/** The teacher of this step, from the parameters that the step before left; a frozen part is the student's own. */
export const teacherOf = ({ momentum, text }: Albef, { teacher, student }: State): Encoders => {
  const moved = ema(momentum)(teacher, twinOf(student))
  return text.encoder === 'trained' ? moved : { ...moved, text: student.text }
}

const alone = (losses: readonly Loss[]): boolean => losses.length === 1 && losses[0] === 'contrast'

/** What a group of a batch comes to. */
export interface OfGroup {
  readonly loss: Tensor
  /** The teacher's, for the queues. */
  readonly features: Pair | undefined
  readonly metrics: Readonly<Record<string, Tensor>>
}

/** What the losses of a group are given by the step: all but the examples. */
export type Around = Omit<Surroundings, 'examples'>

/** The losses of one group, as they are trained. */
export const groupLoss = (config: Albef, choices: Choices, given: Surroundings, losses: readonly Loss[] = config.losses) => (student: Student): OfGroup => {
  const [loss, { features, metrics }] = alone(losses) ? contrastOnly(config, choices, given)(student) : pretrainLoss(config, choices, given, losses)(student)
  return { loss, features, metrics }
}

/** The mean of the groups' losses and metrics, and the features of all examples in their order. */
export const overGroups = ({ loss, features, metrics }: Lift<'group', OfGroup>): readonly [loss: Tensor, rest: Omit<OfGroup, 'loss'>] => {
  const all = features === undefined ? undefined : { image: flatten(features.image, ['group', 'batch'], 'batch'), text: flatten(features.text, ['group', 'batch'], 'batch') }
  return [mean('group', loss), { features: all, metrics: Object.fromEntries(Object.entries(metrics).map(([name, each]): readonly [string, Tensor] => [name, mean('group', each)])) }]
}

/** What lies along the devices: groups, so that each device has losses of its own; where there is one group, its examples. */
export const shardOf = ({ groups }: Albef): Readonly<Record<string, string>> => (groups > 1 ? { example: 'data', group: 'data' } : { example: 'data', batch: 'data' })

/** A loss of the student over all groups, with what the step goes on with. */
export type StepLoss = (given: Around) => (student: Student) => ReturnType<typeof overGroups>

/** The student as it enters a step: its temperature held. */
export const studentOf = ({ temperature: { low, high } }: Albef, { student }: State): Student => ({ ...student, temperature: student.temperature === undefined ? undefined : clamp(student.temperature, low, high) })

/** The steps of all losses: those after the head start. */
const jointClock = ({ headStart }: Albef, { jointSteps, horizon }: State): Clock => ({ step: jointSteps, horizon: sub(horizon, cast('i32', mul(cast('f32', horizon), headStart))) })

/** What the losses of a step are given. */
export const aroundOf = (config: Albef, state: State): Around =>
  ({ teacher: teacherOf(config, state), queues: state.queues, key: fold(state.key, state.step), clock: { step: state.step, horizon: state.horizon }, joint: jointClock(config, state) })

/** One training step with a given loss: a pure function of the state. Order of operations as in the official code. */
export const stepBy = (config: Albef, loss: StepLoss, rateOf: Choices['rate'], losses: readonly Loss[] = config.losses) => (state: State): readonly [State, Readonly<Record<string, Tensor>>] => {
  const { queues, step } = state
  const [student, given] = [studentOf(config, state), aroundOf(config, state)]
  const { teacher } = given
  const { value, aux, grad } = valueAndGradWithAux(loss(given))(student)
  const rate = rateOf(given.clock)
  const steps = { all: cast('f32', add(step, 1)), joint: cast('f32', add(state.jointSteps, 1)) }
  const jointRate = jointRateAt(config.schedule, given.joint)
  const isJoint = (path: string): boolean => jointParts.includes(partOf(path))
  const decayed = decayedPaths(studentParams(config))
  const optimizer = adamw({
    ...config.optimizer,
    decays: path => decayed.has(path),
    factor: factorOf(config, losses),
    rate: path => (isJoint(path) ? jointRate : undefined),
    steps: path => (isJoint(path) ? steps.joint : steps.all),
  })
  const [next, moments] = optimizer(grad, state.moments, student, rate)
  const kept = config.text.encoder === 'trained' ? teacher : { ...teacher, text: state.teacher.text }
  const after: State = {
    student: next,
    teacher: !alone(losses) ? kept : { ...kept, fusion: state.teacher.fusion, words: state.teacher.words },
    moments,
    queues: queues === undefined || aux.features === undefined ? undefined : queuesAfter(queues, aux.features, config),
    key: state.key,
    step: add(step, 1),
    jointSteps: !alone(losses) ? add(state.jointSteps, 1) : state.jointSteps,
    horizon: state.horizon,
  }
  return [after, { loss: value, ...aux.metrics, ...(student.temperature === undefined ? {} : { temperature: student.temperature }), rate }]
}

/** One training step of a batch: the mean loss of its groups, each with choices of its own. */
export const pretrainStep = (config: Albef, choices: Choices, losses: readonly Loss[] = config.losses) => (state: State, batch: Batch) => {
  const loss: StepLoss = given => student => overGroups(groupwise('example', { group: config.groups }, 'batch', batch, own => groupLoss(config, choices, { ...given, examples: own }, losses)(student)))
  return stepBy(config, loss, choices.rate, losses)(state)
}
