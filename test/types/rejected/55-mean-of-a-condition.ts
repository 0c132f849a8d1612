// expect 6:24 mean bool f32
import { argmax, equal, mean, type Tensor } from '../../../compiler/language/index.ts'

export const accuracy = (scores: Tensor<'batch' | 'answer'>, answers: Tensor<'batch', 'i32'>) => {
  const right = equal(argmax('answer', scores), answers)
  return mean('batch', right)
}
