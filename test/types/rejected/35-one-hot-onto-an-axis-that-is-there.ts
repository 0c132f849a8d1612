// expect 5:69 oneHot batch
import { oneHot, type Tensor } from '../../../compiler/language/index.ts'

/** Targets over the batch, of a tensor that already has it: the candidates want a name of their own. */
export const targets = (own: Tensor<'batch', 'i32'>) => oneHot(own, { batch: 64 })
// says AX003 5:71-5:80 oneHot: own already has the axis 'batch'; a new axis needs a name of its own
// see 5:25 own is a parameter with 'batch' here
