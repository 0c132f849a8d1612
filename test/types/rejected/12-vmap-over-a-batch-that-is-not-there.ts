// expect 6:81 slot batch
import { l2Normalize, vmap, type Tensor } from '../../../compiler/language/index.ts'

const unit = (x: Tensor<'embed'>) => l2Normalize('embed', x)

export const features = (rows: Tensor<'slot' | 'embed'>) => vmap('batch', unit)(rows)
// says AX001 6:81-6:85 vmap over 'batch': rows has 'embed' 'slot'; every argument carries the axis, and what is the same for all is captured, not passed
// see 6:26 rows is a parameter with 'embed' 'slot' here
