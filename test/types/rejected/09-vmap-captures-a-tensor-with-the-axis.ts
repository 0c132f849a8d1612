// expect 7:24 vmap batch
import { dot, vmap, type Tensor } from '../../../compiler/language/index.ts'

/** The other images are candidates: they must be renamed, or each image would meet only itself. */
export const similarities = (images: Tensor<'batch' | 'embed'>, texts: Tensor<'batch' | 'embed'>) => {
  const toAll = (image: Tensor<'embed'>) => dot('embed', image, texts)
  return vmap('batch', toAll)(images)
}
// says AX006 7:24-7:29 vmap over 'batch': toAll captures texts, which carries 'batch' into the result; rename it there, or pass it as an argument
// see 6:65 texts with 'batch' is captured here
