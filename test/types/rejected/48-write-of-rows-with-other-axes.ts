// expect 6:30 write slot batch
import { write, type Tensor } from '../../../compiler/language/index.ts'

/** Features of a batch become rows of the queue only when their axis is renamed. */
export const enqueue = (queue: Tensor<'slot' | 'embed'>, next: Tensor<never, 'i32'>, features: Tensor<'batch' | 'embed'>) =>
  write('slot', queue, next, features)
