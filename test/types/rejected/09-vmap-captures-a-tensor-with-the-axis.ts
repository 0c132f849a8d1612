// expect 7:24 vmap batch
import { dot, vmap, type Tensor } from '../../../compiler/language/index.ts'

/** The other images are candidates: they must be renamed, or each image would meet only itself. */
export const similarities = (images: Tensor<'batch' | 'embed'>, texts: Tensor<'batch' | 'embed'>) => {
  const toAll = (image: Tensor<'embed'>) => dot('embed', image, texts)
  return vmap('batch', toAll)(images)
}
