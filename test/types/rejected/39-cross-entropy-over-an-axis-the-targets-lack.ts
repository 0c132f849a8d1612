// expect 5:123 crossEntropy word masked
import { crossEntropy, meanAll, type Tensor } from '../../../compiler/language/index.ts'

/** Targets are ids here; crossEntropyAt takes those. */
export const loss = (logits: Tensor<'masked' | 'word'>, weight: Tensor<'masked'>) => meanAll(crossEntropy('word', logits, weight))
