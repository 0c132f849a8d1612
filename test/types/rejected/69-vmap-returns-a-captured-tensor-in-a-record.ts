// expect 8:17 vmap batch
import { dot, l2Normalize, vmap, type Tensor } from '../../../compiler/language/index.ts'

interface Features { readonly image: Tensor<'batch' | 'embed'>; readonly text: Tensor<'batch' | 'embed'> }

/** The text features are already of the whole batch; they come back a second time for each image. */
export const normalized = ({ image, text }: Features) =>
  vmap('batch', (one: Tensor<'embed'>) => ({ image: l2Normalize('embed', one), own: dot('embed', one, one), text }))(image)
// says AX006 8:17-8:116 vmap over 'batch': the function captures text, which carries 'batch' into the result; rename it there, or pass it as an argument
// see 8:109 text with 'batch' is captured here
