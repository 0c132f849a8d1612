// expect 9:37 Student Teacher weight embed
import type { Tensor } from '../../../compiler/language/index.ts'
import { ema } from '../../../models/transforms/ema.ts'

interface Teacher { readonly weight: Tensor<'hidden' | 'embed'>; readonly bias: Tensor<'embed'> }
interface Student { readonly weight: Tensor<'hidden' | 'feature'>; readonly bias: Tensor<'feature'> }

export const follow = (teacher: Teacher, student: Student): Teacher => {
  const moved = ema(0.995)(teacher, student)
  return moved
}
// says AX014 9:37-9:44 ema: student has 'hidden' 'feature' at 'weight', wanted 'hidden' 'embed'
// see 5:21 'hidden' 'embed' is declared here
