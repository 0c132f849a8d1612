// expect 6:35 mean batch channel row
import { mean, sub, vmap, type Tensor } from '../../../compiler/language/index.ts'

export const centred = (images: Tensor<'batch' | 'channel' | 'row'>) =>
  vmap('batch', (image: Tensor<'channel' | 'row'>) => {
    const average = mean('batch', image)
    return sub(image, average)
  })(images)
