// expect 5:122 crossEntropyAt token masked
import { crossEntropyAt, type Tensor } from '../../../compiler/language/index.ts'

/** The labels are those of every token; the logits only of the masked ones. */
export const losses = (logits: Tensor<'masked' | 'word'>, ids: Tensor<'token', 'i32'>) => crossEntropyAt('word', logits, ids)
