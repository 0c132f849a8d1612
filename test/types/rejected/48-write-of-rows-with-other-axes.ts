// expect 6:30 write slot batch
import { write, type Tensor } from '../../../compiler/language/index.ts'

/** Features of a batch become rows of the queue only when their axis is renamed. */
export const enqueue = (queue: Tensor<'slot' | 'embed'>, next: Tensor<never, 'i32'>, features: Tensor<'batch' | 'embed'>) =>
  write('slot', queue, next, features)
// says AX002 6:30-6:38 write wants the same axes: queue has 'slot' 'embed', features has 'embed' 'batch'; rename 'batch' to 'slot'
// see 5:86 features is a parameter with 'embed' 'batch' here
// see 5:25 queue is a parameter with 'slot' 'embed' here
