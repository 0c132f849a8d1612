// expect 5:123 crossEntropy word masked
import { crossEntropy, meanAll, type Tensor } from '../../../compiler/language/index.ts'

/** Targets are ids here; crossEntropyAt takes those. */
export const loss = (logits: Tensor<'masked' | 'word'>, weight: Tensor<'masked'>) => meanAll(crossEntropy('word', logits, weight))
// says AX001 5:123-5:129 crossEntropy over 'word': weight has 'masked', logits has 'masked' 'word'
// see 5:57 weight is a parameter with 'masked' here
// see 5:22 logits is a parameter with 'masked' 'word' here
