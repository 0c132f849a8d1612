// expect 5:122 crossEntropyAt token masked
import { crossEntropyAt, type Tensor } from '../../../compiler/language/index.ts'

/** The labels are those of every token; the logits only of the masked ones. */
export const losses = (logits: Tensor<'masked' | 'word'>, ids: Tensor<'token', 'i32'>) => crossEntropyAt('word', logits, ids)
// says AX001 5:122-5:125 crossEntropyAt: ids has 'token', but logits has 'masked' 'word', no 'token'
// see 5:59 ids is a parameter with 'token' here
// see 5:24 logits is a parameter with 'masked' 'word' here
