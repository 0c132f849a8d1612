// expect 6:24 mean bool f32
import { argmax, equal, mean, type Tensor } from '../../../compiler/language/index.ts'

export const accuracy = (scores: Tensor<'batch' | 'answer'>, answers: Tensor<'batch', 'i32'>) => {
  const right = equal(argmax('answer', scores), answers)
  return mean('batch', right)
}
// says AX010 6:24-6:29 mean: right is of bool, wanted f32; cast it
// see 5:23 argmax gives 'batch' here
