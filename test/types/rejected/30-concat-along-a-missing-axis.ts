// expect 5:69 concat token hidden
import { concat, type Tensor } from '../../../compiler/language/index.ts'

/** The class token is one vector: it needs a 'token' axis of size one first. */
export const sequence = (cls: Tensor<'hidden'>) => concat('token', [cls, cls])
// says AX001 5:69-5:72 concat over 'token': cls has 'hidden'
// see 5:26 cls is a parameter with 'hidden' here
