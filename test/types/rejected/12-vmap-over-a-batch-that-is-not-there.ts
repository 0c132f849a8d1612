// expect 6:81 slot batch
import { l2Normalize, vmap, type Tensor } from '../../../compiler/language/index.ts'

const unit = (x: Tensor<'embed'>) => l2Normalize('embed', x)

export const features = (rows: Tensor<'slot' | 'embed'>) => vmap('batch', unit)(rows)
