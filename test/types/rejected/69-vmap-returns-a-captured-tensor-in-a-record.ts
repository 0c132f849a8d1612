// expect 8:17 vmap batch
import { dot, l2Normalize, vmap, type Tensor } from '../../../compiler/language/index.ts'

interface Features { readonly image: Tensor<'batch' | 'embed'>; readonly text: Tensor<'batch' | 'embed'> }

/** The text features are already of the whole batch; they come back a second time for each image. */
export const normalized = ({ image, text }: Features) =>
  vmap('batch', (one: Tensor<'embed'>) => ({ image: l2Normalize('embed', one), own: dot('embed', one, one), text }))(image)
