import { add, dot, fold, gather, grad, mean, meanAll, position, rename, sumAll, uniform, vmap, type Key, type Tensor } from '../../../compiler/language/index.ts'
import { layerNorm, type LayerNorm } from '../../../models/layers/layer-norm.ts'

type Sequence = Tensor<'token' | 'hidden'>
type Sequences = Tensor<'batch' | 'token' | 'hidden'>
declare const sequences: Sequences
declare const masks: Tensor<'batch' | 'key'>
declare const cases: Tensor<'case' | 'batch' | 'token' | 'hidden'>
declare const weight: Tensor<'hidden' | 'embed'>
declare const norm: LayerNorm<'hidden'>
declare const key: Key
declare const features: Tensor<'batch' | 'embed'>

const encode = (x: Sequence, _mask?: Tensor<'key'>): Sequence => x
export const optionalLeftOut: Sequences = vmap('batch', encode)(sequences)
export const optionalGiven: Sequences = vmap('batch', encode)(sequences, masks)
export const nested: typeof cases = vmap('case', vmap('batch', (x: Sequence, y: Sequence): Sequence => add(x, y)))(cases, cases)
export const captured: Tensor<'batch' | 'token' | 'embed'> = vmap('batch', (x: Sequence) => dot('hidden', x, weight))(sequences)
export const inARecord: Tensor<'batch' | 'hidden'> = vmap('batch', (x: Sequence) => ({ tokens: x, pooled: mean('token', x) }))(sequences).pooled

const noisy = (from: Key, x: Sequence) => add(x, uniform(fold(from, 'noise'), { token: 4, hidden: 8 }))
export const keysPassThrough: Sequences = vmap('batch', noisy)(key, sequences)

interface Caption { readonly ids: Tensor<'token', 'i32'>; readonly mask: Tensor<'token'> }
interface Captions { readonly ids: Tensor<'batch' | 'token', 'i32'>; readonly mask: Tensor<'batch' | 'token'> }
declare const captions: Captions
export const recordArgument: Tensor<'batch'> = vmap('batch', (caption: Caption) => meanAll(caption.mask))(captions)

// What all examples share, renamed: the other examples as candidates.
const toAll = (x: Tensor<'embed'>) => dot('embed', x, rename(features, { batch: 'candidate' }))
export const allPairs: Tensor<'batch' | 'candidate'> = vmap('batch', toAll)(features)

// An example's own index is made outside and passed in.
const pick = (i: Tensor<never, 'i32'>, x: Sequence) => gather('token', x, i)
export const ownIndex: Tensor<'batch' | 'hidden'> = vmap('batch', pick)(position('batch', sequences), sequences)

export const perExample: Tensor<'batch' | 'hidden'> = vmap('batch', (x: Sequence) => grad((p: Tensor<'hidden'>) => sumAll(dot('hidden', x, p)))(norm.scale))(sequences)

// A function that is generic in its axes wants to be told which ones.
const normalize = <L extends string>(x: Tensor<L | 'hidden'>) => layerNorm('hidden', 1e-6, norm, x)
export const generic: Sequences = vmap('batch', (x: Sequence) => normalize<'token' | 'hidden'>(x))(sequences)
