// expect 6:35 mean batch channel row
import { mean, sub, vmap, type Tensor } from '../../../compiler/language/index.ts'

export const centred = (images: Tensor<'batch' | 'channel' | 'row'>) =>
  vmap('batch', (image: Tensor<'channel' | 'row'>) => {
    const average = mean('batch', image)
    return sub(image, average)
  })(images)
// says AX001 6:35-6:40 mean over 'batch': image has 'channel' 'row'
// see 5:18 image is a parameter with 'channel' 'row' here
